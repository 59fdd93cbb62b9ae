import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadImohashVectors, patternBytes } from '../../test/support/imohash-vectors.ts';
import { imohashOpenFile } from './file.ts';
import type { OpenFile } from './file.ts';
import { imohash, imohashFile } from './index.ts';

describe('imohash of a file', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tidewatch-imohash-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('is that of its bytes', async () => {
    for (const vector of loadImohashVectors().vectors) {
      if (vector.pattern === 'sparse') continue;
      const path = join(dir, 'vector');
      writeFileSync(path, patternBytes(vector));
      expect(await imohashFile(path, vector)).toBe(vector.hex);
    }
  });

  it('reads a sparse file of 5 GiB in no time', async () => {
    const size = 5_368_709_121;
    const path = join(dir, 'sparse');
    const file = await open(path, 'w');
    await file.truncate(size);
    await file.write('HEAD', 0);
    await file.write('MIDDLE', Math.floor(size / 2));
    await file.write('TAIL', size - 4);
    await file.close();
    expect(await imohashFile(path)).toBe('81808080145b96a21dfbb3db9f35822c');
  });

  it('reports what cannot be hashed by a code', async () => {
    const missing = imohashFile(join(dir, 'missing'));
    await expect(missing).rejects.toMatchObject({ code: 'not_found' });
    await expect(imohashFile(dir)).rejects.toMatchObject({ code: 'is_a_directory' });
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(imohashFile(pipe)).rejects.toMatchObject({ code: 'unsupported' });
  });

  it.each([
    ['grows', (path: string) => appendFileSync(path, 'more')],
    ['shrinks behind what is read', (path: string) => truncateSync(path, 150_000)],
    ['shrinks before it is read', (path: string) => truncateSync(path, 10)],
  ])('reports a file that %s meanwhile as changed', async (_, change) => {
    const path = join(dir, 'changing');
    writeFileSync(path, Buffer.alloc(200_000));
    const file = await open(path);
    const changing: OpenFile = {
      stat: () => file.stat(),
      read: (buffer, offset, length, position) => {
        if (position > 0 && position < 150_000) change(path);
        return file.read(buffer, offset, length, position);
      },
    };
    const hash = imohashOpenFile(changing, path).finally(() => file.close());
    await expect(hash).rejects.toMatchObject({ code: 'changed_while_reading' });
  });

  it('leaves a file that only was touched alone', async () => {
    const path = join(dir, 'steady');
    writeFileSync(path, 'steady');
    expect(await imohashFile(path)).toBe(imohash(Buffer.from('steady')));
  });
});
