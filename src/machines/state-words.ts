import type { WatchState } from './watch-state.ts';

/**
 * The word of the contract for each state of a watched directory: the first while nobody was ever told
 * that nothing is missed, the second after that. A test holds the table against the machine.
 */
export const STATE_WORDS: Readonly<
  Record<string, readonly [first: WatchState, later: WatchState]>
> = {
  idle: ['connecting', 'reconnecting'],
  'connecting.waiting': ['connecting', 'reconnecting'],
  'connecting.impeded': ['reconnecting', 'reconnecting'],
  'tree-connecting': ['connecting', 'reconnecting'],
  opening: ['connecting', 'reconnecting'],
  'watching.arming': ['connecting', 'reconnecting'],
  'watching.listing': ['live', 'live'],
  'watching.live': ['live', 'live'],
  'watching.verifying': ['live', 'live'],
  'overflow-rescan': ['resyncing', 'resyncing'],
  'backing-off': ['reconnecting', 'reconnecting'],
  'polling.listing': ['polling', 'polling'],
  'polling.waiting': ['polling', 'polling'],
  'deleted.waiting': ['deleted', 'deleted'],
  'deleted.resting': ['deleted', 'deleted'],
  denied: ['denied', 'denied'],
  unsupported: ['unsupported', 'unsupported'],
  'tearing-down.closing': ['stopped', 'stopped'],
  'tearing-down.releasing': ['stopped', 'stopped'],
  failed: ['failed', 'failed'],
  stopped: ['stopped', 'stopped'],
};

/** `watching.live` for `{ watching: 'live' }`. */
export function statePath(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[key, below] = []] = Object.entries(value as Record<string, unknown>);
  return key === undefined ? '' : `${key}.${statePath(below)}`;
}
