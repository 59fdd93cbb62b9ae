import type { ErrorCode } from '../errors/codes.ts';
import type { TidewatchError } from '../errors/tidewatch-error.ts';
import type { ResyncReason } from '../machines/resync-reason.ts';
import type { WatchState } from '../machines/watch-state.ts';
import type { EntryKind } from '../storage/storage.ts';

/** One change of a directory, as it is told; the field names are those of the contract. */
export interface Change {
  readonly action: 'added' | 'removed' | 'modified' | 'renamed';
  /** Relative to the subscribed directory, `/` between names; '' is the directory itself. */
  readonly path: string;
  readonly old_path?: string;
  readonly kind?: EntryKind;
  /** Bytes. */
  readonly size?: number;
  /** ISO 8601, UTC. */
  readonly modified_at?: string;
}

export interface ChangeEvent {
  readonly type: 'change';
  readonly seq: number;
  /** Empty for those who asked for no detail. */
  readonly changes: readonly Change[];
}

export interface ResyncEvent {
  readonly type: 'resync';
  readonly seq: number;
  readonly reason: ResyncReason;
}

export interface StateEvent {
  readonly type: 'state';
  readonly state: WatchState;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly attempt?: number;
  readonly retry_in_ms?: number;
  readonly code?: ErrorCode;
  readonly message?: string;
}

export interface SubscribedEvent {
  readonly type: 'subscribed';
  /** Random id of this numbering. */
  readonly epoch: string;
  readonly seq: number;
  readonly state: WatchState;
  /** Every event since the point named by the subscriber follows. */
  readonly resumed: boolean;
}

/** What is numbered. The same object goes to every subscriber: never change it. */
export type NumberedEvent = ChangeEvent | ResyncEvent;

/** `refresh`: only that something changed. `changes`: what, with kind, size and time. */
export type Detail = 'refresh' | 'changes';

/** `false`: the directory alone. `true`: everything below. `tree`: what the server reports from below. */
export type Recursion = boolean | 'tree';

/**
 * Who hears of a directory. `subscribed` comes first (unless `ended` comes instead), then the others in
 * any number, `ended` last. Calls are synchronous and must not throw.
 */
export interface Subscriber {
  subscribed(event: SubscribedEvent): void;
  /** `epoch` is that of the numbering; it may differ from the one of `subscribed` later on. */
  numbered(event: NumberedEvent, epoch: string): void;
  state(event: StateEvent): void;
  /** A lasting obstacle at the start, or the end of the runtime: nothing comes any more, nothing is held. */
  ended(reason: TidewatchError): void;
}

export interface Subscription {
  /**
   * The subscriber hears nothing any more. The last one closes the watch: at once, or with `linger`
   * after a while, so that a socket that broke may come back and resume.
   */
  close(options?: { readonly linger?: boolean }): void;
  /** Lists at once and tells the difference. */
  refresh(): void;
}

export interface ResumePoint {
  readonly epoch: string;
  readonly seq: number;
}
