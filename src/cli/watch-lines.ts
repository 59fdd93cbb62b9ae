import type { ErrorCode } from '../errors/codes.ts';

export type ChangeAction = 'added' | 'removed' | 'modified' | 'renamed';

/** One change of a directory; paths use `/` and are relative to the watched directory. */
export interface ChangeLine {
  readonly action: ChangeAction;
  readonly path: string;
  readonly old_path?: string;
}

export type WatchState =
  | 'connecting'
  | 'live'
  | 'reconnecting'
  | 'deleted'
  | 'denied'
  | 'unsupported'
  | 'failed'
  | 'stopped';

/** What `watch` prints: one of these a line. */
export type WatchLine =
  | {
      readonly type: 'state';
      readonly state: WatchState;
      /** Since when, ISO 8601 in UTC. */
      readonly since: string;
      readonly attempt?: number;
      readonly retry_in_ms?: number;
      readonly code?: ErrorCode;
      readonly message?: string;
    }
  | {
      readonly type: 'subscribed';
      readonly epoch: string;
      readonly seq: number;
      readonly state: 'live';
      readonly resumed: boolean;
    }
  | { readonly type: 'change'; readonly seq: number; readonly changes: readonly ChangeLine[] }
  | { readonly type: 'resync'; readonly seq: number; readonly reason: string };
