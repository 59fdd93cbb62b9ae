import type { SourceGraph } from './source-graph.ts';

/**
 * Circles of imports: the shortest one of every module that is in any and was not part of one shown
 * before. Each ends with the module it begins with; a module that imports itself is one, too.
 */
export function findCircles(graph: SourceGraph): string[][] {
  const circles: string[][] = [];
  const seen = new Set<string>();
  for (const name of graph.keys()) {
    if (seen.has(name)) continue;
    const circle = shortestWayBack(graph, name);
    if (circle === undefined) continue;
    circles.push(circle);
    for (const member of circle) seen.add(member);
  }
  return circles;
}

/** The shortest chain of imports from a module back to itself, by breadth-first search. */
function shortestWayBack(graph: SourceGraph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const waiting = [start];
  for (const name of waiting) {
    for (const edge of graph.get(name) ?? []) {
      if (edge.kind !== 'module') continue;
      if (edge.target === start) return wayTo(cameFrom, start, name);
      if (cameFrom.has(edge.target)) continue;
      cameFrom.set(edge.target, name);
      waiting.push(edge.target);
    }
  }
  return undefined;
}

function wayTo(cameFrom: ReadonlyMap<string, string>, start: string, last: string): string[] {
  const way = [start];
  for (let name = last; name !== start; name = cameFrom.get(name) ?? start) way.splice(1, 0, name);
  return [...way, start];
}
