import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packFolder, unpackFolder } from './folder-archive.ts';

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'tidewatch-archive-'));
});
afterEach(() => rmSync(work, { recursive: true }));

/** Paths with the bytes of files, and null for directories. */
function contentOf(folder: string): [string, string | null][] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => {
    const path = join(folder, name);
    return [name, statSync(path).isDirectory() ? null : readFileSync(path).toString('hex')];
  });
}

describe('a folder that is packed', () => {
  it('comes out as it was, whatever is in it, for its owner alone', async () => {
    const name = fc.constantFrom('a', 'b', 'C', 'ü x', '.d', 'e"f');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const size = fc.oneof(fc.constant(0), fc.nat(5), fc.nat(300_000));
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(path, size, { maxKeys: 6 }), async (files) => {
        const folder = join(work, String(++round));
        mkdirSync(folder);
        for (const [file, bytes] of Object.entries(files)) {
          try {
            mkdirSync(dirname(join(folder, file)), { recursive: true });
            writeFileSync(join(folder, file), Buffer.alloc(bytes, file));
          } catch {
            // One path has a file where another one needs a directory.
          }
        }
        await packFolder(folder, `${folder}.gz`);
        await unpackFolder(`${folder}.gz`, `${folder}.out`);
        expect(contentOf(`${folder}.out`)).toEqual(contentOf(folder));
        expect(statSync(`${folder}.out`).mode & 0o777).toBe(0o700);
      }),
      { numRuns: 40 },
    );
  });

  it('is not taken for whole when it was cut', async () => {
    const folder = join(work, 'folder');
    mkdirSync(folder);
    writeFileSync(join(folder, 'file'), 'content '.repeat(10_000));
    const archive = join(work, 'archive.gz');
    await packFolder(folder, archive);
    for (const length of [0, 5, 40, statSync(archive).size - 9]) {
      truncateSync(archive, length);
      const target = join(work, `cut-${length}`);
      await expect(unpackFolder(archive, target)).rejects.toThrow(/damaged|end of file/);
      await packFolder(folder, archive);
    }
  });
});
