import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import type { ServicesOptions } from '../../test/support/actor-services.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';
import type { Reader } from '../../test/support/watch-stage.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { StorageChange } from '../storage/storage.ts';

const added = (path: string): StorageChange => ({ action: 'added', path });
const removed = (path: string): StorageChange => ({ action: 'removed', path });
const renamed = (oldPath: string, path: string): StorageChange => ({
  ...{ action: 'renamed', path, oldPath },
});

interface Tree {
  readonly stage: WatchStage;
  readonly reader: Reader;
  /** Watched directories, below `dir`. */
  readonly watched: () => string[];
  /** Lets all be told, and gives it, without states. */
  readonly told: () => Promise<string[]>;
}

/** `dir` with these directories (names ending in a slash) and files, watched as a tree. */
async function treeOf(paths: readonly string[], options: ServicesOptions = {}): Promise<Tree> {
  const stage = new WatchStage(options);
  for (const path of paths) {
    if (path.endsWith('/')) stage.storage.directory(`dir/${path.slice(0, -1)}`);
    else stage.storage.put(`dir/${path}`);
  }
  const reader = await stage.watch({ recursive: true });
  expect(reader.answers).toHaveLength(1);
  return {
    stage,
    reader,
    watched: () =>
      stage.storage
        .open()
        .map(({ request }) => request.path.slice('dir/'.length))
        .sort(),
    told: async () => {
      await stage.services.pass(500);
      return reader.take().filter((what) => !what.startsWith('state'));
    },
  };
}

describe('a tree', () => {
  it('has a watch for each directory, and is ready when all of them are listed', async () => {
    const stage = new WatchStage();
    stage.storage.directory('dir/a');
    stage.storage.directory('dir/a/b');
    const gate = Promise.withResolvers<void>();
    const reader = stage.subscribe({ recursive: true });
    stage.storage.failing = (operation, path) => {
      if (operation === 'list' && path === 'dir/a/b') stage.storage.after = gate.promise;
      return undefined;
    };
    await settle();
    expect(reader.told).toEqual([]);
    gate.resolve();
    await settle();
    expect(reader.told).toEqual(['subscribed live']);
    expect(stage.storage.open()).toHaveLength(3);
  });

  it('tells what happens at any depth, under one numbering', async () => {
    const { stage, reader, told } = await treeOf(['a/', 'a/b/']);
    stage.storage.put('dir/a/b/deep');
    stage.storage.tell('dir/a/b', added('deep'));
    stage.storage.put('dir/top');
    stage.storage.tell('dir', added('top'));
    expect(await told()).toEqual(['change +a/b/deep +top']);
    expect(reader.events.map(({ seq }) => seq)).toEqual([1]);
  });

  it('leaves nothing behind', async () => {
    const { stage, reader } = await treeOf(['a/', 'a/b/', 'c/']);
    reader.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('shares watches with those who watch a directory of it alone', async () => {
    const { stage, reader, watched } = await treeOf(['a/']);
    const alone = await stage.watch({ path: 'dir/a' });
    expect(watched()).toEqual(['', 'a']);
    reader.subscription.close();
    await settle();
    expect(watched()).toEqual(['a']);
    alone.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });
});

describe('directories that come and go', () => {
  it('are watched, and what is in them is told', async () => {
    const { stage, watched, told } = await treeOf([]);
    stage.storage.directory('dir/new');
    stage.storage.directory('dir/new/sub');
    stage.storage.put('dir/new/sub/file');
    stage.storage.tell('dir', added('new'));
    expect(await told()).toEqual(['change +new', 'change +new/sub +new/sub/file']);
    expect(watched()).toEqual(['', 'new', 'new/sub']);
    stage.storage.put('dir/new/sub/later');
    stage.storage.tell('dir/new/sub', added('later'));
    expect(await told()).toEqual(['change +new/sub/later']);
  });

  it('are no longer watched, with all that was below them, and told once', async () => {
    const { stage, watched, told } = await treeOf(['a/', 'a/b/', 'a/b/c/', 'ab/']);
    stage.storage.remove('dir/a');
    stage.storage.tell('dir', removed('a'));
    expect(await told()).toEqual(['change -a']);
    expect(watched()).toEqual(['', 'ab']);
  });

  it('are told as another one when one of the same name takes the place', async () => {
    const { stage, watched, told } = await treeOf(['a/', 'a/old']);
    stage.storage.remove('dir/a');
    stage.storage.directory('dir/a');
    stage.storage.put('dir/a/new');
    stage.storage.tell('dir', removed('a'), added('a'));
    expect(await told()).toEqual(['change -a +a', 'change +a/new']);
    expect(watched()).toEqual(['', 'a']);
  });

  it('are let go when a file takes the place', async () => {
    const { stage, watched, told } = await treeOf(['a/', 'a/b/']);
    stage.storage.remove('dir/a');
    stage.storage.put('dir/a');
    stage.storage.tell('dir', removed('a'), added('a'));
    expect(await told()).toEqual(['change -a +a']);
    expect(watched()).toEqual(['']);
  });

  it('are found by the listing of the one above when their own watch says that they are gone', async () => {
    const { stage, watched, told } = await treeOf(['a/']);
    const [watch] = stage.storage.open('dir/a');
    stage.storage.remove('dir/a');
    watch?.end(new TidewatchError('directory_deleted', 'Gone'));
    expect(await told()).toEqual(['change -a']);
    expect(watched()).toEqual(['']);
  });
});

describe('moves', () => {
  it('within a directory are told as one rename, which takes all watches along', async () => {
    const { stage, watched, told } = await treeOf(['a/', 'a/sub/', 'a/sub/file', 'a/x']);
    stage.storage.move('dir/a', 'dir/z');
    stage.storage.tell('dir', renamed('a', 'z'));
    expect(await told()).toEqual(['change a>z']);
    expect(watched()).toEqual(['', 'z', 'z/sub']);
    stage.storage.put('dir/z/sub/later');
    stage.storage.tell('dir/z/sub', added('later'));
    expect(await told()).toEqual(['change +z/sub/later']);
  });

  it('of a directory tell what changed in it besides, and nothing else', async () => {
    const { stage, told } = await treeOf(['a/', 'a/sub/', 'a/sub/gone', 'a/sub/stays']);
    stage.storage.move('dir/a', 'dir/z');
    stage.storage.remove('dir/z/sub/gone');
    stage.storage.put('dir/z/sub/new');
    stage.storage.tell('dir', renamed('a', 'z'));
    expect(await told()).toEqual(['change a>z', 'change -z/sub/gone +z/sub/new']);
  });

  it.each(['source', 'target'])(
    'between directories are joined by id, though the %s speaks first',
    async (first) => {
      const { stage, told } = await treeOf(['a/', 'b/', 'a/file']);
      stage.storage.move('dir/a/file', 'dir/b/file');
      const halves = [
        () => stage.storage.tell('dir/a', removed('file')),
        () => stage.storage.tell('dir/b', added('file')),
      ];
      for (const half of first === 'source' ? halves : halves.toReversed()) {
        half();
        await stage.services.pass(10);
      }
      expect(await told()).toEqual(['change a/file>b/file']);
    },
  );

  it('of a whole directory between directories keep what readers know of it', async () => {
    const { stage, watched, told } = await treeOf(['a/', 'b/', 'a/d/', 'a/d/one', 'a/d/e/']);
    stage.storage.move('dir/a/d', 'dir/b/d');
    stage.storage.tell('dir/b', added('d'));
    stage.storage.tell('dir/a', removed('d'));
    expect(await told()).toEqual(['change a/d>b/d']);
    expect(watched()).toEqual(['', 'a', 'b', 'b/d', 'b/d/e']);
  });

  it('whose halves come far apart are two changes, and nothing is lost', async () => {
    const { stage, told } = await treeOf(['a/', 'b/', 'a/file']);
    stage.storage.move('dir/a/file', 'dir/b/file');
    stage.storage.tell('dir/a', removed('file'));
    expect(await told()).toEqual(['change -a/file']);
    stage.storage.tell('dir/b', added('file'));
    expect(await told()).toEqual(['change +b/file']);
  });
});

describe('what cannot be covered', () => {
  it('is not waited for where the account may not read, and is news once it may', async () => {
    const stage = new WatchStage();
    for (const path of ['dir/open', 'dir/secret']) stage.storage.directory(path);
    stage.storage.put('dir/secret/file');
    const isSecret = (path: string): boolean => path.startsWith('dir/secret');
    stage.storage.failing = (_, path) =>
      isSecret(path) ? new TidewatchError('access_denied', 'No') : undefined;
    const reader = await stage.watch({ recursive: true });
    expect(reader.answers).toMatchObject([{ state: 'live' }]);
    stage.storage.put('dir/open/a');
    stage.storage.tell('dir/open', added('a'));
    await stage.services.pass(100);
    expect(reader.take()).toEqual(['change +open/a']);
    stage.storage.failing = () => undefined;
    await stage.services.pass(stage.services.limits.deniedRetryMs);
    expect(reader.take()).toEqual(['resync reopened']);
    stage.storage.put('dir/secret/new');
    stage.storage.tell('dir/secret', added('new'));
    await stage.services.pass(100);
    expect(reader.take()).toEqual(['change +secret/new']);
    reader.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('is told with a resync, never passed over, when there are too many directories', async () => {
    const { stage, reader, watched, told } = await treeOf(['a/'], {
      limits: { recursiveDirectories: 3 },
    });
    for (const name of ['b', 'c', 'd']) {
      stage.storage.directory(`dir/${name}`);
      stage.storage.tell('dir', added(name));
    }
    const heard = await told();
    expect(heard.filter((what) => what.startsWith('resync'))).toEqual(['resync overflow']);
    expect(heard.join(' ')).toContain('+b');
    expect(heard.join(' ')).toContain('+d');
    expect(watched()).toHaveLength(3);
    expect(stage.services.log).toContainEqual(expect.objectContaining({ event: 'watch.limited' }));
    reader.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('is told with one resync when a whole tree was away, after all of it is back', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `d${i}/`);
    const { stage, reader } = await treeOf(names);
    stage.place.down();
    stage.storage.isWillingToArm = false;
    stage.place.up();
    await settle();
    reader.take();
    // They come back one after the other.
    for (const { listener } of stage.storage.open()) {
      listener.opened();
      listener.armed();
      await stage.services.pass(50);
    }
    await stage.services.pass(200);
    expect(reader.take().filter((what) => what !== 'state live')).toEqual(['resync reconnected']);
  });

  it('does not put a resync off for ever', async () => {
    const { stage, reader } = await treeOf(['a/', 'b/'], { limits: { recursiveSettleMs: 2_000 } });
    stage.place.down();
    stage.storage.isWillingToArm = false;
    stage.place.up();
    await settle();
    reader.take();
    for (const { listener, request } of stage.storage.open()) {
      if (request.path === 'dir/b') continue;
      listener.opened();
      listener.armed();
    }
    await stage.services.pass(1_900);
    expect(reader.take()).toEqual(['state live']);
    await stage.services.pass(200);
    expect(reader.take()).toEqual(['resync reconnected']);
  });

  it('tells a loss in one directory as a resync of the tree, and what was lost', async () => {
    const { stage, told } = await treeOf(['a/']);
    stage.storage.put('dir/a/lost');
    stage.storage.open('dir/a')[0]?.listener.lost('overflow');
    expect((await told()).toSorted()).toEqual(['change +a/lost', 'resync overflow']);
  });
});

describe('a tree with a directory too large to be remembered', () => {
  const SMALL = { limits: { listingEntries: 2 } };

  it('says once that it does not cover all', async () => {
    const stage = new WatchStage(SMALL);
    for (const name of ['a', 'b', 'c']) stage.storage.put(`dir/${name}`);
    stage.storage.directory('dir/sub');
    const reader = stage.subscribe({ recursive: true });
    await stage.services.pass(1_000);
    expect(reader.take()).toEqual(['subscribed live', 'resync overflow']);
    expect(stage.services.log.filter(({ event }) => event === 'watch.limited')).toHaveLength(1);
    await stage.services.pass(3 * stage.services.limits.verifyIntervalMs);
    expect(reader.told).toEqual([]);
    expect(stage.services.log.filter(({ event }) => event === 'watch.limited')).toHaveLength(1);
  });

  it('does not wait for what another watch has found to be too large', async () => {
    const stage = new WatchStage(SMALL);
    for (const name of ['a', 'b', 'c']) stage.storage.put(`dir/${name}`);
    await stage.watch();
    const reader = stage.subscribe({ recursive: true, patienceMs: Infinity });
    await stage.services.pass(1_000);
    expect(reader.told).toContain('subscribed live');
  });
});

describe('a tree of which a part is slow to be watched', () => {
  it('has who could not wait list again once all of it is, whatever was told meanwhile', async () => {
    const stage = new WatchStage();
    const { storage } = stage;
    storage.directory('dir/slow');
    const watch = storage.watch.bind(storage);
    storage.watch = (request, listener) => {
      const made = watch(request, listener);
      if (request.path !== 'dir/slow') return made;
      storage.isWillingToArm = false;
      queueMicrotask(() => (storage.isWillingToArm = true));
      return made;
    };
    const reader = stage.subscribe({ recursive: true });
    await stage.services.pass(20_000);
    expect(reader.take()).toEqual(['subscribed live']);
    storage.open('dir')[0]?.listener.lost('overflow');
    await stage.services.pass(10_000);
    expect(reader.take()).toContain('resync overflow');
    // Nobody tells of it.
    storage.put('dir/slow/x');
    const [slow] = storage.open('dir/slow');
    slow?.listener.opened();
    slow?.listener.armed();
    await stage.services.pass(10_000);
    expect(reader.told).toEqual(['resync overflow']);
  });
});
