import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalRoots, parseLocalRoots } from './local-roots.ts';

let dir: string;
let roots: LocalRoots;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidewatch-roots-'));
  for (const folder of ['watch/a', 'media/b', 'data/db', 'watch/media', 'other']) {
    mkdirSync(join(dir, folder), { recursive: true });
  }
  symlinkSync(join(dir, 'other'), join(dir, 'watch', 'out'));
  symlinkSync(join(dir, 'data'), join(dir, 'media', 'own'));
  roots = new LocalRoots({
    watchFolder: join(dir, 'watch'),
    named: { media: join(dir, 'media'), all: dir },
    dataDir: join(dir, 'data'),
  });
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('a folder of this machine', () => {
  it.each([
    ['a', 'watch/a'],
    ['', 'watch'],
    ['media/b', 'media/b'],
    ['media', 'media'],
    ['all/other', 'other'],
  ])('is reached by %j', async (rootPath, folder) => {
    expect(await roots.folder(rootPath)).toBe(join(dir, folder));
  });

  it.each(['out', '../other', 'media/../../other', 'a/../..'])(
    'is not reached by %j, which leads out of what is open',
    async (rootPath) => {
      await expect(roots.folder(rootPath)).rejects.toMatchObject({ code: 'invalid_argument' });
    },
  );

  it.each(['all', 'all/data', 'all/data/db', 'media/own'])(
    'is not reached by %j, where the server keeps its own things',
    async (rootPath) => {
      const error: unknown = await roots.folder(rootPath).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ code: 'invalid_argument' });
      expect(String(error)).not.toContain(dir);
    },
  );

  it('is missed without telling where it was looked for', async () => {
    const error: unknown = await roots.folder('missing').catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'not_found' });
    expect(String(error)).not.toContain(dir);
  });

  it('is reached by nobody where the operator opened none', async () => {
    const none = new LocalRoots({ named: {} });
    await expect(none.folder('a')).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('the list of open folders', () => {
  it('has a name for each', () => {
    expect({ ...parseLocalRoots('media=/srv/media, scans=/srv/scans') }).toEqual({
      media: '/srv/media',
      scans: '/srv/scans',
    });
  });

  it.each(['', 'media', 'media=relative', 'a=/x,a=/y', 'me/dia=/x', '=/x'])(
    'is refused as %j',
    (text) => {
      expect(() => parseLocalRoots(text)).toThrow(
        expect.objectContaining({ code: 'invalid_argument' }),
      );
    },
  );
});
