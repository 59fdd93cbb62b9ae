import type { ErrorCode } from '../errors/codes.ts';
import type { WatchState } from './watch-lines.ts';

/** What a failure means for a watch: whether trying again can help, and the word for the state. */
export interface Obstacle {
  readonly lasting: boolean;
  readonly state: WatchState;
}

/** Nothing that time mends: the words are those of the states of a watch. */
const LASTING: Partial<Record<ErrorCode, WatchState>> = {
  access_denied: 'denied',
  account_restricted: 'denied',
  guest_refused: 'denied',
  logon_failure: 'denied',
  encryption_required: 'unsupported',
  notify_unsupported: 'unsupported',
  signing_required: 'unsupported',
  unsupported: 'unsupported',
  downgrade_detected: 'failed',
  invalid_argument: 'failed',
  invalid_path: 'failed',
  not_a_directory: 'failed',
};

/** Lasting when the first try meets them; after that the directory or share may come back. */
const LASTING_AT_FIRST: Partial<Record<ErrorCode, WatchState>> = {
  not_found: 'failed',
  share_not_found: 'failed',
};

/** Judges a failure; `everLive` tells whether the watch had worked before. */
export function judge(code: ErrorCode, everLive: boolean): Obstacle {
  const lasting = LASTING[code] ?? (everLive ? undefined : LASTING_AT_FIRST[code]);
  if (lasting !== undefined) return { lasting: true, state: lasting };
  const gone = code === 'directory_deleted' || (everLive && code === 'not_found');
  return { lasting: false, state: gone ? 'deleted' : 'reconnecting' };
}
