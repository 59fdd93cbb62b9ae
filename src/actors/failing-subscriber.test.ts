import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';
import type { Reader } from '../../test/support/watch-stage.ts';

/** A subscriber that throws whenever it is told something of a kind. */
function failing(stage: WatchStage, what: 'subscribed' | 'numbered' | 'state' | 'ended'): Reader {
  const reader = stage.subscribe();
  reader[what] = () => {
    throw new Error('a mistake of this subscriber');
  };
  return reader;
}

describe('a subscriber that throws', () => {
  it.each(['subscribed', 'numbered', 'state', 'ended'] as const)(
    'when it is told `%s` harms nobody else',
    async (what) => {
      const stage = new WatchStage();
      failing(stage, what);
      const other = stage.subscribe();
      await settle();
      stage.storage.put('dir/a');
      stage.storage.tell('dir', { action: 'added', path: 'a' });
      await stage.services.pass(100);
      stage.place.down();
      await stage.services.pass(100);
      stage.place.up();
      await stage.services.pass(100);
      await stage.hub.stop();
      expect(other.told).toEqual([
        ...['subscribed live', 'change +a', 'state reconnecting', 'resync reconnected'],
        ...['state live', 'ended closed'],
      ]);
      const errors = stage.services.log.filter(({ level }) => level === 'error');
      expect(new Set(errors.map(({ event }) => event))).toEqual(new Set(['subscriber.failed']));
      expect(stage.services.timerErrors).toEqual([]);
      expect(stage.leftovers).toEqual({});
    },
  );
});

describe('a subscriber that wants names', () => {
  it('is told a gap, not changes from a time when nobody wanted names', async () => {
    const stage = new WatchStage();
    await stage.watch({ detail: 'refresh', recursive: 'tree' });
    stage.storage.tell('dir', { action: 'added', path: 'below/a' });
    await stage.services.pass(100);
    const resume = { epoch: 'epoch 1', seq: 0 };
    const wanting = stage.subscribe({ detail: 'changes', recursive: 'tree', resume });
    const content = stage.subscribe({ detail: 'refresh', recursive: 'tree', resume });
    await settle();
    expect(wanting.answers).toMatchObject([{ resumed: false, seq: 1 }]);
    expect(wanting.told).toContain('resync replay_gap');
    expect(content.answers).toMatchObject([{ resumed: true, seq: 0 }]);
    expect(content.told).toContain('change');
  });
});
