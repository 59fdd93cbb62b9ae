const LIMIT = 200;

/**
 * The algorithm of the reference: every path in lower case, the query anywhere in it, all hits sorted by
 * three tiers, depth and path, the first 200 of them. Written anew from its description.
 */
export function referenceSearch(paths: readonly string[], query: string): string[] {
  const wanted = query.toLowerCase().replaceAll('\\', '/');
  const hits: { path: string; lower: string; tier: number; depth: number }[] = [];
  for (const path of paths) {
    const lower = path.toLowerCase();
    if (!lower.includes(wanted)) continue;
    if (lower.startsWith('.') || lower.includes('/.')) continue;
    const last = lower.slice(lower.lastIndexOf('/') + 1);
    const tier = last === wanted ? 0 : last.startsWith(wanted) ? 1 : 2;
    hits.push({ path, lower, tier, depth: lower.split('/').length });
  }
  hits.sort(
    (a, b) =>
      a.tier - b.tier || a.depth - b.depth || (a.lower < b.lower ? -1 : Number(a.lower > b.lower)),
  );
  return hits.slice(0, LIMIT).map(({ path }) => path);
}
