import { describe, expect, it } from 'vitest';
import { useScriptedCaches } from '../../test/support/scripted-cache.ts';
import { ScriptedPlace } from '../../test/support/scripted-place.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

const TREE = ['a', 'a/x', 'a/x/deep', 'b', 'b/y'];
const TIMEOUT = new TidewatchError('timeout', 'no answer');

describe('a directory cache', () => {
  const { make, started } = useScriptedCaches();

  describe('with directories that cannot be listed', () => {
    it('keeps all below one that fails in a rescan, and says so (5, 19)', async () => {
      const cache = await started(TREE);
      cache.storage.failing = (operation, path) =>
        operation === 'list' && path === 'a' ? TIMEOUT : undefined;
      cache.actor.rescan();
      await cache.rest(10_000);
      expect(cache.known).toEqual(TREE);
      expect(cache.info).toMatchObject({ state: 'ready', stale: 1 });
      expect(cache.info.errors).toMatchObject([{ path: 'a', code: 'timeout' }]);
      cache.storage.failing = () => undefined;
      await cache.rest(120_000);
      expect(cache.info).toMatchObject({ stale: 0, errors: [] });
    });

    it('keeps everything when the top fails, and tries again (5)', async () => {
      const cache = await started(TREE);
      cache.storage.failing = (operation, path) =>
        operation === 'list' && path === '' ? TIMEOUT : undefined;
      cache.actor.rescan();
      await cache.rest(5_000);
      expect(cache.known).toEqual(TREE);
      expect(cache.info.state).toMatch(/stale|resyncing/);
      cache.storage.failing = () => undefined;
      await cache.rest(120_000);
      expect(cache.info.state).toBe('ready');
    });

    it('is never ready with nothing when the top cannot be listed at first (9)', async () => {
      const cache = make(TREE);
      cache.storage.failing = (operation) => (operation === 'list' ? TIMEOUT : undefined);
      const words = new Set<string>();
      cache.actor.on(({ state }) => words.add(state));
      await cache.start();
      await cache.rest(30_000);
      expect(words).not.toContain('ready');
      expect(cache.info).toMatchObject({ code: 'timeout' });
      cache.storage.failing = () => undefined;
      await cache.rest(120_000);
      expect(cache.known).toEqual(TREE);
      expect(cache.info.state).toBe('ready');
    });

    it('leaves one that may not be read alone for a while, and looks again', async () => {
      const denied = new TidewatchError('access_denied', 'no');
      const cache = make(TREE);
      cache.storage.failing = (operation, path) =>
        operation === 'list' && path === 'b' ? denied : undefined;
      await cache.start();
      expect(cache.info).toMatchObject({ state: 'ready', stale: 1 });
      expect(cache.known).toEqual(['a', 'a/x', 'a/x/deep', 'b']);
      cache.listed();
      await cache.rest(60_000);
      expect(cache.listed()).not.toContain('b');
      cache.storage.failing = () => undefined;
      await cache.rest(300_000);
      expect(cache.known).toEqual(TREE);
    });
  });

  describe('when the connection is lost', () => {
    it('stays stale as long as it takes, and is ready again when it is back (1, 2)', async () => {
      const cache = await started(TREE);
      cache.place.down();
      cache.storage.directory('meanwhile');
      cache.storage.directory('a/x/deep/meanwhile');
      cache.storage.remove('b');
      await cache.rest(6 * 3_600_000);
      expect(cache.info.state).toBe('stale');
      expect(cache.known).toEqual(TREE);
      cache.place.up();
      await cache.rest(5_000);
      expect(cache.info.state).toBe('ready');
      expect(cache.known).toEqual(['a', 'a/x', 'a/x/deep', 'a/x/deep/meanwhile', 'meanwhile']);
      cache.storage.directory('later');
      cache.tell({ action: 'added', path: 'later' });
      await cache.rest();
      expect(cache.known).toContain('later');
    });

    it('keeps trying when there was none at the start (9)', async () => {
      const place = new ScriptedPlace();
      place.isUp = false;
      const cache = make(TREE, { place });
      cache.actor.start();
      await cache.rest();
      place.down({ code: 'unreachable', message: 'nobody answers' });
      await cache.rest(3_600_000);
      expect(cache.info).toMatchObject({ state: 'failed', code: 'unreachable' });
      place.up();
      await cache.rest();
      expect(cache.info.state).toBe('ready');
      expect(cache.known).toEqual(TREE);
    });

    it('closes the handle of before when a watch ends, and waits before the next (14)', async () => {
      const cache = await started(TREE);
      cache.storage.open('')[0]!.end(new TidewatchError('watch_ended', 'it is over'));
      await cache.rest(5);
      expect(cache.storage.open()).toHaveLength(0);
      expect(cache.actor.state).toBe('backing-off');
      await cache.rest(10_000);
      expect(cache.storage.open()).toHaveLength(1);
      expect(cache.info.state).toBe('ready');
    });
  });

  describe('after an overflow', () => {
    it('lists what may have changed, at once (7)', async () => {
      const cache = await started(TREE);
      cache.storage.directory('b/unheard');
      cache.storage.open('')[0]!.listener.lost('overflow');
      await cache.rest(1_000);
      expect(cache.known).toContain('b/unheard');
      expect(cache.info.state).toBe('ready');
    });

    it('lists once for a burst of them, and never the same forever', async () => {
      const cache = await started(TREE);
      cache.listed();
      const { listener } = cache.storage.open('')[0]!;
      for (let time = 0; time < 50; time += 1) listener.lost('overflow');
      await cache.rest(5_000);
      expect(cache.listed().filter((path) => path === '')).toHaveLength(1);
    });
  });
});
