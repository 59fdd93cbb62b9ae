import { describe, expect, it } from 'vitest';
import { shareStorage } from './share-storage.ts';
import { listAll, readAll } from './started-storage.ts';
import type { StartedStorage, StorageTraits } from './started-storage.ts';

/** What reading and writing do. */
export function describeContent(
  start: () => Promise<StartedStorage>,
  { hasDirectories }: Required<Pick<StorageTraits, 'hasDirectories'>>,
): void {
  describe('content', () => {
    const current = shareStorage(start);

    it('reads ranges of a file', async () => {
      const { storage, outside, dir } = current();
      await outside.writeFile(`${dir}/file`, 'some content');
      const ranges = [
        { offset: 5, length: 7 },
        { offset: 0, length: 4 },
        { offset: 8, length: 4 },
      ];
      const { size, chunks } = await storage.readRanges(`${dir}/file`, ranges);
      expect(size).toBe(12);
      expect(chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual([
        'content',
        'some',
        'tent',
      ]);
    });

    it('streams a file from its start or from the middle', async () => {
      const { storage, outside, dir } = current();
      const content = Array.from({ length: 200_000 }, (_, index) => index).join();
      await outside.writeFile(`${dir}/file`, content);
      expect((await readAll(storage.readStream(`${dir}/file`))) === content).toBe(true);
      const rest = await readAll(storage.readStream(`${dir}/file`, { start: 1_000_000 }));
      expect(rest === content.slice(1_000_000)).toBe(true);
      expect(await readAll(storage.readStream(`${dir}/file`, { start: 9_000_000 }))).toBe('');
    });

    it('writes and replaces files', async () => {
      const { storage, dir } = current();
      expect(await storage.writeFile(`${dir}/file`, Buffer.from('long content'))).toBe(12);
      async function* pieces(): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(Buffer.from('shor'));
        yield Buffer.from('t');
      }
      expect(await storage.writeFile(`${dir}/file`, pieces())).toBe(5);
      expect(await readAll(storage.readStream(`${dir}/file`))).toBe('short');
      expect(await storage.writeFile(`${dir}/empty`, Buffer.alloc(0))).toBe(0);
      const listed = await listAll(storage, dir);
      expect(listed.map(({ name, size }) => `${name} ${size}`).sort()).toEqual([
        'empty 0',
        'file 5',
      ]);
    });

    it('overwrites only when it may', async () => {
      const { storage, dir } = current();
      const path = `${dir}/file`;
      const content = Buffer.from('old');
      expect(await storage.writeFile(path, content, { overwrite: false })).toBe(3);
      const again = storage.writeFile(path, Buffer.from('new'), { overwrite: false });
      await expect(again).rejects.toMatchObject({ code: 'already_exists' });
      expect(await readAll(storage.readStream(path))).toBe('old');
      expect((await listAll(storage, dir)).map(({ name }) => name)).toEqual(['file']);
    });

    it('says what is missing, and what is no file', async () => {
      const { storage, dir } = current();
      const nothing = `${dir}/nothing`;
      const missing = { code: 'not_found' };
      const range = [{ offset: 0, length: 1 }];
      await expect(storage.readRanges(nothing, range)).rejects.toMatchObject(missing);
      await expect(readAll(storage.readStream(nothing))).rejects.toMatchObject(missing);
      const below = storage.writeFile(`${nothing}/below`, Buffer.from('x'));
      if (hasDirectories) await expect(below).rejects.toMatchObject(missing);
      else await expect(below).resolves.toBe(1);
      const directory = { code: 'is_a_directory' };
      await expect(storage.readRanges(dir, range)).rejects.toMatchObject(directory);
      await expect(readAll(storage.readStream(dir))).rejects.toMatchObject(directory);
      await expect(storage.writeFile(dir, Buffer.from('x'))).rejects.toMatchObject(directory);
    });

    it('stops when it is aborted, holding nothing', async () => {
      const { storage, outside, dir, held } = current();
      const path = `${dir}/file`;
      await outside.writeFile(path, 'x'.repeat(3_000_000));
      const aborted = { code: 'aborted' };
      const signal = AbortSignal.abort();
      const range = [{ offset: 0, length: 1 }];
      await expect(storage.readRanges(path, range, { signal })).rejects.toMatchObject(aborted);
      const writing = storage.writeFile(path, Buffer.from('x'), { signal });
      await expect(writing).rejects.toMatchObject(aborted);
      const controller = new AbortController();
      const reading = async (): Promise<void> => {
        for await (const chunk of storage.readStream(path, { signal: controller.signal })) {
          if (chunk.length > 0) controller.abort();
        }
      };
      await expect(reading()).rejects.toMatchObject(aborted);
      await expect.poll(held).toBe(0);
    });

    it('holds nothing after a failure of who gives the content, or when a reader leaves', async () => {
      const { storage, outside, dir, held } = current();
      await outside.writeFile(`${dir}/file`, 'x'.repeat(3_000_000));
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(Buffer.from('begun'));
        throw new RangeError('no more');
      }
      await expect(storage.writeFile(`${dir}/new`, failing())).rejects.toThrow('no more');
      for await (const chunk of storage.readStream(`${dir}/file`)) if (chunk.length > 0) break;
      await expect.poll(held).toBe(0);
    });
  });
}
