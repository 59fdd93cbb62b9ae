import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';
import type { Reader } from '../../test/support/watch-stage.ts';
import type { StorageEntry } from '../storage/storage.ts';

/** A stage on which `DIR` is another name of `dir`. */
function spelled(): { stage: WatchStage; entry: StorageEntry } {
  const stage = new WatchStage();
  const entry = stage.storage.directory('dir');
  stage.storage.put('DIR', { ...entry, name: 'DIR' });
  return { stage, entry };
}

const resyncs = (reader: Reader): string[] =>
  reader.take().filter((what) => what.startsWith('resync'));

describe('a reader whose directory turns out to be watched under another name', () => {
  it('shares that watch from the start, and hears of no gap', async () => {
    const { stage } = spelled();
    await stage.watch();
    const reader = stage.subscribe({ path: 'DIR' });
    await settle();
    expect(reader.told).toEqual(['subscribed live']);
    expect(stage.storage.open().map(({ request }) => request.path)).toEqual(['dir']);
    stage.storage.tell('dir', { action: 'removed', path: 'a' });
    await settle();
    expect(reader.told.at(-1)).toBe('change -a');
  });

  it('lists again when it was told to be subscribed before', async () => {
    const { stage } = spelled();
    stage.place.isUp = false;
    const reader = stage.subscribe({ path: 'DIR' });
    await stage.watch();
    await stage.services.pass(20_000);
    expect(reader.take()).toEqual(['subscribed connecting']);
    stage.place.up();
    await settle();
    expect(stage.hub.directories).toHaveLength(1);
    expect(resyncs(reader)).toHaveLength(1);
  });

  it.each(['changes', 'refresh'] as const)(
    'lists again when its own watch was lost, and has moved there: %s',
    async (detail) => {
      const { stage, entry } = spelled();
      // Two directories, until the server comes back.
      stage.storage.put('DIR', { ...entry, name: 'DIR', fileId: 99n });
      const above = await stage.watch();
      const reader = await stage.watch({ path: 'DIR', detail });
      expect(stage.hub.directories).toHaveLength(2);
      stage.place.down();
      stage.storage.put('DIR', { ...entry, name: 'DIR' });
      await settle();
      above.take();
      reader.take();
      stage.place.up();
      await settle();
      expect(stage.hub.directories).toHaveLength(1);
      expect(resyncs(above)).toHaveLength(1);
      expect(resyncs(reader)).not.toEqual([]);
    },
  );

  it('lists again though nothing was listed for it yet', async () => {
    const { stage, entry } = spelled();
    stage.storage.put('DIR', { ...entry, name: 'DIR', fileId: 99n });
    await stage.watch();
    stage.storage.after = new Promise(() => undefined);
    const reader = stage.subscribe({ path: 'DIR', detail: 'refresh' });
    await stage.services.pass(1_000);
    expect(reader.take()).toEqual(['subscribed live']);
    stage.place.down();
    stage.storage.after = undefined;
    stage.storage.put('DIR', { ...entry, name: 'DIR' });
    await settle();
    stage.place.up();
    await settle();
    expect(stage.hub.directories).toHaveLength(1);
    expect(resyncs(reader)).not.toEqual([]);
  });

  it('lists again once what is below is watched there, too', async () => {
    const { stage, entry } = spelled();
    stage.storage.put('DIR', { ...entry, name: 'DIR', fileId: 99n });
    await stage.watch();
    const reader = await stage.watch({ path: 'DIR', recursive: 'tree' });
    stage.place.down();
    stage.storage.put('DIR', { ...entry, name: 'DIR' });
    await settle();
    reader.take();
    const { storage } = stage;
    const watch = storage.watch.bind(storage);
    storage.watch = (request, listener) => {
      const made = watch(request, listener);
      // A wider watch of the one that stays is armed late.
      if (request.path !== 'dir' || !request.recursive) return made;
      storage.isWillingToArm = false;
      queueMicrotask(() => (storage.isWillingToArm = true));
      return made;
    };
    stage.place.up();
    await stage.services.pass(100);
    expect(stage.hub.directories).toHaveLength(1);
    const wider = storage.open('dir').find(({ request }) => request.recursive);
    expect(wider).toBeDefined();
    reader.take();
    // What happens below now is told by nobody.
    wider?.listener.opened();
    wider?.listener.armed();
    await settle();
    expect(resyncs(reader)).toEqual(['resync reopened']);
    storage.tell('dir', { action: 'added', path: 'below/x' });
    await settle();
    expect(reader.told).not.toEqual([]);
  });

  it('is told what it missed when it comes back, though nobody else was served meanwhile', async () => {
    const { stage, entry } = spelled();
    stage.storage.put('DIR', { ...entry, name: 'DIR', fileId: 99n });
    await stage.watch();
    const reader = await stage.watch({ path: 'DIR' });
    const [answer] = reader.answers;
    stage.place.down();
    const other = stage.subscribe({ path: 'DIR', patienceMs: Infinity });
    reader.subscription.close();
    stage.storage.put('DIR', { ...entry, name: 'DIR' });
    stage.place.up();
    await settle();
    expect(other.answers).toHaveLength(1);
    const again = stage.subscribe({ path: 'DIR', resume: answer! });
    await settle();
    expect(again.told[0]).toBe('subscribed live');
    expect(resyncs(again)).not.toEqual([]);
  });
});
