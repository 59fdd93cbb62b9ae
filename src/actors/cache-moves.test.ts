import { describe, expect, it } from 'vitest';
import { useScriptedCaches } from '../../test/support/scripted-cache.ts';
import { ScriptedPlace } from '../../test/support/scripted-place.ts';
import { ScriptedStorage } from '../../test/support/scripted-storage.ts';
import type { StorageChange } from '../storage/storage.ts';

const TREE = ['a', 'a/x', 'a/x/deep', 'b', 'b/y'];

describe('directories of a cache', () => {
  const { make, started } = useScriptedCaches();

  describe('that move', () => {
    const tree = ['from', 'from/top', 'from/top/mid', 'from/top/mid/low', 'to'];
    const moved = ['from', 'to', 'to/new', 'to/new/mid', 'to/new/mid/low'];
    const halves: Record<string, StorageChange[][]> = {
      'removed, then added': [
        [{ action: 'removed', path: 'from/top' }],
        [{ action: 'added', path: 'to/new' }],
      ],
      'added, then removed': [
        [{ action: 'added', path: 'to/new' }],
        [{ action: 'removed', path: 'from/top' }],
      ],
      'renamed, in one piece': [[{ action: 'renamed', oldPath: 'from/top', path: 'to/new' }]],
      'only added': [[{ action: 'added', path: 'to/new' }]],
    };

    it.each(Object.keys(halves))('brings all below a directory along: %s (6)', async (order) => {
      const cache = await started(tree);
      const { tree: kept } = cache.actor.index;
      const id = kept.find('from/top');
      const low = kept.find('from/top/mid/low');
      cache.storage.move('from/top', 'to/new');
      for (const changes of halves[order]!) {
        cache.tell(...changes);
        await cache.rest(50);
      }
      expect(kept.find('to/new')).toBe(id);
      expect(kept.find('to/new/mid/low')).toBe(low);
      await cache.rest(5_000);
      expect(cache.known).toEqual(order === 'only added' ? cache.known : moved);
      expect(cache.known).toContain('to/new/mid/low');
    });

    it('lists everything below what comes from outside (6)', async () => {
      const cache = await started(['to']);
      for (const path of ['to/in', 'to/in/one', 'to/in/one/two']) cache.storage.directory(path);
      cache.tell({ action: 'added', path: 'to/in' });
      await cache.rest();
      expect(cache.known).toEqual(['to', 'to/in', 'to/in/one', 'to/in/one/two']);
    });

    it('never joins an old name with the new name of another (15)', async () => {
      const cache = await started(['a', 'a/below', 'c']);
      // The new name of `a` got lost; another directory gets a name later.
      cache.storage.remove('a');
      cache.tell({ action: 'removed', path: 'a' });
      await cache.rest();
      cache.storage.directory('b');
      cache.tell({ action: 'added', path: 'b' });
      await cache.rest(5_000);
      expect(cache.known).toEqual(['b', 'c']);
    });

    it('looks into a new directory that got the number of one that is gone', async () => {
      const cache = await started(['old', 'old/gone', 'old/gone/too']);
      const { fileId } = await cache.storage.stat('old');
      cache.storage.remove('old');
      cache.storage.put('fresh', { kind: 'directory', fileId });
      cache.tell({ action: 'removed', path: 'old' }, { action: 'added', path: 'fresh' });
      await cache.rest(5_000);
      expect(cache.known).toEqual(['fresh']);
    });

    it('follows names that change hands', async () => {
      const cache = await started(['a', 'a/one', 'b', 'b/two']);
      cache.storage.move('a', 't');
      cache.storage.move('b', 'a');
      cache.storage.move('t', 'b');
      cache.tell(
        { action: 'renamed', oldPath: 'a', path: 't' },
        { action: 'renamed', oldPath: 'b', path: 'a' },
        { action: 'renamed', oldPath: 't', path: 'b' },
      );
      await cache.rest(5_000);
      expect(cache.known).toEqual(['a', 'a/two', 'b', 'b/one']);
    });

    it('keeps what is still there when a copy has its number', async () => {
      const cache = await started(['a', 'a/one']);
      const { fileId } = await cache.storage.stat('a');
      cache.storage.put('twin', { kind: 'directory', fileId });
      cache.storage.directory('twin/one');
      cache.tell({ action: 'added', path: 'twin' });
      await cache.rest(5_000);
      expect(cache.known).toEqual(['a', 'a/one', 'twin', 'twin/one']);
    });
  });

  describe('that are circles and links', () => {
    it('are names, and not looked into (8)', async () => {
      const cache = make(['a', 'a/sub']);
      const a = await cache.storage.stat('a');
      cache.storage.put('a/sub/up', { kind: 'directory', fileId: a.fileId });
      cache.storage.put('link', { kind: 'link', attributes: 0x410 });
      cache.storage.put('link/x', { kind: 'directory' });
      await cache.start();
      expect(cache.known).toEqual(['a', 'a/sub', 'a/sub/up', 'link']);
      expect(cache.listed()).toEqual(['', 'a', 'a/sub']);
    });

    it('do not hide a directory of another volume with the same number', async () => {
      const cache = make([]);
      cache.storage.put('a', { kind: 'directory', fileId: 2n, createdAt: 1 });
      cache.storage.put('a/mount', { kind: 'directory', fileId: 2n, createdAt: 2 });
      cache.storage.directory('a/mount/in');
      await cache.start();
      expect(cache.known).toEqual(['a', 'a/mount', 'a/mount/in']);
    });
  });

  it('are followed when one that is replaced by another of the same name', async () => {
    const cache = await started(TREE);
    cache.storage.remove('a');
    cache.storage.directory('a');
    cache.storage.directory('a/other');
    cache.tell({ action: 'removed', path: 'a' }, { action: 'added', path: 'a' });
    await cache.rest(5_000);
    expect(cache.known).toEqual(['a', 'a/other', 'b', 'b/y']);
  });

  it('are others when another directory stands at its top', async () => {
    const storage = new ScriptedStorage();
    storage.directory('top');
    storage.directory('top/one');
    const place = new ScriptedPlace('place', storage);
    const cache = make([], { place, path: 'top', services: { limits: { cacheSampleMs: 1_000 } } });
    await cache.start();
    storage.remove('top');
    storage.directory('top');
    storage.directory('top/two');
    await cache.rest(20_000);
    expect(cache.known).toEqual(['two']);
    expect(cache.info.state).toBe('ready');
  });
});
