import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';
import type { Reader } from '../../test/support/watch-stage.ts';
import type { StorageChange } from '../storage/storage.ts';

const added = (path: string): StorageChange => ({ action: 'added', path });

/** Whoever lists sees what is there now, and gets it late; returns how to let go. */
function hold(stage: WatchStage): () => void {
  const gate = Promise.withResolvers<void>();
  stage.storage.after = gate.promise;
  return () => {
    stage.storage.after = undefined;
    gate.resolve();
  };
}

/** A file comes, and the server says so. */
function make(stage: WatchStage, name: string): void {
  stage.storage.put(`dir/${name}`);
  stage.storage.tell('dir', added(name));
}

/** Something that only the directory itself has noticed makes it list. */
function relist(stage: WatchStage): void {
  stage.directory.relist();
}

describe('what is heard while a listing is under way that was begun before', () => {
  it('is told though the listing does not show it, and not as gone', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    const letGo = hold(stage);
    relist(stage);
    await settle();
    make(stage, 'x');
    await stage.services.pass(100);
    letGo();
    await stage.services.pass(1_000);
    expect(reader.told).toEqual(['change +x']);
  });

  it('is told when that is the first one, to those who could not wait for it', async () => {
    const stage = new WatchStage();
    const letGo = hold(stage);
    const reader = stage.subscribe();
    await stage.services.pass(1_000);
    expect(reader.take()).toEqual(['subscribed live']);
    make(stage, 'x');
    await stage.services.pass(100);
    letGo();
    await stage.services.pass(1_000);
    expect(reader.told).toEqual(['change +x']);
  });

  it('is told when the first one shows it', async () => {
    const stage = new WatchStage();
    const gate = Promise.withResolvers<void>();
    stage.storage.before = gate.promise;
    const reader = stage.subscribe();
    await stage.services.pass(1_000);
    expect(reader.take()).toEqual(['subscribed live']);
    make(stage, 'x');
    await stage.services.pass(100);
    stage.storage.before = undefined;
    gate.resolve();
    await stage.services.pass(1_000);
    expect(reader.told).toEqual(['change +x']);
  });

  it('is told as a gap when it is too much to be remembered, and nothing is known yet', async () => {
    const stage = new WatchStage({ limits: { pendingHints: 10 } });
    const gate = Promise.withResolvers<void>();
    stage.storage.before = gate.promise;
    const reader = stage.subscribe();
    await stage.services.pass(1_000);
    reader.take();
    for (let n = 0; n < 20; n += 1) make(stage, `x${n}`);
    await stage.services.pass(100);
    stage.storage.before = undefined;
    gate.resolve();
    await stage.services.pass(1_000);
    expect(reader.told).toContain('resync overflow');
  });

  it('is told with all names when it is too much to be remembered', async () => {
    const stage = new WatchStage({ limits: { pendingHints: 10 } });
    const reader = await stage.watch();
    const letGo = hold(stage);
    relist(stage);
    await settle();
    for (let n = 0; n < 20; n += 1) make(stage, `x${n}`);
    await stage.services.pass(100);
    letGo();
    await stage.services.pass(1_000);
    expect(new Set(reader.changes.map(({ action, path }) => `${action} ${path}`))).toEqual(
      new Set(Array.from({ length: 20 }, (_, n) => `added x${n}`)),
    );
  });

  it('is told of a directory too large to be remembered', async () => {
    const stage = new WatchStage({ limits: { listingEntries: 2 } });
    for (const name of ['a', 'b', 'c']) stage.storage.put(`dir/${name}`);
    const reader = await stage.watch();
    await stage.services.pass(1_000);
    reader.take();
    const letGo = hold(stage);
    relist(stage);
    await settle();
    make(stage, 'x');
    await stage.services.pass(100);
    letGo();
    await stage.services.pass(1_000);
    expect(reader.told).toEqual(['change +x']);
  });

  it('is what a rename leads to, whichever half of it was seen', async () => {
    const stage = new WatchStage();
    stage.storage.put('dir/old');
    const reader = await stage.watch();
    const letGo = hold(stage);
    relist(stage);
    await settle();
    stage.storage.move('dir/old', 'dir/new');
    stage.storage.tell('dir', { action: 'renamed', path: 'new', oldPath: 'old' });
    await stage.services.pass(100);
    letGo();
    await stage.services.pass(1_000);
    expect(reader.told).toEqual(['change old>new']);
  });

  it('is told to those who want no names, and what they list then counts for nothing', async () => {
    const stage = new WatchStage({ limits: { coalesceMs: 1_000 } });
    const reader = await stage.watch({ detail: 'refresh' });
    await stage.services.pass(2_000);
    stage.storage.tell('dir', added('first'));
    await settle();
    expect(reader.take()).toEqual(['change']);
    const letGo = hold(stage);
    reader.subscription.refresh();
    await settle();
    make(stage, 'x');
    letGo();
    await stage.services.pass(2_000);
    expect(reader.take()).toContain('change');
    expect(stage.directory.content.uncertain).toBe(true);
  });

  it.each([1, 2, 5])('leaves nothing waiting after %d listings', async (rounds) => {
    const stage = new WatchStage();
    const reader: Reader = await stage.watch();
    for (let round = 0; round < rounds; round += 1) {
      const letGo = hold(stage);
      relist(stage);
      await settle();
      make(stage, `x${round}`);
      letGo();
      await stage.services.pass(1_000);
    }
    expect(reader.take()).toEqual(Array.from({ length: rounds }, (_, n) => `change +x${n}`));
    expect(stage.directory.news.pending).toBe(false);
    const { length } = stage.storage.calls;
    await stage.services.pass(60_000);
    expect(stage.storage.calls).toHaveLength(length);
    reader.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });
});
