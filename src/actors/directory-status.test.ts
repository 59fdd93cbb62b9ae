import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { DirectoryStatus } from './directory-status.ts';

describe('the status of a directory', () => {
  it('says whether a state is a new word, the first service or only another state', () => {
    const status = new DirectoryStatus(new ManualClock());
    expect(status.word).toBe('connecting');
    expect(status.enter('connecting.waiting', false)).toBe('state');
    expect(status.enter('connecting.waiting', false)).toBe('nothing');
    expect(status.enter('watching.arming', false)).toBe('state');
    expect(status.enter('watching.listing', true)).toBe('service');
    expect(status.enter('watching.live', true)).toBe('state');
    expect(status.enter('overflow-rescan', true)).toBe('word');
    expect(status.enter('watching.live', true)).toBe('word');
  });

  it('calls it connecting before it was ever armed and reconnecting after that', () => {
    const status = new DirectoryStatus(new ManualClock());
    status.enter('opening', false);
    expect(status.word).toBe('connecting');
    status.enter('watching.live', true);
    status.enter('opening', true);
    expect(status.word).toBe('reconnecting');
  });

  it('knows since when the word is true', () => {
    const clock = new ManualClock();
    const status = new DirectoryStatus(clock);
    clock.advance(1_000);
    status.enter('watching.listing', true);
    const since = clock.wall();
    clock.advance(1_000);
    status.enter('watching.live', true);
    expect(status.since).toBe(since);
    expect(status.event({ attempt: 0, failure: undefined }).since).toBe(
      new Date(since).toISOString(),
    );
  });

  it('serves while it is live or polled, and no try is ahead then', () => {
    const status = new DirectoryStatus(new ManualClock());
    status.nextTryAt = 5_000;
    status.enter('backing-off', true);
    const facts = { attempt: 1, failure: undefined };
    expect([status.isServing, status.event(facts).retry_in_ms]).toEqual([false, 5_000]);
    status.enter('polling.listing', true);
    expect(status.isServing).toBe(true);
    expect(status.event(facts)).not.toHaveProperty('retry_in_ms');
  });

  it('takes a state that nobody knows for a failure', () => {
    const status = new DirectoryStatus(new ManualClock());
    expect(status.enter('no.such.state', true)).toBe('word');
    expect(status.word).toBe('failed');
  });
});
