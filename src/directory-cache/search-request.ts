import type { SearchFilter } from './search-filter.ts';
import type { RawHits } from './tree-search.ts';
import type { TreeMemory } from './tree-memory.ts';

/** What the worker is asked. */
export interface SearchRequest {
  readonly id: number;
  readonly memory: TreeMemory;
  readonly query: string;
  readonly fuzzy: boolean;
  readonly filter: SearchFilter;
}

export interface SearchReply {
  readonly id: number;
  /** Undefined where the search failed. */
  readonly hits: RawHits | undefined;
  readonly error?: string | undefined;
}
