import { describe, expect, it } from 'vitest';
import { leavesOf } from '../../test/support/chart-walk.ts';
import { STATE_WORDS, statePath } from './state-words.ts';
import type { WatchState } from './watch-state.ts';
import { watchedDirectory } from './watched-directory.ts';

/** Every word of the contract; the compiler finds one that is missing or too many. */
const WORDS: Readonly<Record<WatchState, true>> = {
  connecting: true,
  live: true,
  reconnecting: true,
  resyncing: true,
  polling: true,
  deleted: true,
  denied: true,
  unsupported: true,
  failed: true,
  stopped: true,
};

describe('the words for states', () => {
  it('are there for each state of a watched directory, and for no other', () => {
    expect(Object.keys(STATE_WORDS).sort()).toEqual(leavesOf(watchedDirectory).sort());
  });

  it('are all used', () => {
    expect(new Set(Object.values(STATE_WORDS).flat())).toEqual(new Set(Object.keys(WORDS)));
  });

  it('never call connecting what was told to be live before', () => {
    for (const [state, [first, later]] of Object.entries(STATE_WORDS)) {
      expect(later, state).toBe(first === 'connecting' ? 'reconnecting' : later);
      expect(later, state).not.toBe('connecting');
    }
  });

  it('are found by the path of a state', () => {
    expect(statePath('idle')).toBe('idle');
    expect(statePath({ watching: 'live' })).toBe('watching.live');
    expect(statePath({})).toBe('');
  });
});
