import { DEFAULTS } from '../defaults.ts';
import { ID_BITS, IS_HIDDEN, IS_SYSTEM } from './entry.ts';
import type { NodeKind } from './entry.ts';
import type { DirectoryTree } from './directory-tree.ts';
import { PathCheck } from './path-check.ts';
import { planSearch } from './search-plan.ts';
import { FUZZY } from './search-bits.ts';
import type { SearchFilter } from './search-filter.ts';
import type { RawHits } from './tree-search.ts';

export interface SearchOptions {
  /** Results at most: `searchResults` if left out, never above `searchMaxResults`. */
  readonly limit?: number | undefined;
  /** Also finds words with one typing error, and abbreviations. */
  readonly fuzzy?: boolean | undefined;
  /** Also finds what has, or lies below, a leading dot or the attribute hidden or system. */
  readonly hidden?: boolean | undefined;
  /** Also finds files, where the tree has them. */
  readonly files?: boolean | undefined;
}

export interface SearchHit {
  readonly path: string;
  readonly kind: NodeKind;
  /** 0 to 1, falling from result to result: comparable within one search only. */
  readonly score: number;
}

export interface SearchResult {
  /** The best first. */
  readonly results: SearchHit[];
  /** All that match. */
  readonly total: number;
  /** Whether there are more than `results` shows. */
  readonly truncated: boolean;
}

const DEPTHS = 64;

export function filterOf({ limit, hidden, files }: SearchOptions): SearchFilter {
  const most = Math.floor(limit ?? DEFAULTS.searchResults);
  return {
    limit: Math.max(0, Math.min(most, DEFAULTS.searchMaxResults)),
    hidden: hidden ?? false,
    files: files ?? false,
  };
}

/**
 * What a search found as paths of the tree as it is now. Where the tree changed since the search began, what
 * is gone or does not match any more is left out.
 */
export function resultsOf(
  tree: DirectoryTree,
  hits: RawHits,
  query: string,
  options: SearchOptions,
  version: number,
): SearchResult {
  const plan = tree.version === version ? undefined : planSearch(query, options.fuzzy ?? false);
  const check = plan && new PathCheck(plan);
  const filter = filterOf(options);
  const results: SearchHit[] = [];
  hits.ids.forEach((id, i) => {
    const path = tree.pathOf(id);
    if (path === undefined || id === 0) return;
    const { kind } = tree.info(id);
    if (check !== undefined) {
      if (!check.matches(path.split('/')) || (kind === 'file' && !filter.files)) return;
      if (!filter.hidden && isHidden(tree, id, path)) return;
    }
    const place = (hits.tiers[i]! * DEPTHS + hits.depths[i]!) / (2 * FUZZY * DEPTHS);
    results.push({ path, kind, score: Math.round((1 - place) * 10_000) / 10_000 });
  });
  const total = Math.max(results.length, hits.total - (hits.ids.length - results.length));
  return { results, total, truncated: total > results.length };
}

function isHidden(tree: DirectoryTree, id: number, path: string): boolean {
  if (`/${path}`.includes('/.')) return true;
  const { name, parent } = tree.nodes;
  for (let node = id; node !== 0; node = parent.data[node]! & ID_BITS) {
    if (name.data[node]! & (IS_HIDDEN | IS_SYSTEM)) return true;
  }
  return false;
}
