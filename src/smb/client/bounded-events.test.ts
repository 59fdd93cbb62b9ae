import { describe, expect, it } from 'vitest';
import { SMB_DEFAULTS } from '../defaults.ts';
import { BoundedEvents } from './bounded-events.ts';
import type { WatchEvent } from './watch-options.ts';

const { watchQueueBytes, watchQueueChanges } = SMB_DEFAULTS;
const SLOW: WatchEvent = { type: 'rescan', reason: 'slow_consumer' };

function added(count: number, length = 1): WatchEvent {
  const change = { action: 'added', path: 'x'.repeat(length) } as const;
  return { type: 'changes', changes: Array.from({ length: count }, () => change) };
}

async function allOf(events: BoundedEvents): Promise<WatchEvent[]> {
  events.end(undefined);
  const all: WatchEvent[] = [];
  for (;;) {
    const { value } = await events.next();
    if (value === undefined) return all;
    all.push(value);
  }
}

describe('what waits for the reader of a watch', () => {
  it('holds as many changes as it may, and no more', async () => {
    const full = new BoundedEvents();
    full.push(added(watchQueueChanges - 1));
    full.push(added(1));
    expect(await allOf(full)).toHaveLength(2);
    const over = new BoundedEvents();
    over.push(added(watchQueueChanges));
    over.push(added(1));
    expect(await allOf(over)).toEqual([SLOW]);
  });

  it('holds as many bytes of paths as it may, and no more', async () => {
    const length = 32_768;
    const count = watchQueueBytes / (2 * length);
    const full = new BoundedEvents();
    full.push(added(count, length));
    expect(await allOf(full)).toHaveLength(1);
    const over = new BoundedEvents();
    over.push(added(count, length));
    over.push({
      type: 'changes',
      changes: [{ action: 'renamed', path: '', oldPath: 'y' }],
    });
    expect(await allOf(over)).toEqual([SLOW]);
  });

  it('goes on after a collapse, and counts what is taken out', async () => {
    const events = new BoundedEvents();
    events.push(added(watchQueueChanges + 1));
    events.push(added(2));
    expect((await events.next()).value).toEqual(SLOW);
    expect((await events.next()).value).toEqual(added(2));
    events.push(added(watchQueueChanges));
    expect(await allOf(events)).toEqual([added(watchQueueChanges)]);
  });

  it('keeps one rescan for several in a row', async () => {
    const events = new BoundedEvents();
    events.push({ type: 'rescan', reason: 'overflow' });
    events.push({ type: 'rescan', reason: 'malformed' });
    events.push(added(1));
    events.push({ type: 'rescan', reason: 'overflow' });
    expect((await allOf(events)).map(({ type }) => type)).toEqual(['rescan', 'changes', 'rescan']);
  });
});
