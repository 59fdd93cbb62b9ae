import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import { openS3Storage } from '../../src/storage/s3/s3-storage.ts';
import type { S3Target } from '../../src/storage/target.ts';
import { serveCeph } from '../support/served-ceph.ts';
import { listAll, readAll } from '../storage-conformance/started-storage.ts';

const MIB = 1_048_576;
/** The smallest part that services take, but for the last. */
const PARTS = { limits: { partBytes: 5 * MIB } };

async function errorOf(work: Promise<unknown>): Promise<TidewatchError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TidewatchError) return error;
  throw new Error(`no TidewatchError: ${String(error)}`);
}

/** Bytes that differ from place to place. */
function bytes(length: number): Buffer {
  const content = Buffer.allocUnsafe(length);
  for (let at = 0; at + 4 <= length; at += 4) content.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
  return content;
}

describe('a bucket of radosgw', () => {
  const served = serveCeph();

  it('is listed in pages, each key once, as directories and files', async () => {
    const { bucket, open } = await served().bucket();
    const names = Array.from({ length: 25 }, (_, index) => `file-${index}`);
    await bucket.putAll([...names, ...names.map((name) => `${name}/below`), 'a/b/c/d', 'a/b/e']);
    const storage = open({ limits: { pageKeys: 3 } });
    const listed = await listAll(storage, '');
    expect(listed.filter(({ kind }) => kind === 'file')).toEqual([]);
    expect(listed.map(({ name }) => name).sort()).toEqual([...names, 'a'].sort());
    expect((await listAll(storage, 'a')).map(({ name }) => name)).toEqual(['b']);
    const below = await listAll(storage, 'a/b');
    expect(below.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
      'directory c',
      'file e',
    ]);
  });

  it('is listed whole when it has more keys than any service gives at once', async () => {
    const { bucket, open } = await served().bucket();
    const names = Array.from({ length: 2_600 }, (_, index) => `file-${index}`);
    await bucket.putAll(names);
    const sizes: number[] = [];
    const seen: string[] = [];
    for await (const page of open().list('')) {
      sizes.push(page.length);
      seen.push(...page.map(({ name }) => name));
    }
    expect(sizes).toHaveLength(3);
    expect(seen.sort()).toEqual(names.sort());
  }, 60_000);

  it('tells a directory in place of the object of its name, wherever a page ends', async () => {
    const { bucket, open } = await served().bucket();
    // All of these sort between `a` and `a/`.
    const between = ['a!', 'a"', 'a#', 'a-', 'a-b', 'a.', 'a..'];
    await bucket.putAll(['a', ...between, 'a/x', 'a/y', 'b']);
    for (const pageKeys of [1, 2, 3, 4, 1000]) {
      const listed = await listAll(open({ limits: { pageKeys } }), '');
      expect(listed.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual(
        ['directory a', 'file b', ...between.map((name) => `file ${name}`)].sort(),
      );
    }
    const storage = open();
    expect(await storage.stat('a')).toMatchObject({ kind: 'directory' });
    expect(await storage.find('', 'a')).toMatchObject({ kind: 'directory' });
  });

  it('leaves out keys that are no path, and nothing else', async () => {
    const { bucket, open } = await served().bucket();
    await bucket.putAll(['d/', 'd//x', 'd/../x', 'd/./x', 'd/..', 'd/.', 'd/ok', '/x', 'only//x']);
    const storage = open();
    const names = async (path: string): Promise<string[]> =>
      (await listAll(storage, path)).map(({ name }) => name);
    expect(await names('d')).toEqual(['ok']);
    expect(await names('')).toEqual(['d', 'only']);
    // There is something in it, though nothing that has a path.
    expect(await names('only')).toEqual([]);
    expect(await storage.stat('only')).toMatchObject({ kind: 'directory' });
  });

  it('takes names with every character that a path can have', async () => {
    const { bucket, open } = await served().bucket();
    const odd = ' +&?#%=;:,@"\'<>|*\\~^`{}[]()!$';
    const names = Array.from(odd, (character) => `x${character}y`);
    names.push(
      'a+b c',
      '%41',
      'tab\there',
      'line\nbreak',
      '\u0001',
      'ä',
      'a\u0308',
      '🌊',
      'x'.repeat(500),
    );
    const storage = open();
    for (const name of names) {
      expect(await storage.writeFile(`dir/${name}`, Buffer.from(name))).toBe(
        Buffer.byteLength(name),
      );
    }
    const listed = await listAll(storage, 'dir');
    expect(listed.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect((await bucket.keys('dir/')).length).toBe(names.length);
    for (const name of names) {
      expect(await readAll(storage.readStream(`dir/${name}`))).toBe(name);
      expect(await storage.find('dir', name)).toMatchObject({ name, kind: 'file' });
    }
  });

  it('gives another number and ETag to other content, even of the same size', async () => {
    const { bucket, open } = await served().bucket();
    await bucket.put('file', 'one');
    const storage = open();
    const before = await storage.stat('file');
    expect(before.etag).toBe('f97c5d29941bfb1b2fdab0874906ab82');
    await bucket.put('file', 'two');
    const after = await storage.stat('file');
    expect(after.size).toBe(before.size);
    expect(after.etag).not.toBe(before.etag);
    expect(after.fileId).not.toBe(before.fileId);
    await bucket.put('copy', 'two');
    expect((await storage.stat('copy')).fileId).not.toBe(after.fileId);
  });

  it('reads only one version of a file', async () => {
    const { bucket, open } = await served().bucket();
    await bucket.put('file', bytes(MIB));
    const storage = open();
    const version = await storage.describe('file');
    expect(version.size).toBe(MIB);
    const range = [{ offset: 5, length: 3 }];
    const { chunks } = await storage.readRanges('file', range, { version });
    expect(Buffer.from(chunks[0]!)).toEqual(bytes(MIB).subarray(5, 8));
    await bucket.put('file', bytes(MIB).toReversed());
    const changed = { code: 'changed_while_reading' };
    await expect(storage.readRanges('file', range, { version })).rejects.toMatchObject(changed);
    await expect(readAll(storage.readStream('file', { version }))).rejects.toMatchObject(changed);
    await bucket.delete('file');
    await expect(storage.readRanges('file', range, { version })).rejects.toMatchObject(changed);
    await expect(storage.readRanges('file', range)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('cuts ranges off at the end, and reads nothing beyond it', async () => {
    const { bucket, open } = await served().bucket();
    await bucket.put('file', 'some content');
    await bucket.put('empty', '');
    const storage = open();
    const text = async (path: string, offset: number, length: number): Promise<string> => {
      const { chunks } = await storage.readRanges(path, [{ offset, length }]);
      return Buffer.from(chunks[0]!).toString();
    };
    expect(await text('file', 5, 100)).toBe('content');
    expect(await text('file', 12, 5)).toBe('');
    expect(await text('file', 500, 5)).toBe('');
    expect(await text('file', 3, 0)).toBe('');
    expect(await text('empty', 0, 10)).toBe('');
    expect(await storage.readRanges('file', [])).toEqual({ size: 12, chunks: [] });
    expect(await readAll(storage.readStream('empty'))).toBe('');
    const wrong = storage.readRanges('file', [{ offset: -1, length: 1 }]);
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('writes large files in parts, and puts none of them together when it may not', async () => {
    const { bucket, open } = await served().bucket();
    const storage = open(PARTS);
    const content = bytes(12 * MIB + 5);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      // The same memory again and again, as readers do.
      const memory = Buffer.alloc(700_000);
      for (let at = 0; at < content.length; at += memory.length) {
        const length = content.copy(memory, 0, at, at + memory.length);
        yield await Promise.resolve(memory.subarray(0, length));
      }
    }
    for (const given of [pieces(), content]) {
      expect(await storage.writeFile('large', given)).toBe(content.length);
      const read: Buffer[] = [];
      for await (const chunk of storage.readStream('large')) read.push(Buffer.from(chunk));
      expect(Buffer.concat(read).equals(content)).toBe(true);
    }
    expect(await storage.stat('large')).toMatchObject({
      ...{ size: content.length, etag: expect.stringMatching(/^[0-9a-f]{32}-3$/) as string },
    });
    const again = storage.writeFile('large', pieces(), { overwrite: false });
    await expect(again).rejects.toMatchObject({ code: 'already_exists' });
    expect(await bucket.openUploads()).toEqual([]);
  });

  it('leaves no parts behind when a write fails or is aborted', async () => {
    const { bucket, open } = await served().bucket();
    const storage = open(PARTS);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(bytes(11 * MIB));
      expect(await bucket.openUploads()).toEqual(['file']);
      throw new RangeError('no more');
    }
    await expect(storage.writeFile('file', failing())).rejects.toThrow('no more');
    const controller = new AbortController();
    let isReturned = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (let piece = 0; ; piece += 1) {
          if (piece === 12) controller.abort();
          yield await Promise.resolve(bytes(MIB));
        }
      } finally {
        isReturned = true;
      }
    }
    const { signal } = controller;
    const aborted = storage.writeFile('file', endless(), { signal });
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    const hanging = new AbortController();
    const never: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    const waiting = storage.writeFile('file', never, { signal: hanging.signal });
    hanging.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    expect(isReturned).toBe(true);
    expect(await bucket.openUploads()).toEqual([]);
    expect(await bucket.keys()).toEqual([]);
    expect(storage.requests).toBe(0);
  });

  it('lets one of two win who both may not overwrite', async () => {
    const { open } = await served().bucket();
    const storage = open();
    const write = (text: string): Promise<number> =>
      storage.writeFile('file', Buffer.from(text), { overwrite: false });
    const outcomes = await Promise.allSettled(['one', 'two', 'six', 'ten'].map(write));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ code: 'already_exists' });
      }
    }
  });

  it('says what is wrong, and no secret', async () => {
    const { ceph } = served();
    const { bucket, open } = await served().bucket();
    await bucket.put('dir/file', 'x');
    const other = ceph.users['bob']!;
    const cases: [Partial<S3Target>, string][] = [
      [{ secretKey: 'QZwrong' }, 'logon_failure'],
      [{ accessKey: 'NOBODY', secretKey: 'QZwrong' }, 'logon_failure'],
      [{ ...other }, 'access_denied'],
      [{ accessKey: undefined, secretKey: undefined }, 'access_denied'],
      [{ bucket: 'there-is-none' }, 'not_found'],
    ];
    for (const [wish, code] of cases) {
      const target = { ...bucket.target, ...wish };
      const storage = open({ target });
      const errors = [
        await errorOf(listAll(storage, 'dir')),
        await errorOf(storage.stat('dir/file')),
        await errorOf(storage.readRanges('dir/file', [{ offset: 0, length: 1 }])),
        await errorOf(readAll(storage.readStream('dir/file'))),
        await errorOf(storage.writeFile('dir/new', Buffer.from('x'))),
      ];
      for (const error of errors) {
        expect(error.code).toBe(code);
        const shown = `${error.message} ${String(error.stack)} ${JSON.stringify(error)}`;
        expect(shown).not.toContain(target.secretKey ?? 'QZ');
        expect(error.cause).toBeUndefined();
      }
    }
    await ceph.admin('user', 'suspend', '--uid=bob');
    const suspended = open({ target: { ...bucket.target, ...other } });
    expect(['account_restricted', 'access_denied']).toContain(
      (await errorOf(listAll(suspended, ''))).code,
    );
    await ceph.admin('user', 'enable', '--uid=bob');
  });

  it('is read by those who may not list it', async () => {
    const { bucket } = await served().bucket();
    await bucket.put('public', 'hello', 'public-read');
    const target = { ...bucket.target, accessKey: undefined, secretKey: undefined };
    const storage = openS3Storage({ target });
    try {
      expect(await readAll(storage.readStream('public'))).toBe('hello');
      expect(await storage.describe('public')).toMatchObject({ size: 5 });
      expect((await errorOf(listAll(storage, ''))).message).toContain('no access key was given');
    } finally {
      storage.close();
    }
  });

  it('keeps sockets between requests, never more than it may, and none when it is closed', async () => {
    const { bucket } = await served().bucket();
    await bucket.putAll(Array.from({ length: 60 }, (_, index) => `file-${index}`));
    const limits = { shortRequests: 3, bulkRequests: 2 };
    const storage = openS3Storage({ target: bucket.target, limits });
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, storage.sockets)), 1);
    const all = Array.from({ length: 60 }, (_, index) => `file-${index}`);
    await Promise.all([
      ...all.map((name) => storage.stat(name)),
      ...all.map((name) => readAll(storage.readStream(name))),
    ]);
    clearInterval(watch);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
    expect(storage.requests).toBe(0);
    expect(storage.sockets).toBeGreaterThan(0);
    storage.close();
    await expect.poll(() => storage.sockets).toBe(0);
    expect((await errorOf(storage.stat('file-1'))).code).toBe('closed');
  });

  it('connects to no address that the policy refuses', async () => {
    const { bucket, open } = await served().bucket();
    await bucket.put('file', 'x');
    const strict = { allowLoopback: false, allowPrivate: true };
    const lax = { allowLoopback: true, allowPrivate: true };
    const forbidden = { code: 'address_forbidden' };
    const { port } = served().ceph;
    for (const host of ['127.0.0.1', 'localhost']) {
      const endpoint = `http://${host}:${port}`;
      const refused = open({ target: { ...bucket.target, endpoint, addresses: strict } });
      await expect(refused.stat('file')).rejects.toMatchObject(forbidden);
      await expect.poll(() => refused.sockets).toBe(0);
      const admitted = open({ target: { ...bucket.target, endpoint, addresses: lax } });
      expect(await admitted.stat('file')).toMatchObject({ kind: 'file' });
    }
  });
});
