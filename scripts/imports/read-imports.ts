import { parseSync, Visitor } from 'oxc-parser';

/** One mention of another module. */
export interface ImportSite {
  /** As written; undefined when it is computed and so cannot be checked. */
  readonly specifier: string | undefined;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * Every import of a TypeScript source: `import`, `export … from`, `import()`, `import('…').Type`,
 * `import x = require()`. Type-only ones count like the others.
 *
 * @throws Error when the source does not parse.
 */
export function readImports(file: string, source: string): ImportSite[] {
  const { program, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file} does not parse: ${error.message}`);
  const sites: ImportSite[] = [];
  const add = (node: { start: number }, specifier: unknown): void => {
    const line = source.slice(0, node.start).split('\n').length;
    sites.push({ specifier: typeof specifier === 'string' ? specifier : undefined, line });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source.value),
    ExportAllDeclaration: (node) => add(node, node.source.value),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node, node.source.value);
    },
    ImportExpression: (node) => add(node, literal(node.source)),
    TSImportType: (node) => add(node, node.source.value),
    TSExternalModuleReference: (node) => add(node, node.expression.value),
  }).visit(program);
  return sites;
}

function literal(node: { readonly type: string }): unknown {
  return node.type === 'Literal' && 'value' in node ? node.value : undefined;
}
