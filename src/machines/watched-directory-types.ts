import type { Failure } from './failure.ts';
import type { ResyncReason } from './resync-reason.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** Timers of a watched directory; the actor knows how long each runs. */
export type DirectoryTimer =
  | 'retry'
  | 'slow-retry'
  | 'rest'
  | 'poll'
  | 'upgrade'
  | 'verify'
  | 'steady';

/**
 * What a watched directory does in the world. Each call returns at once; what comes of it arrives as an
 * event. Entering another state makes what still runs of the one before pointless: its answer is dropped.
 */
export interface DirectoryEffects {
  /**
   * Needs the shared connection: `LINK_READY`, or `LINK_TROUBLE` for as long as there is none, also when
   * that trouble was told before. A handle that is still open is dropped.
   */
  acquire(): void;
  /** Connects the share, or joins those who have: `TREE_CONNECTED` or `FAILED`. */
  connectTree(): void;
  /** Opens the directory and watches it: `OPENED`, then `ARMED`; or `FAILED`. */
  open(): void;
  /** Lists and compares with what is known: `LISTED` or `FAILED`. */
  list(): void;
  /** At leisure, to find what was lost without a signal: `LISTED`, `DIVERGED`, `REPLACED` or `FAILED`. */
  verify(): void;
  /** Readers may have missed something. */
  tellResync(reason: ResyncReason): void;
  /** Closes the watch and its handle; `CLOSED`, whatever happens. */
  closeWatch(): void;
  /** Gives the share, session and connection back; `RELEASED`, whatever happens. */
  release(): void;
  /** A hint when something happened beside it: `PARENT_CHANGED`. */
  watchParent(): void;
  unwatchParent(): void;
  /** Whether there is a directory at the path; `FOUND` if so. */
  look(): void;
  /** `DUE` after the time of this timer; `attempt` counts failures in a row, from 1. */
  schedule(timer: DirectoryTimer, attempt: number, failure: Failure | undefined): void;
  cancel(timer: DirectoryTimer): void;
}

export type DirectoryEvent =
  /** Somebody is subscribed. */
  | { type: 'START' }
  /** Nobody is subscribed any more. */
  | { type: 'STOP' }
  | { type: 'LINK_READY' }
  | { type: 'LINK_TROUBLE'; failure: Failure }
  /** Nobody tries to connect any more. */
  | { type: 'LINK_FAILED'; failure: Failure }
  | { type: 'TREE_CONNECTED' }
  | { type: 'OPENED' }
  | { type: 'ARMED' }
  | { type: 'LISTED' }
  /** More happened than the server could tell. */
  | { type: 'LOSS'; reason: ResyncReason }
  /** What was asked for could not be done, or the open handle broke. */
  | { type: 'FAILED'; failure: Failure }
  /** A reader asks for certainty now. */
  | { type: 'REFRESH' }
  /** Somebody wants to know what is there, which nobody did before. */
  | { type: 'RELIST' }
  /** The connection has no room for it, another one may. */
  | { type: 'MOVED' }
  /** What is watched is no longer what stands at the path. */
  | { type: 'REPLACED' }
  /** Something was missed that nobody told of: the server may have forgotten the watch. */
  | { type: 'DIVERGED' }
  | { type: 'PARENT_CHANGED' }
  /** There is a directory at the path again. */
  | { type: 'FOUND' }
  | { type: 'DUE'; timer: DirectoryTimer }
  | { type: 'CLOSED' }
  | { type: 'RELEASED' };

export interface DirectoryInput {
  readonly effects: DirectoryEffects;
  readonly retry: RetryPolicy;
  readonly stopOnDelete: boolean;
  /** Of a life that follows one that crashed: what to tell its readers when it is armed. */
  readonly gap?: ResyncReason;
}
