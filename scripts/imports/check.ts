import { findCircles } from './circles.ts';
import type { RoomRule } from './rules.ts';
import { readSourceGraph } from './source-graph.ts';
import type { ImportEdge } from './source-graph.ts';

export interface ImportCheck {
  /** How many modules and imports were read; a check that read nothing has shown nothing. */
  readonly modules: number;
  readonly imports: number;
  /** One line each, with file and line number; empty when every rule is kept. */
  readonly violations: readonly string[];
}

/**
 * Holds the modules below `root` against the table of rooms: what each may import, that nothing leads
 * out of the tree, that every package is declared, and that there is no circle.
 *
 * @param declared npm packages that may be needed at run time.
 */
export function checkImports(
  root: string,
  rooms: Readonly<Record<string, RoomRule>>,
  declared: ReadonlySet<string>,
): ImportCheck {
  const graph = readSourceGraph(root);
  const violations: string[] = [];
  let imports = 0;
  for (const [name, edges] of graph) {
    const room = roomOf(name, rooms);
    const rule = room === undefined ? undefined : rooms[room];
    if (room === undefined || rule === undefined) {
      violations.push(`${name}: belongs to no room; add it to the table of rooms`);
      continue;
    }
    imports += edges.length;
    for (const edge of edges) {
      const wrong = objection(edge, room, rule, rooms, declared);
      if (wrong !== undefined) violations.push(`${name}:${edge.line}: ${wrong}`);
    }
  }
  for (const circle of findCircles(graph)) violations.push(`circle: ${circle.join(' -> ')}`);
  return { modules: graph.size, imports, violations };
}

function objection(
  edge: ImportEdge,
  room: string,
  rule: RoomRule,
  rooms: Readonly<Record<string, RoomRule>>,
  declared: ReadonlySet<string>,
): string | undefined {
  switch (edge.kind) {
    case 'module': {
      const target = roomOf(edge.target, rooms);
      if (target === undefined || target === room || rule.rooms.includes(target)) return undefined;
      return `${room} must not import ${target} (${edge.specifier})`;
    }
    case 'builtin':
      if (rule.builtins === 'any' || rule.builtins.includes(edge.target)) return undefined;
      return `${room} must not import ${edge.target}`;
    case 'package':
      if (rule.packages !== 'any' && !rule.packages.includes(edge.target)) {
        return `${room} must not import the package ${edge.target}`;
      }
      if (declared.has(edge.target)) return undefined;
      return `the package ${edge.target} is no runtime dependency in package.json`;
    case 'outside':
      return `${edge.specifier} leads out of the sources`;
    case 'broken':
      return `${edge.specifier} leads to no module (tests cannot be imported; write the .ts)`;
    case 'computed':
      return 'a computed import cannot be checked; write the name as a literal';
  }
}

/** The longest name of the table that is the module itself or a directory above it. */
function roomOf(name: string, rooms: Readonly<Record<string, RoomRule>>): string | undefined {
  for (let end = name.length; end > 0; end = name.lastIndexOf('/', end - 1)) {
    const prefix = name.slice(0, end);
    if (Object.hasOwn(rooms, prefix)) return prefix;
  }
  return undefined;
}
