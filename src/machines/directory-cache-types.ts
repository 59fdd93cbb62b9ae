import type { Failure } from './failure.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** Timers of a directory cache; the actor knows how long each runs. */
export type CacheTimer =
  | 'retry'
  | 'slow-retry'
  | 'settle'
  | 'rescan'
  | 'sample'
  | 'poll'
  | 'upgrade'
  | 'steady';

/**
 * What to list:
 *
 * - `doubt`: what was not listed since the watch was armed, or since something was lost
 * - `all`: everything, since losses that nobody signals may have happened
 */
export type ScanScope = 'doubt' | 'all';

/**
 * What a directory cache does in the world. Each call returns at once; what comes of it arrives as an
 * event. Entering another state makes what still runs of the one before pointless: its answer is dropped.
 */
export interface CacheEffects {
  /** Reads the snapshot, if there is one that fits: `LOADED`, whatever happens. */
  load(): void;
  /**
   * Needs the shared connection: `LINK_READY`, or `LINK_TROUBLE` for as long as there is none, also when
   * that trouble was told before. Handles that are still open are dropped.
   */
  acquire(): void;
  /** Connects the share, or joins those who have: `TREE_CONNECTED` or `FAILED`. */
  connectTree(): void;
  /** Opens the top directory and watches all below it: `OPENED`, then `ARMED`; or `FAILED`. */
  open(): void;
  /**
   * Lists directories, several at once: `FOUND` with the first, `SCANNED` at last; or `FAILED`, when the
   * top directory itself, or the connection, fails. What fails below is kept, and tried again later.
   */
  scan(scope: ScanScope): void;
  /** What was listed until now is in doubt again. */
  doubt(): void;
  /** Lists a few directories again, to find what was lost without a signal. */
  sample(): void;
  /** Closes the watch and its handle, and those of single directories; `CLOSED`, whatever happens. */
  closeWatch(): void;
  /** Writes the snapshot, if anything changed; `SAVED`, whatever happens. */
  save(): void;
  /** Gives the share, session and connection back; `RELEASED`, whatever happens. */
  release(): void;
  /** `DUE` after the time of this timer; `attempt` counts failures, or overflows, in a row, from 1. */
  schedule(timer: CacheTimer, attempt: number, failure: Failure | undefined): void;
  cancel(timer: CacheTimer): void;
}

export type CacheEvent =
  /** Somebody wants to search. */
  | { type: 'START' }
  /** Nobody needs it any more. */
  | { type: 'STOP' }
  /** The snapshot was read, or there is none that fits; `found` says which. */
  | { type: 'LOADED'; found: boolean }
  | { type: 'LINK_READY' }
  | { type: 'LINK_TROUBLE'; failure: Failure }
  /** Nobody tries to connect any more. */
  | { type: 'LINK_FAILED'; failure: Failure }
  | { type: 'TREE_CONNECTED' }
  | { type: 'OPENED' }
  | { type: 'ARMED' }
  /** The first directory of a scan is listed: there is something to search. */
  | { type: 'FOUND' }
  /** Nothing is left to be listed. */
  | { type: 'SCANNED' }
  /** More happened than the server could tell. */
  | { type: 'LOSS' }
  /** What was asked for could not be done, or the open handle broke. */
  | { type: 'FAILED'; failure: Failure }
  /** Somebody wants all of it listed now. */
  | { type: 'RESCAN' }
  /** The connection has no room for it, another one may. */
  | { type: 'MOVED' }
  | { type: 'DUE'; timer: CacheTimer }
  | { type: 'CLOSED' }
  | { type: 'SAVED' }
  | { type: 'RELEASED' };

export interface CacheInput {
  readonly effects: CacheEffects;
  readonly retry: RetryPolicy;
}
