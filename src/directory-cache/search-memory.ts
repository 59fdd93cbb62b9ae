import { DEFAULTS } from '../defaults.ts';
import { planSearch } from './search-plan.ts';
import { HEADER } from './tree-memory.ts';
import type { TreeMemory } from './tree-memory.ts';
import type { SearchFilter } from './search-filter.ts';
import type { RawHits, TreeSearch } from './tree-search.ts';
import { viewsOf } from './tree-views.ts';

const NOTHING: RawHits = { ids: [], tiers: [], depths: [], total: 0 };

/**
 * Searches the memory of a tree that may change meanwhile. Where names were moved in memory during the search
 * it is done again, a few times; the last is taken as it is, and whoever asked checks each result.
 */
export function searchMemory(
  search: TreeSearch,
  memory: TreeMemory,
  query: string,
  fuzzy: boolean,
  filter: SearchFilter,
): RawHits {
  const plan = planSearch(query, fuzzy);
  if (plan === undefined) return NOTHING;
  const header = new Int32Array(memory.header);
  let hits = NOTHING;
  for (let attempt = 0; attempt < DEFAULTS.searchAttempts; attempt += 1) {
    const before = Atomics.load(header, HEADER.moves);
    hits = search.search(viewsOf(memory), plan, filter);
    if (before % 2 === 0 && Atomics.load(header, HEADER.moves) === before) break;
  }
  return hits;
}
