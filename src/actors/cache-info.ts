import type { ErrorCode } from '../errors/codes.ts';
import type { CacheState } from '../machines/cache-state.ts';

/** Why something is not in a cache: it has as many entries as it may have, or lies too deep. */
export type CacheCap = 'entries' | 'depth';

/** A directory that could not be listed; what was known of it is kept. */
export interface CacheError {
  /** Below the top of the cache. */
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
  /** Times in a row. */
  readonly attempts: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** One scan that has ended. */
export interface CacheScan {
  /** ISO 8601, UTC. */
  readonly started_at: string;
  readonly finished_at: string;
  /** Listings it took. */
  readonly listed: number;
  readonly ms: number;
}

/** How a directory cache is; the field names are those of the HTTP door. Times are ISO 8601 UTC. */
export interface CacheInfo {
  readonly state: CacheState;
  readonly since: string;
  /** Directories that can be found. */
  readonly directories: number;
  /** Files, where they are indexed. */
  readonly files: number;
  /** Directories listed by the scan that runs, or by the last one. */
  readonly scanned: number;
  /** Directories that are known to wait for being listed. */
  readonly waiting: number;
  /** 0 to 1, while a scan runs; an estimate, since directories turn up on the way. */
  readonly progress?: number;
  /** Directories listed a second, while a scan runs. */
  readonly rate?: number;
  readonly eta_ms?: number;
  readonly last_scan?: CacheScan;
  /** When the last complete scan ended. */
  readonly scanned_at?: string;
  /** Directories whose listing is in doubt, since it failed. */
  readonly stale: number;
  /** The first few of them. */
  readonly errors: readonly CacheError[];
  /** What is missing, and why; empty: nothing. */
  readonly capped: readonly CacheCap[];
  /** `tree`: one handle reports everything; `partial`: it does not, and some directories have their own. */
  readonly coverage: 'tree' | 'partial' | 'polling' | 'none';
  /** Handles on single directories, and how many there may be. */
  readonly handles: number;
  readonly watch_budget: number;
  /** Directories listed again at random, and changes found by it that nobody had told. */
  readonly samples: number;
  readonly divergences: number;
  readonly bytes: number;
  /** When the snapshot on disk was written. */
  readonly saved_at?: string;
  /** What is wrong, while something is. */
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly attempt?: number;
  readonly retry_in_ms?: number;
}

/** What subscribers are pushed: `cache_state` of the WebSocket. */
export interface CacheStateEvent {
  readonly state: CacheState;
  readonly directories: number;
  readonly scanned: number;
  readonly progress?: number;
}

export type CacheListener = (event: CacheStateEvent) => void;
