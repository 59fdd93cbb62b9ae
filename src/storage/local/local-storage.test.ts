import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, readFile, readdir, realpath, rename } from 'node:fs/promises';
import { rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listAll, readAll } from '../../../test/storage-conformance/started-storage.ts';
import { machineFileSystem } from './file-system.ts';
import type { FileSystem } from './file-system.ts';
import { openLocalStorage } from './local-storage.ts';

const machine = machineFileSystem();
const ALL = [{ offset: 0, length: 100 }];
let top: string;
let root: string;

beforeEach(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'tidewatch-local-')));
  root = join(top, 'root');
  await mkdir(join(root, 'below'), { recursive: true });
  await writeFile(join(top, 'secret'), 'secret');
  await writeFile(join(root, 'file'), 'content');
});
afterEach(() => rm(top, { recursive: true }));

describe.each([
  ['through open directories', machine],
  ['by their paths, where there is no /proc', { ...machine, namesOpenFiles: false }],
] as [string, FileSystem][])('a local storage that looks at files %s', (_, fs) => {
  it('tells links and follows none', async () => {
    await symlink(top, join(root, 'out'));
    await symlink('below', join(root, 'in'));
    await symlink('../secret', join(root, 'stolen'));
    await symlink('nothing', join(root, 'dangling'));
    const storage = await openLocalStorage({ root, fs });
    const kinds = (await listAll(storage, '')).map(({ name, kind }) => `${name} ${kind}`);
    expect(kinds.sort()).toEqual([
      'below directory',
      ...['dangling link', 'file file', 'in link', 'out link', 'stolen link'],
    ]);
    expect(await storage.stat('out')).toMatchObject({ kind: 'link' });
    expect(await storage.find('', 'stolen')).toMatchObject({ kind: 'link' });
    const denied = { code: 'access_denied' };
    for (const path of ['out', 'in']) {
      await expect(listAll(storage, path)).rejects.toMatchObject(denied);
      await expect(storage.stat(`${path}/x`)).rejects.toMatchObject(denied);
      await expect(storage.find(path, 'secret')).rejects.toMatchObject(denied);
    }
    for (const path of ['out/secret', 'stolen', 'dangling']) {
      await expect(storage.readRanges(path, ALL)).rejects.toMatchObject(denied);
      await expect(readAll(storage.readStream(path))).rejects.toMatchObject(denied);
    }
    const writing = storage.writeFile('out/new', Buffer.from('x'));
    await expect(writing).rejects.toMatchObject(denied);
    expect(await readdir(top)).toEqual(['root', 'secret']);
  });

  it('replaces a link instead of writing to where it leads', async () => {
    await symlink('../secret', join(root, 'stolen'));
    const storage = await openLocalStorage({ root, fs });
    await storage.writeFile('stolen', Buffer.from('mine'));
    expect(await readFile(join(top, 'secret'), 'utf8')).toBe('secret');
    expect(await storage.stat('stolen')).toMatchObject({ kind: 'file', size: 4 });
  });

  it('says that the volume is gone instead of showing an empty one', async () => {
    const storage = await openLocalStorage({ root, fs });
    await rename(root, join(top, 'elsewhere'));
    const gone = { code: 'disconnected' };
    await expect(listAll(storage, '')).rejects.toMatchObject(gone);
    await expect(storage.stat('file')).rejects.toMatchObject(gone);
    await mkdir(root);
    await expect(listAll(storage, '')).rejects.toMatchObject(gone);
    await expect(listAll(storage, 'below')).rejects.toMatchObject(gone);
    await expect(storage.find('', 'file')).rejects.toMatchObject(gone);
    await expect(storage.stat('file')).rejects.toMatchObject(gone);
    await expect(storage.readRanges('file', ALL)).rejects.toMatchObject(gone);
    await expect(storage.writeFile('x', Buffer.from('x'))).rejects.toMatchObject(gone);
    expect(await readdir(root)).toEqual([]);
  });
});

describe('a local storage', () => {
  it('never leads outside when a directory is swapped for a link meanwhile', async () => {
    await mkdir(join(top, 'outside'));
    await writeFile(join(top, 'outside', 'file'), 'secret');
    await writeFile(join(root, 'below', 'file'), 'public');
    // Right after the directory was found, before the file in it is opened.
    const fs: FileSystem = {
      ...machine,
      lstat: (async (path: string | Buffer, options: { bigint: true }) => {
        if (String(path).endsWith('/file')) {
          await rename(join(root, 'below'), join(root, 'moved'));
          await symlink(join(top, 'outside'), join(root, 'below'));
        }
        return machine.lstat(path, options);
      }) as FileSystem['lstat'],
    };
    const storage = await openLocalStorage({ root, fs });
    const text = await readAll(storage.readStream('below/file'));
    expect(text).toBe('public');
  });

  it('opens no root that is missing or a file', async () => {
    const missing = openLocalStorage({ root: join(top, 'nothing') });
    await expect(missing).rejects.toMatchObject({ code: 'not_found' });
    const file = openLocalStorage({ root: join(top, 'secret') });
    await expect(file).rejects.toMatchObject({ code: 'not_a_directory' });
  });

  it('may have a root that is a link, and keeps to where it led', async () => {
    await symlink(root, join(top, 'link'));
    const storage = await openLocalStorage({ root: join(top, 'link') });
    await rm(join(top, 'link'));
    await symlink('/', join(top, 'link'));
    expect((await listAll(storage, '')).map(({ name }) => name).sort()).toEqual(['below', 'file']);
  });

  it('tells names that are no UTF-8 so that they lead back to the file', async () => {
    const name = Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]);
    await writeFile(name, 'latin');
    const storage = await openLocalStorage({ root });
    const listed = await listAll(storage, '');
    expect(listed.map((entry) => entry.name)).toContain('caf\udce9');
    expect(await storage.find('', 'caf\udce9')).toMatchObject({ size: 5 });
    expect(await readAll(storage.readStream('caf\udce9'))).toBe('latin');
    await storage.writeFile('caf\udce9', Buffer.from('replaced'));
    expect(await readFile(name, 'utf8')).toBe('replaced');
  });

  it('leaves out what vanishes while it is listed', async () => {
    const fs: FileSystem = {
      ...machine,
      lstat: (async (path: string | Buffer, options: { bigint: true }) => {
        if (String(path).endsWith('/file')) await rm(join(root, 'file'));
        return machine.lstat(path, options);
      }) as FileSystem['lstat'],
    };
    const storage = await openLocalStorage({ root, fs });
    expect((await listAll(storage, '')).map(({ name }) => name)).toEqual(['below']);
  });

  it('does not take a directory that is deleted while it is listed for an empty one', async () => {
    await writeFile(join(root, 'below', 'file'), 'x');
    const fs: FileSystem = {
      ...machine,
      opendir: async (...args: Parameters<FileSystem['opendir']>) => {
        await rm(join(root, 'below'), { recursive: true });
        return machine.opendir(...args);
      },
    };
    const storage = await openLocalStorage({ root, fs });
    await expect(listAll(storage, 'below')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('counts a pipe as a file that cannot be read', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const storage = await openLocalStorage({ root });
    expect(await storage.stat('pipe')).toMatchObject({ kind: 'file', size: 0 });
    const reading = storage.readRanges('pipe', ALL);
    await expect(reading).rejects.toMatchObject({ code: 'unsupported' });
  });

  it.each([
    ['grows', () => writeFile(join(root, 'file'), 'more content')],
    ['shrinks', () => writeFile(join(root, 'file'), 'less')],
    ['gets another time', () => utimes(join(root, 'file'), 1, 1)],
    ['is deleted', () => rm(join(root, 'file'))],
    [
      'is replaced',
      async () => {
        await writeFile(join(root, 'new'), 'CONTENT');
        await rename(join(root, 'new'), join(root, 'file'));
      },
    ],
  ])('notices that a file %s while its ranges are read', async (_, change) => {
    const fs: FileSystem = {
      ...machine,
      open: async (...args: Parameters<FileSystem['open']>) => {
        const file = await machine.open(...args);
        if (!String(args[0]).endsWith('/file')) return file;
        const read = file.read.bind(file) as (...rest: unknown[]) => Promise<unknown>;
        const changing = async (...rest: unknown[]): Promise<unknown> => {
          await change();
          return read(...rest);
        };
        return Object.assign(file, { read: changing });
      },
    };
    const storage = await openLocalStorage({ root, fs });
    const reading = storage.readRanges('file', [{ offset: 0, length: 7 }]);
    await expect(reading).rejects.toMatchObject({ code: 'changed_while_reading' });
  });

  it('cuts ranges off at the end of the file, and refuses what is none', async () => {
    const storage = await openLocalStorage({ root });
    const ranges = [
      { offset: 3, length: 100 },
      { offset: 100, length: 1 },
      { offset: 1, length: 0 },
    ];
    const { size, chunks } = await storage.readRanges('file', ranges);
    expect(size).toBe(7);
    expect(chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual(['tent', '', '']);
    const invalid = { code: 'invalid_argument' };
    const negative = storage.readRanges('file', [{ offset: -1, length: 1 }]);
    await expect(negative).rejects.toMatchObject(invalid);
    await expect(readAll(storage.readStream('file', { start: 0.5 }))).rejects.toMatchObject(
      invalid,
    );
  });

  it('shows a file that is written only when it is whole, and nothing of one that failed', async () => {
    const storage = await openLocalStorage({ root });
    async function* content(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('first half, '));
      expect(await readFile(join(root, 'file'), 'utf8')).toBe('content');
      yield Buffer.from('second half');
    }
    expect(await storage.writeFile('file', content())).toBe(23);
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('first half, second half');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('first half, '));
      throw new RangeError('no more');
    }
    await expect(storage.writeFile('file', failing())).rejects.toThrow('no more');
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('first half, second half');
    expect((await readdir(root)).sort()).toEqual(['below', 'file']);
  });

  it('keeps the permissions of a file that it replaces', async () => {
    const storage = await openLocalStorage({ root });
    await writeFile(join(root, 'private'), 'x', { mode: 0o600 });
    await storage.writeFile('private', Buffer.from('y'));
    expect((await stat(join(root, 'private'))).mode & 0o777).toBe(0o600);
  });

  it('overwrites nothing that appears while it writes, with hard links or without', async () => {
    const noLinks: FileSystem = {
      ...machine,
      link: () => Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM' })),
    };
    for (const fs of [machine, noLinks]) {
      const storage = await openLocalStorage({ root, fs });
      const name = fs === machine ? 'new' : 'newer';
      async function* content(): AsyncGenerator<Uint8Array> {
        await link(join(root, 'file'), join(root, name));
        yield Buffer.from('mine');
      }
      const writing = storage.writeFile(name, content(), { overwrite: false });
      await expect(writing).rejects.toMatchObject({ code: 'already_exists' });
      expect(await readFile(join(root, name), 'utf8')).toBe('content');
      await rm(join(root, name));
      await storage.writeFile(name, Buffer.from('mine'), { overwrite: false });
      expect(await readFile(join(root, name), 'utf8')).toBe('mine');
    }
    expect((await readdir(root)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
