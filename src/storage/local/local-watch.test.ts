import { closeSync, mkdirSync, openSync, rmdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { WatchLog } from '../../../test/storage-conformance/watch-log.ts';
import type { StorageWatch, WatchRequest } from '../storage.ts';
import { machineFileSystem } from './file-system.ts';
import type { FileSystem } from './file-system.ts';
import { openLocalStorage } from './local-storage.ts';
import type { LocalStorage, LocalStorageOptions } from './local-storage.ts';
import { inotifyQueueLength } from './overflow-guard.ts';

const machine = machineFileSystem();
let root: string;
let watches: StorageWatch[];

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'tidewatch-watch-')));
  await mkdir(join(root, 'a/b/c'), { recursive: true });
  watches = [];
});
afterEach(async () => {
  await Promise.all(watches.map((watch) => watch.close()));
  await rm(root, { recursive: true, force: true });
});

interface Watching {
  readonly log: WatchLog;
  readonly storage: LocalStorage;
  readonly watch: StorageWatch;
}

async function begin(
  request: Partial<WatchRequest>,
  options: Partial<LocalStorageOptions> = {},
): Promise<Watching> {
  const storage = await openLocalStorage({ root, ...options });
  const log = new WatchLog();
  const watch = storage.watch({ path: '', recursive: false, ...request }, log);
  watches.push(watch);
  return { log, storage, watch };
}

async function watching(
  request: Partial<WatchRequest>,
  options: Partial<LocalStorageOptions> = {},
): Promise<Watching> {
  const begun = await begin(request, options);
  await begun.log.untilCalled('armed');
  return begun;
}

function failing(code: string, call = 'watch'): Error {
  return Object.assign(new Error(`${code}: no, ${call}`), { code, syscall: call });
}

describe('a watch of a local directory ends', () => {
  it.each([
    ['is renamed', () => rename(join(root, 'a/b'), join(root, 'a/x'))],
    ['is moved by the name of an ancestor', () => rename(join(root, 'a'), join(root, 'x'))],
    ['is deleted with its parents', () => rm(join(root, 'a'), { recursive: true })],
    [
      'is replaced by another',
      async () => {
        await mkdir(join(root, 'new'));
        await rename(join(root, 'a/b'), join(root, 'old'));
        await rename(join(root, 'new'), join(root, 'a/b'));
      },
    ],
    [
      'is replaced by a link to itself',
      async () => {
        await rename(join(root, 'a/b'), join(root, 'old'));
        await symlink('../old', join(root, 'a/b'));
      },
    ],
    [
      'is replaced by a file',
      async () => {
        await rm(join(root, 'a/b'), { recursive: true });
        await writeFile(join(root, 'a/b'), 'x');
      },
    ],
  ])('when it %s', async (_, act) => {
    const { log } = await watching({ path: 'a/b', recursive: true });
    await act();
    await log.untilCalled('ended');
    expect(log.reason?.code).toBe('directory_deleted');
  });

  it('when it is deleted and made again at once, with the same number', async () => {
    await mkdir(join(root, 'again'));
    const { log } = await watching({ path: 'again' });
    rmdirSync(join(root, 'again'));
    mkdirSync(join(root, 'again'));
    await log.untilCalled('ended');
    expect(log.reason?.code).toBe('directory_deleted');
  });

  it('when somebody still has the deleted directory open', async () => {
    const fd = openSync(join(root, 'a/b/c'), 'r');
    const { log } = await watching({ path: 'a/b/c' });
    rmdirSync(join(root, 'a/b/c'));
    await log.untilCalled('ended');
    expect(log.reason?.code).toBe('directory_deleted');
    closeSync(fd);
  });

  it('as disconnected when the root of the storage is gone or another', async () => {
    const below = await watching({ path: 'a/b' });
    const top = await watching({ path: '' });
    await rename(root, `${root}-moved`);
    await mkdir(root);
    for (const { log } of [below, top]) {
      await log.untilCalled('ended');
      expect(log.reason?.code).toBe('disconnected');
      expect(log.changes).toEqual([]);
    }
    await rm(`${root}-moved`, { recursive: true });
  });

  it.each([
    ['of a directory on it', { path: 'a/b/c' }],
    ['of the tree that it is mounted in', { path: '', recursive: true }],
  ])('as disconnected when a volume below is unmounted: the watch %s', async (_, request) => {
    let mounted = true;
    const lstat = (async (path: string | Buffer, options: { bigint: true }) => {
      const inVolume = String(path).startsWith(join(root, 'a/b'));
      if (!mounted && String(path).startsWith(join(root, 'a/b/c')))
        throw failing('ENOENT', 'lstat');
      const stats = await machine.lstat(path, options);
      return inVolume && mounted ? Object.assign(stats, { dev: 4711n }) : stats;
    }) as FileSystem['lstat'];
    const fs = { ...machine, lstat, namesOpenFiles: false };
    const { log } = await watching(request, { fs });
    mounted = false;
    await chmod(join(root, 'a/b'), 0o700);
    await log.untilCalled('ended');
    expect(log.reason?.code).toBe('disconnected');
    expect(log.changes).toEqual([]);
  });

  it('when the right to read it is taken away', async () => {
    const fs = { ...machine, access: () => Promise.reject(failing('EACCES', 'access')) };
    const { log } = await watching({ path: 'a' }, { fs });
    await chmod(join(root, 'a'), 0o700);
    await log.untilCalled('ended');
    expect(log.reason?.code).toBe('access_denied');
  });

  it('not when its rights change and it may still be read', async () => {
    const { log } = await watching({ path: 'a', recursive: true });
    await chmod(join(root, 'a'), 0o700);
    await chmod(join(root, 'a/b'), 0o700);
    await writeFile(join(root, 'a/b/file'), 'x');
    await log.untilCame('b/file');
    expect(log.calls).not.toContain('ended');
  });

  it('when links lead to it', async () => {
    await symlink('a', join(root, 'link'));
    const { log } = await begin({ path: 'link/b' });
    await log.untilCalled('ended');
    expect(log.calls).toEqual(['ended']);
    expect(log.reason?.code).toBe('access_denied');
  });

  it.each([
    ['ENOSPC', 'sysctl fs.inotify.max_user_watches='],
    ['EMFILE', 'sysctl fs.inotify.max_user_instances='],
  ])('with advice, to be polled, when the kernel has no room: %s', async (code, advice) => {
    const fs = {
      ...machine,
      watch: () => {
        throw failing(code);
      },
    } as unknown as FileSystem;
    const { log, storage } = await begin({ path: 'a' }, { fs });
    await log.untilCalled('ended');
    expect(log.reason?.code).toBe('notify_unsupported');
    expect(log.reason?.message).toContain(advice);
    expect(storage.watchedDirectories).toBe(0);
  });

  it('when the kernel has no room for a directory that is made later, holding nothing', async () => {
    let full = false;
    const watch = ((...args: Parameters<FileSystem['watch']>) => {
      if (full) throw failing('ENOSPC');
      return machine.watch(...args);
    }) as FileSystem['watch'];
    const fs = { ...machine, watch };
    const { log, storage } = await watching({ path: 'a', recursive: true }, { fs });
    expect(storage.watchedDirectories).toBe(5);
    full = true;
    await mkdir(join(root, 'a/new'));
    await log.untilCalled('ended');
    expect(log.reason?.code).toBe('notify_unsupported');
    expect(storage.watchedDirectories).toBe(0);
  });

  it.each([
    [0x6969, 'NFS'],
    [0xff534d42, 'SMB'],
    [0xfe534d42 | 0, 'SMB'],
    [0x65735546, 'FUSE'],
  ])('to be polled, on file systems that others change: %i', async (type, name) => {
    const statfs = (() => Promise.resolve({ type })) as unknown as FileSystem['statfs'];
    const { log } = await begin({ path: 'a' }, { fs: { ...machine, statfs } });
    await log.untilCalled('ended');
    expect(log.calls).toEqual(['ended']);
    expect(log.reason?.code).toBe('notify_unsupported');
    expect(log.reason?.message).toContain(name);
  });
});

describe('a recursive watch of a local directory', () => {
  it('goes on with a directory that is replaced by another of the same name', async () => {
    await mkdir(join(root, 'new/deep'), { recursive: true });
    const { log } = await watching({ recursive: true });
    await rename(join(root, 'a'), join(root, 'old'));
    await rename(join(root, 'new'), join(root, 'a'));
    await log.untilCame('a/deep');
    await writeFile(join(root, 'a/deep/file'), 'x');
    await log.untilCame('a/deep/file');
    await writeFile(join(root, 'old/b/file'), 'x');
    await log.untilCame('old/b/file');
    expect(log.changes.filter(({ path }) => path === 'a/b/file')).toEqual([]);
  });

  it('goes on with a directory that is deleted and made again at once', async () => {
    const { log } = await watching({ recursive: true });
    for (let round = 0; round < 20; round++) {
      rmdirSync(join(root, 'a/b/c'));
      mkdirSync(join(root, 'a/b/c'));
    }
    await writeFile(join(root, 'a/b/c/first'), 'x');
    await log.untilCame('a/b/c/first');
    await writeFile(join(root, 'a/b/c/second'), 'x');
    await log.untilCame('a/b/c/second');
    expect(log.calls).not.toContain('ended');
  });

  it('tells everything in a directory that is moved in', async () => {
    const { log } = await watching({ path: 'a', recursive: true });
    await mkdir(join(root, 'other/deep'), { recursive: true });
    await writeFile(join(root, 'other/deep/file'), 'x');
    await rename(join(root, 'other'), join(root, 'a/other'));
    for (const path of ['other', 'other/deep', 'other/deep/file']) await log.untilCame(path);
    expect(log.reason).toBeUndefined();
  });

  it('tells that a directory changed with its entries', async () => {
    const { log } = await watching({ recursive: true });
    await writeFile(join(root, 'a/b/file'), 'x');
    await log.until(({ changes }) =>
      changes.some(({ action, path }) => action === 'modified' && path === 'a/b'),
    );
    expect(log.reason).toBeUndefined();
  });

  it('does not follow links', async () => {
    await mkdir(join(root, 'outside'));
    await symlink('../outside', join(root, 'a/link'));
    const { log } = await watching({ path: 'a', recursive: true });
    await symlink('../outside', join(root, 'a/later'));
    await log.untilCame('later');
    await writeFile(join(root, 'outside/file'), 'x');
    await writeFile(join(root, 'a/file'), 'x');
    await log.untilCame('file');
    expect(new Set(log.changes.map(({ path }) => path))).toEqual(new Set(['later', 'file']));
  });

  it('leaves out a directory that may not be read', async () => {
    const watch = ((...args: Parameters<FileSystem['watch']>) => {
      if (forbidden) throw failing('EACCES');
      return machine.watch(...args);
    }) as FileSystem['watch'];
    let forbidden = false;
    const { log } = await watching({ recursive: true }, { fs: { ...machine, watch } });
    forbidden = true;
    await mkdir(join(root, 'closed'));
    await log.untilCame('closed');
    await writeFile(join(root, 'file'), 'x');
    await log.untilCame('file');
    forbidden = false;
    await chmod(join(root, 'closed'), 0o755);
    await log.until(({ changes }) => changes.filter(({ path }) => path === 'closed').length > 1);
    await writeFile(join(root, 'closed/file'), 'x');
    await log.untilCame('closed/file');
    expect(log.reason).toBeUndefined();
  });

  it.each([
    ['goes on', 'EACCES', []],
    ['ends', 'EMFILE', ['insufficient_resources']],
  ])('%s when a directory below cannot be looked into: %s', async (_, code, expected) => {
    const open = (async (...args: Parameters<FileSystem['open']>) => {
      if (full && String(args[0]).endsWith('/a/b')) throw failing(code, 'open');
      return machine.open(...args);
    }) as FileSystem['open'];
    let full = false;
    const { log } = await watching({ recursive: true }, { fs: { ...machine, open } });
    full = true;
    await writeFile(join(root, 'a/b/file'), 'x');
    await writeFile(join(root, 'a/file'), 'x');
    await log.untilTold('a/file').catch(() => undefined);
    expect(log.reason === undefined ? [] : [log.reason.code]).toEqual(expected);
  });

  it('tells a loss when the queue of the kernel overflows, and misses nothing from then on', async () => {
    const { log } = await watching({ recursive: true });
    // All in one turn, so that nothing is read meanwhile: the last directories go unseen.
    const names = inotifyQueueLength() + 100;
    for (let file = 0; file < names; file++) closeSync(openSync(join(root, `file-${file}`), 'w'));
    mkdirSync(join(root, 'a/b/late/deep'), { recursive: true });
    await log.untilCalled('lost overflow');
    log.forget();
    await writeFile(join(root, 'a/b/late/deep/file'), 'x');
    await log.untilCame('a/b/late/deep/file');
    expect(log.calls.slice(0, 3)).toEqual(['opened', 'armed', 'lost overflow']);
  });

  it('tells storms that the kernel keeps without a loss', async () => {
    const { log } = await watching({ recursive: true });
    for (let file = 0; file < 1000; file++) writeFileSync(join(root, `a/file-${file}`), 'x');
    await log.untilCame('a/file-999');
    const paths = new Set(log.changes.map(({ path }) => path));
    expect([...paths].filter((path) => path.startsWith('a/file-'))).toHaveLength(1000);
    expect(log.calls).not.toContain('lost overflow');
  });
});

describe('a watch of a local directory', () => {
  it('tells what the filter asks for', async () => {
    const names = await watching({ filter: ['file_name'] });
    const content = await watching({ filter: ['last_write'] });
    await writeFile(join(root, 'file'), 'x');
    await writeFile(join(root, 'file'), 'more');
    await mkdir(join(root, 'directory'));
    await writeFile(join(root, 'last'), 'x');
    await names.log.untilCame('last');
    await writeFile(join(root, 'file'), 'and more');
    await content.log.untilTold('file');
    expect(names.log.changes.map(({ path }) => path)).not.toContain('directory');
    expect(new Set(names.log.changes.map(({ action }) => action))).toEqual(new Set(['added']));
    expect(new Set(content.log.changes.map(({ action }) => action))).toEqual(new Set(['modified']));
  });

  it('is closed in time by a file system that does not answer', async () => {
    const clock = new ManualClock();
    const hanging = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const access = (): Promise<void> => {
      hanging.resolve();
      return answer.promise;
    };
    const fs = { ...machine, access };
    const { log, watch, storage } = await watching({ path: 'a' }, { clock, fs });
    await chmod(join(root, 'a'), 0o700);
    await hanging.promise;
    const closing = watch.close();
    clock.advance(10_000);
    await closing;
    expect(storage.watchedDirectories).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    answer.resolve();
    await watch.close();
    expect(log.calls).toEqual(['opened', 'armed']);
  });

  it('shares what the kernel watches with others', async () => {
    const { storage } = await watching({ path: 'a' }, { inotifyQueue: 1000 });
    // The directory above the root, the root, and the directory itself.
    expect(storage.watchedDirectories).toBe(3);
    const log = new WatchLog();
    const other = storage.watch({ path: 'a/b', recursive: true }, log);
    await log.untilCalled('armed');
    expect(storage.watchedDirectories).toBe(5);
    await other.close();
    expect(storage.watchedDirectories).toBe(3);
  });
});
