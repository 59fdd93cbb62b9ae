import { describe, expect, it } from 'vitest';
import { ScriptedCache, useScriptedCaches } from '../../test/support/scripted-cache.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

const TREE = ['a', 'a/x', 'a/x/deep', 'b', 'b/y'];
const TIMEOUT = new TidewatchError('timeout', 'no answer');

describe('a directory cache', () => {
  const { make, started } = useScriptedCaches();

  it('finds every directory, and each once', async () => {
    const cache = await started(TREE);
    expect(cache.known).toEqual(TREE);
    expect(cache.info).toMatchObject({ state: 'ready', directories: 5, stale: 0, errors: [] });
    expect(cache.listed()).toEqual(['', ...TREE]);
  });

  it('watches before it lists anything', async () => {
    const cache = await started(TREE);
    const { calls } = cache.storage;
    expect(calls.indexOf('watch ')).toBeLessThan(calls.indexOf('list '));
    expect(cache.storage.watches[0]?.request).toMatchObject({
      recursive: true,
      filter: ['dir_name'],
    });
  });

  it('lists several directories at once, and no more than it may', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `d${index}`);
    const cache = make(names, { concurrency: 6 });
    let inFlight = 0;
    let most = 0;
    const list = cache.storage.list.bind(cache.storage);
    cache.storage.list = async function* (path: string) {
      inFlight += 1;
      most = Math.max(most, inFlight);
      try {
        await new Promise((resolve) => setImmediate(resolve));
        yield* list(path);
      } finally {
        inFlight -= 1;
      }
    };
    await cache.start();
    expect(cache.known).toHaveLength(20);
    expect(most).toBe(6);
  });

  it('leaves files out, and takes them in where that is wanted', async () => {
    const cache = make([], { indexFiles: true });
    cache.storage.put('file');
    await cache.start();
    expect(cache.info).toMatchObject({ directories: 0, files: 1 });
    expect(cache.storage.watches[0]?.request.filter).toEqual(['dir_name', 'file_name']);
  });

  it('knows which entries are hidden or of the system, as the server says', async () => {
    const cache = make([]);
    cache.storage.put('secret', { kind: 'directory', attributes: 0x12 });
    cache.storage.put('volume', { kind: 'directory', attributes: 0x14 });
    await cache.start();
    const { tree } = cache.actor.index;
    expect(tree.info(tree.find('secret')!)).toMatchObject({ hidden: true, system: false });
    expect(tree.info(tree.find('volume')!)).toMatchObject({ hidden: false, system: true });
  });

  describe('while it scans', () => {
    it('misses no directory that appears where it has listed already (4)', async () => {
      const cache = make(TREE);
      let release = (): void => undefined;
      cache.storage.after = new Promise((resolve) => {
        release = resolve;
      });
      cache.actor.start();
      await cache.rest();
      cache.storage.directory('new');
      cache.storage.directory('new/below');
      cache.tell({ action: 'added', path: 'new' });
      release();
      await cache.rest(1_000);
      expect(cache.known).toEqual([...TREE, 'new', 'new/below'].sort());
    });

    it('keeps what appears during a rescan (3)', async () => {
      const cache = await started(TREE);
      let release = (): void => undefined;
      cache.storage.after = new Promise((resolve) => {
        release = resolve;
      });
      cache.actor.rescan();
      await cache.rest();
      cache.storage.directory('new');
      cache.storage.remove('b');
      cache.tell({ action: 'added', path: 'new' }, { action: 'removed', path: 'b' });
      release();
      await cache.rest(5_000);
      expect(cache.known).toEqual(['a', 'a/x', 'a/x/deep', 'new']);
    });

    it('can be searched before it has finished', async () => {
      const cache = make(TREE);
      cache.storage.failing = (operation, path) =>
        operation === 'list' && path === 'a' ? TIMEOUT : undefined;
      cache.actor.start();
      await cache.rest(10);
      expect(cache.info.state).toBe('scanning');
      expect(cache.known).toContain('b/y');
    });
  });

  it('says when it may hold no more, or look no deeper', async () => {
    const deep = ['1', '1/2', '1/2/3', '1/2/3/4'];
    const cache = await started(deep, { services: { limits: { cacheDepth: 3 } } });
    expect(cache.known).toEqual(['1', '1/2', '1/2/3']);
    expect(cache.info.capped).toEqual(['depth']);
    const small = await started(TREE, { services: { limits: { cacheMaxEntries: 3 } } });
    expect(small.known).toHaveLength(3);
    expect(small.info.capped).toEqual(['entries']);
    expect(small.services.log.map(({ event }) => event)).toContain('cache.capped');
  });

  it('polls where nothing can be watched', async () => {
    const cache = make(TREE);
    cache.storage.failing = (operation) =>
      operation === 'watch' ? new TidewatchError('notify_unsupported', 'no') : undefined;
    await cache.start();
    expect(cache.info).toMatchObject({ state: 'ready', coverage: 'polling' });
    cache.storage.directory('later');
    await cache.rest(400_000);
    expect(cache.known).toContain('later');
    expect(cache.info.state).toBe('ready');
  });

  it('lists everything again every hour, and finds what nobody told', async () => {
    const cache = await started(TREE, { services: { limits: { cacheSampleDirectories: 0 } } });
    cache.storage.directory('b/untold');
    await cache.rest(50 * 60_000);
    expect(cache.known).not.toContain('b/untold');
    await cache.rest(20 * 60_000);
    expect(cache.known).toContain('b/untold');
    expect(cache.info.state).toBe('ready');
  });

  it('finds by samples what was told by nobody, and counts it where somebody should have', async () => {
    const cache = await started(TREE, {
      services: { random: pseudoRandom(), limits: { cacheSampleMs: 1_000 } },
    });
    await cache.rest(60_000);
    expect(cache.info).toMatchObject({ divergences: 0 });
    expect(cache.info.samples).toBeGreaterThan(10);
    cache.storage.directory('untold');
    await cache.rest(60_000);
    expect(cache.known).toContain('untold');
    expect(cache.info.divergences).toBe(1);
  });

  it('tells of states and progress', async () => {
    const cache = make(TREE);
    const states: string[] = [];
    cache.actor.on(({ state }) => void (states.at(-1) !== state && states.push(state)));
    await cache.start();
    expect(states).toEqual(['scanning', 'ready']);
  });

  it('stops at once, in the midst of everything, and leaves nothing behind (12, 13)', async () => {
    for (let turns = 0; turns < 30; turns += 1) {
      const cache = new ScriptedCache(TREE, { watchBudget: 10 });
      cache.actor.start();
      for (let turn = 0; turn < turns; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await cache.stop();
      expect(cache.actor.state).toBe('stopped');
    }
  });

  it('looks at what live watches and listings of others have seen', async () => {
    const cache = await started(TREE);
    cache.storage.directory('a/x/seen');
    cache.actor.index.seen('a/x', ['deep', 'seen']);
    await cache.rest();
    expect(cache.known).toContain('a/x/seen');
    cache.storage.remove('a/x/seen');
    cache.actor.index.heardOf('a/x', [{ action: 'removed', path: 'seen' }]);
    await cache.rest();
    expect(cache.known).toEqual(TREE);
    cache.listed();
    cache.actor.index.seen('a/x', ['deep']);
    cache.actor.index.heardOf('a/x', [{ action: 'modified', path: 'file.txt' }]);
    await cache.rest();
    expect(cache.listed()).toEqual([]);
  });
});

/** The same numbers each time, all over the range. */
function pseudoRandom(): () => number {
  let seed = 1;
  return () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}
