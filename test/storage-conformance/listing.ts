import { describe, expect, it } from 'vitest';
import type { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import { shareStorage } from './share-storage.ts';
import { listAll } from './started-storage.ts';
import type { StartedStorage, StorageTraits } from './started-storage.ts';

/** What `list`, `find` and `stat` do. */
export function describeListing(
  start: () => Promise<StartedStorage>,
  { hasDirectories, manyEntries }: Required<Pick<StorageTraits, 'hasDirectories' | 'manyEntries'>>,
): void {
  describe('listing', () => {
    const current = shareStorage(start);

    it.each([0, 1, manyEntries])('gives each of %i entries once', async (count) => {
      const { storage, outside, dir } = current();
      const names = Array.from({ length: count }, (_, index) => `file-${index}`);
      await Promise.all(names.map((name) => outside.writeFile(`${dir}/${name}`, '')));
      const listed = await listAll(storage, dir);
      expect(listed.map(({ name }) => name).sort()).toEqual(names.sort());
    });

    it('tells kind, size, time and number', async () => {
      const { storage, outside, dir } = current();
      const before = Date.now();
      await outside.writeFile(`${dir}/file`, 'some content');
      await outside.mkdir(`${dir}/below`);
      const listed = new Map((await listAll(storage, dir)).map((entry) => [entry.name, entry]));
      expect(listed.get('file')).toMatchObject({ kind: 'file', size: 12 });
      expect(listed.get('below')).toMatchObject({ kind: 'directory', size: 0 });
      for (const [name, entry] of listed) {
        if (entry.kind === 'directory' && !hasDirectories) expect(entry.modifiedAt).toBe(0);
        else expect(Math.abs(entry.modifiedAt - before)).toBeLessThan(60_000);
        expect(entry.fileId).toBeTypeOf('bigint');
        expect(await storage.stat(`${dir}/${name}`)).toEqual(entry);
        expect(await storage.find(dir, name)).toEqual(entry);
      }
    });

    it('tells names as they are written: long ones, any script, twins of Unicode', async () => {
      const { storage, outside, dir } = current();
      const twins = ['caf\u00e9', 'cafe\u0301'];
      const names = [...twins, 'x'.repeat(255), '日本語', 'Ünï cödé', '🌊 tide', "it's #1 & 100%"];
      for (const name of names) await outside.writeFile(`${dir}/${name}`, name);
      const listed = await listAll(storage, dir);
      expect(listed.map(({ name }) => name).sort()).toEqual(names.sort());
      for (const name of names) {
        expect(await storage.find(dir, name)).toMatchObject({
          name,
          size: Buffer.byteLength(name),
        });
      }
    });

    it('finds nothing by another case, or by what is no name', async () => {
      const { storage, outside, dir } = current();
      await outside.writeFile(`${dir}/File`, '');
      await expect(storage.find(dir, 'fILE')).resolves.toBeUndefined();
      await expect(storage.find(dir, 'nothing')).resolves.toBeUndefined();
      await expect(storage.find(dir, 'a/b')).resolves.toBeUndefined();
      await expect(storage.find(dir, '..')).resolves.toBeUndefined();
      await expect(storage.find(dir, 'x'.repeat(300))).resolves.toBeUndefined();
    });

    it('tells before the entries when a name came or went last, where there is such a time', async () => {
      const { storage, outside, dir } = current();
      const timeOf = async (path: string): Promise<number | undefined> => {
        const told: number[] = [];
        let isListed = false;
        const onModifiedAt = (at: number): void => {
          expect(isListed).toBe(false);
          told.push(at);
        };
        for await (const page of storage.list(path, { onModifiedAt })) isListed = page.length > 0;
        return told.at(-1);
      };
      const names = Array.from({ length: manyEntries }, (_, index) => `many/file-${index}`);
      if (hasDirectories) await outside.mkdir(`${dir}/many`);
      await Promise.all(names.map((name) => outside.writeFile(`${dir}/${name}`, '')));
      for (const path of [dir, `${dir}/many`]) {
        const before = await timeOf(path);
        if (!hasDirectories) {
          expect(before).toBeUndefined();
          continue;
        }
        expect(before).toBe((await storage.stat(path)).modifiedAt);
        expect(await timeOf(path)).toBe(before);
        // The clock of the disk may tick as rarely as 100 times a second.
        await expect
          .poll(async () => {
            await outside.writeFile(`${path}/passing`, '');
            await outside.remove(`${path}/passing`);
            return timeOf(path);
          })
          .not.toBe(before);
      }
    });

    it('lists the root, and looks at it', async () => {
      const { storage, dir } = current();
      expect((await listAll(storage, '')).map(({ name }) => name)).toContain(dir);
      expect(await storage.stat('')).toMatchObject({ kind: 'directory', size: 0 });
    });

    it('says what is missing, and what is no directory', async () => {
      const { storage, outside, dir } = current();
      await outside.writeFile(`${dir}/file`, '');
      const missing = { code: 'not_found' };
      await expect(storage.stat(`${dir}/nothing`)).rejects.toMatchObject(missing);
      await expect(storage.stat(`${dir}/nothing/below`)).rejects.toMatchObject(missing);
      await expect(listAll(storage, `${dir}/nothing`)).rejects.toMatchObject(missing);
      await expect(storage.find(`${dir}/nothing`, 'x')).rejects.toMatchObject(missing);
      const file = { code: 'not_a_directory' };
      await expect(listAll(storage, `${dir}/file`)).rejects.toMatchObject(file);
      const below = storage.stat(`${dir}/file/below`);
      await expect(below).rejects.toSatisfy(({ code }: TidewatchError) =>
        ['not_found', 'not_a_directory'].includes(code),
      );
    });

    it.each(['..', 'a/../b', '../etc', 'a/..', 'a\0b'])('takes %j for no path', async (path) => {
      const { storage } = current();
      const invalid = { code: 'invalid_path' };
      const range = [{ offset: 0, length: 1 }];
      await expect(storage.stat(path)).rejects.toMatchObject(invalid);
      await expect(listAll(storage, path)).rejects.toMatchObject(invalid);
      await expect(storage.readRanges(path, range)).rejects.toMatchObject(invalid);
      await expect(storage.writeFile(path, Buffer.from('x'))).rejects.toMatchObject(invalid);
    });

    it.each(['./a', 'a//b', '/a', 'a/'])('finds nothing at %j', async (path) => {
      const { storage } = current();
      await expect(storage.stat(path)).rejects.toSatisfy(({ code }: TidewatchError) =>
        ['not_found', 'invalid_path'].includes(code),
      );
    });

    it('stops when it is aborted', async () => {
      const { storage, outside, dir } = current();
      const names = Array.from({ length: 1000 }, (_, index) => `file-${index}`);
      await Promise.all(names.map((name) => outside.writeFile(`${dir}/${name}`, '')));
      const aborted = { code: 'aborted' };
      const signal = AbortSignal.abort();
      await expect(storage.stat(dir, { signal })).rejects.toMatchObject(aborted);
      await expect(storage.find(dir, 'x', { signal })).rejects.toMatchObject(aborted);
      const controller = new AbortController();
      const listing = async (): Promise<void> => {
        for await (const page of storage.list(dir, { signal: controller.signal })) {
          if (page.length > 0) controller.abort();
        }
      };
      await expect(listing()).rejects.toMatchObject(aborted);
    });

    it('holds nothing when it is over, or left in its midst', async () => {
      const { storage, outside, dir, held } = current();
      await outside.writeFile(`${dir}/file`, '');
      for await (const page of storage.list(dir)) if (page.length > 0) break;
      await listAll(storage, dir);
      await storage.stat(`${dir}/file`);
      await expect.poll(held).toBe(0);
    });
  });
}
