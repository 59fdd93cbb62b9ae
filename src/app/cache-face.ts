import type { CacheInfo, CacheListener } from '../actors/cache-info.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import type { CacheState } from '../machines/cache-state.ts';

export type {
  CacheCap,
  CacheError,
  CacheInfo,
  CacheListener,
  CacheScan,
  CacheStateEvent,
} from '../actors/cache-info.ts';
export type { CacheState } from '../machines/cache-state.ts';

/** How a directory cache is kept; who agrees on all of it, and on the place, shares one. */
export interface CacheSettings {
  /** Files are found as well; default false. */
  readonly indexFiles?: boolean | undefined;
  /** Handles on single directories, on servers that need them (Samba). */
  readonly watchBudget?: number | undefined;
  /** Everything is listed again this often, in ms. */
  readonly rescanMs?: number | undefined;
  /** Directories listed at once. */
  readonly scanConcurrency?: number | undefined;
  /** Searches find hidden and system entries, and names with a leading dot, unless they say otherwise. */
  readonly includeHidden?: boolean | undefined;
}

export interface CacheOptions extends CacheSettings {
  readonly retry?: Partial<RetryPolicy> | undefined;
}

export interface CacheSearchOptions {
  readonly limit?: number | undefined;
  /** Hidden and system entries, and names with a leading dot; default: as the cache was set up. */
  readonly includeHidden?: boolean | undefined;
  /** Finds words with one typing error, and abbreviations; default: where nothing has the words as they are. */
  readonly fuzzy?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CacheEntry {
  /** Below the top of the cache. */
  readonly path: string;
  readonly kind: 'directory' | 'file';
  /** A link or junction: known, and never looked into. */
  readonly link: boolean;
  readonly hidden: boolean;
  /** When a listing of the directory was last brought in, to the second; ISO 8601, UTC. */
  readonly verified_at?: string;
  /** Its last listing failed: what is below it may be another by now. */
  readonly stale: boolean;
  /** Somebody tells of changes in it; what is not covered is as old as `verified_at` says. */
  readonly covered: boolean;
}

export interface CacheFound {
  /** Below the top of the cache. */
  readonly path: string;
  /** Higher is better; only the order within one answer has a meaning. */
  readonly score: number;
  readonly kind: 'directory' | 'file';
}

export interface CacheSearchResult {
  readonly results: readonly CacheFound[];
  readonly state: CacheState;
  /** Directories that could be found. */
  readonly directories: number;
  /** When the last complete scan ended; ISO 8601, UTC. */
  readonly scanned_at?: string;
  /** There are more than were asked for. */
  readonly truncated: boolean;
}

/** One use of a directory cache; others may use the same. */
export interface DirectoryCache {
  /** Answers with what there is now; nothing while the state is `loading` or `failed`. */
  search(query: string, options?: CacheSearchOptions): Promise<CacheSearchResult>;
  readonly info: CacheInfo;
  /** Lists everything again, at once. */
  rescan(): void;
  /** Hears of states, and of progress now and then. Returns how to stop. */
  on(listener: CacheListener): () => void;
  /**
   * Resolves when everything was listed once. Throws the TidewatchError of an obstacle that only a person
   * can mend, or `aborted`.
   */
  ready(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** What is known of one path below the top; '' is the top itself. */
  entry(path: string): CacheEntry | undefined;
  /** All that is known now, in no order; do not wait between two. */
  entries(): Iterable<CacheEntry>;
  /** The last use of a cache lets go of all behind it, after a while. */
  close(): Promise<void>;
}
