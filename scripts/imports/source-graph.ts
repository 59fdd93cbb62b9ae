import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { readImports } from './read-imports.ts';

/** An import as found in a module and where it leads. */
export interface ImportEdge {
  readonly specifier: string;
  readonly line: number;
  /** What the specifier names. `computed`: no literal. `broken`: no such file in the tree. */
  readonly kind: 'module' | 'builtin' | 'package' | 'outside' | 'computed' | 'broken';
  /** Module: its path below the root, with `/`. Builtin: with `node:`. Package: its name. */
  readonly target: string;
}

/** Modules by their path below the root, with `/`, in alphabetical order. */
export type SourceGraph = ReadonlyMap<string, readonly ImportEdge[]>;

/** Reads every TypeScript module below a directory, tests left out, and where its imports lead. */
export function readSourceGraph(root: string): SourceGraph {
  const graph = new Map<string, readonly ImportEdge[]>();
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isModule(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
  for (const name of names.sort()) {
    const sites = readImports(name, readFileSync(join(root, name), 'utf8'));
    graph.set(
      name,
      sites.map(({ specifier, line }) => ({ line, ...resolve(root, name, specifier) })),
    );
  }
  return graph;
}

/** The modules reachable from some of them, those included. */
export function reachableFrom(graph: SourceGraph, doors: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const waiting = [...doors];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const edge of graph.get(name) ?? []) if (edge.kind === 'module') waiting.push(edge.target);
  }
  return reached;
}

function isModule(name: string): boolean {
  return /\.[cm]?tsx?$/.test(name) && !name.endsWith('.test.ts');
}

function resolve(
  root: string,
  from: string,
  specifier: string | undefined,
): Pick<ImportEdge, 'specifier' | 'kind' | 'target'> {
  if (specifier === undefined) return { specifier: '(computed)', kind: 'computed', target: '' };
  if (specifier.startsWith('node:')) return { specifier, kind: 'builtin', target: specifier };
  if (!specifier.startsWith('.')) {
    const parts = specifier.split('/');
    const target = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
    return { specifier, kind: 'package', target };
  }
  const path = join(root, dirname(from), specifier);
  const target = relative(root, path).split(sep).join('/');
  if (target.startsWith('..')) return { specifier, kind: 'outside', target };
  const found = isModule(target) && existsSync(path);
  return { specifier, kind: found ? 'module' : 'broken', target };
}
