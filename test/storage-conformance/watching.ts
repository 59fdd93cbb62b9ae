import { describe, expect, it } from 'vitest';
import type { StorageWatch, WatchRequest } from '../../src/storage/storage.ts';
import { shareStorage } from './share-storage.ts';
import type { StartedStorage } from './started-storage.ts';
import { WatchLog } from './watch-log.ts';

/** What `watch` does. */
export function describeWatching(start: () => Promise<StartedStorage>): void {
  describe('watching', () => {
    const current = shareStorage(start);

    /** A watch that is armed and sees what others do. */
    async function watch(
      path: string,
      request: Partial<WatchRequest> = {},
    ): Promise<{ log: WatchLog; watch: StorageWatch }> {
      const { storage, inForce } = current();
      const log = new WatchLog();
      const opened = storage.watch({ path, recursive: false, ...request }, log);
      await log.untilCalled('armed');
      await inForce?.();
      return { log, watch: opened };
    }

    it('tells that it is opened, armed, then of changes, and which directory it is', async () => {
      const { storage, outside, dir, inForce } = current();
      const log = new WatchLog();
      const watching = storage.watch({ path: dir, recursive: false }, log);
      expect(log.calls).toEqual([]);
      await log.untilCalled('opened');
      expect(watching.directoryId).toBe((await storage.stat(dir)).fileId);
      await log.untilCalled('armed');
      await inForce?.();
      await outside.writeFile(`${dir}/file`, 'x');
      await log.untilCame('file');
      expect(log.calls.slice(0, 3)).toEqual(['opened', 'armed', 'changed']);
      await watching.close();
    });

    it('tells what somebody else does to files', async () => {
      const { outside, dir } = current();
      const { log, watch: watching } = await watch(dir);
      await outside.writeFile(`${dir}/file`, 'x');
      await log.untilCame('file');
      log.forget();
      await outside.writeFile(`${dir}/file`, 'more');
      await log.untilTold('file');
      log.forget();
      await outside.rename(`${dir}/file`, `${dir}/renamed`);
      await log.untilGone('file');
      await log.untilCame('renamed');
      log.forget();
      await outside.remove(`${dir}/renamed`);
      await log.untilGone('renamed');
      expect(log.reason).toBeUndefined();
      await watching.close();
    });

    it('tells what somebody else does to directories', async () => {
      const { outside, dir } = current();
      const { log, watch: watching } = await watch(dir);
      await outside.mkdir(`${dir}/below`);
      await log.untilCame('below');
      await outside.rename(`${dir}/below`, `${dir}/renamed`);
      await log.untilGone('below');
      await log.untilCame('renamed');
      await outside.removeDirectory(`${dir}/renamed`);
      await log.untilGone('renamed');
      expect(log.reason).toBeUndefined();
      await watching.close();
    });

    it('tells what comes in from elsewhere and what is moved away', async () => {
      const { outside, dir } = current();
      await outside.mkdir(`${dir}/here`);
      await outside.mkdir(`${dir}/there`);
      await outside.writeFile(`${dir}/there/file`, 'x');
      const { log, watch: watching } = await watch(`${dir}/here`);
      await outside.rename(`${dir}/there/file`, `${dir}/here/file`);
      await log.untilCame('file');
      await outside.rename(`${dir}/here/file`, `${dir}/there/file`);
      await log.untilGone('file');
      expect(log.reason).toBeUndefined();
      await watching.close();
    });

    it('tells what is written through the storage itself', async () => {
      const { storage, dir } = current();
      const { log, watch: watching } = await watch(dir);
      await storage.writeFile(`${dir}/file`, Buffer.from('x'));
      await log.untilTold('file');
      expect(log.reason).toBeUndefined();
      await watching.close();
    });

    it('tells names of every script as they are written', async () => {
      const { outside, dir } = current();
      const { log, watch: watching } = await watch(dir);
      const names = ['caf\u00e9', 'cafe\u0301', '日本語', '🌊 tide', 'x'.repeat(255)];
      for (const name of names) await outside.writeFile(`${dir}/${name}`, '');
      for (const name of names) await log.untilCame(name);
      expect(log.reason).toBeUndefined();
      await watching.close();
    });

    it('tells nothing from below unless it is asked to', async () => {
      const { outside, dir } = current();
      await outside.mkdir(`${dir}/below`);
      const { log, watch: watching } = await watch(dir);
      await outside.writeFile(`${dir}/below/unseen`, 'x');
      await outside.writeFile(`${dir}/seen`, 'x');
      await log.untilCame('seen');
      expect(log.changes.filter(({ path }) => path.includes('unseen'))).toEqual([]);
      await watching.close();
    });

    it('tells everything from below where it says that it can', async () => {
      const { storage, outside, dir } = current();
      await outside.mkdir(`${dir}/a/b`);
      await outside.mkdir(`${dir}/moved/in`);
      await outside.writeFile(`${dir}/moved/in/old`, 'x');
      await outside.mkdir(`${dir}/top`);
      await outside.rename(`${dir}/a`, `${dir}/top/a`);
      const { log, watch: watching } = await watch(`${dir}/top`, { recursive: true });
      await outside.writeFile(`${dir}/top/file`, 'x');
      await log.untilCame('file');
      if (storage.recursion === 'complete') {
        await outside.writeFile(`${dir}/top/a/b/file`, 'x');
        await log.untilCame('a/b/file');
        await outside.mkdir(`${dir}/top/c/d/e`);
        await outside.writeFile(`${dir}/top/c/d/e/file`, 'x');
        await log.untilCame('c/d/e/file');
        await outside.rename(`${dir}/moved`, `${dir}/top/moved`);
        await log.untilCame('moved');
        await outside.writeFile(`${dir}/top/moved/in/new`, 'x');
        await log.untilCame('moved/in/new');
        await outside.rename(`${dir}/top/c`, `${dir}/top/x`);
        await log.untilGone('c');
        await log.untilCame('x');
        await outside.writeFile(`${dir}/top/x/d/e/later`, 'x');
        await log.untilCame('x/d/e/later');
      }
      expect(log.reason).toBeUndefined();
      await watching.close();
    });

    it('ends when its directory is deleted', async () => {
      const { outside, dir, held } = current();
      await outside.mkdir(`${dir}/watched`);
      const { log, watch: watching } = await watch(`${dir}/watched`);
      await outside.removeDirectory(`${dir}/watched`);
      await log.untilCalled('ended');
      expect(log.reason?.code).toBe('directory_deleted');
      expect(log.calls.at(-1)).toBe('ended');
      await expect.poll(held).toBe(0);
      await watching.close();
    });

    it.each([
      ['nothing', 'not_found'],
      ['file', 'not_a_directory'],
      ['../out', 'invalid_path'],
    ])('ends with what is wrong, never before it has begun: %s, %s', async (name, code) => {
      const { storage, outside, dir } = current();
      await outside.writeFile(`${dir}/file`, 'x');
      const log = new WatchLog();
      const watching = storage.watch({ path: `${dir}/${name}`, recursive: false }, log);
      expect(log.calls).toEqual([]);
      await log.untilCalled('ended');
      expect(log.calls).toEqual(['ended']);
      expect(log.reason?.code).toBe(code);
      await watching.close();
    });

    it('tells nothing once it is closed', async () => {
      const { outside, dir } = current();
      const { log, watch: watching } = await watch(dir);
      const { log: witness, watch: other } = await watch(dir);
      await watching.close();
      await watching.close();
      const told = log.calls.length;
      await outside.writeFile(`${dir}/file`, 'x');
      await outside.remove(`${dir}/file`);
      await witness.untilGone('file');
      expect(log.calls).toHaveLength(told);
      await other.close();
    });

    it('can be closed at once, and is told nothing then', async () => {
      const { storage, dir, held } = current();
      const log = new WatchLog();
      await storage.watch({ path: dir, recursive: true }, log).close();
      const { watch: witness } = await watch(dir);
      await witness.close();
      await expect.poll(held).toBe(0);
      expect(log.calls).toEqual([]);
    });

    it('leaves nothing behind after a hundred watches', async () => {
      const { outside, dir, held } = current();
      const directories = Array.from({ length: 10 }, (_, index) => `${dir}/${index}`);
      for (const directory of directories) await outside.mkdir(directory);
      const opening = Array.from({ length: 100 }, (_, index) =>
        watch(directories[index % 10] ?? ''),
      );
      const watches = await Promise.all(opening);
      // One handle may bear them all.
      expect(await held()).toBeGreaterThan(0);
      await Promise.all(watches.map((one) => one.watch.close()));
      await expect.poll(held).toBe(0);
      expect(watches.map(({ log }) => log.calls)).toEqual(watches.map(() => ['opened', 'armed']));
    });
  });
}
