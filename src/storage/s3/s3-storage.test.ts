import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { FakeS3, sendError, sendPage } from '../../../test/support/fake-s3.ts';
import type { Answer } from '../../../test/support/fake-s3.ts';
import { listAll, readAll } from '../../../test/storage-conformance/started-storage.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { S3Network } from './guarded-agents.ts';
import type { S3Limits } from './s3-limits.ts';
import { openS3Storage } from './s3-storage.ts';
import type { S3Storage } from './s3-storage.ts';

const QUICK = { retryBaseMs: 1, retryCapMs: 2, connectMs: 100, idleMs: 100 };

async function withService<T>(
  answer: Answer,
  use: (storage: S3Storage, fake: FakeS3) => Promise<T>,
  limits: Partial<S3Limits> = QUICK,
): Promise<T> {
  await using fake = await FakeS3.start(answer);
  const storage = openS3Storage({ target: fake.target, limits });
  try {
    return await use(storage, fake);
  } finally {
    storage.close();
  }
}

async function errorOf(work: Promise<unknown>): Promise<TidewatchError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TidewatchError) return error;
  throw new Error(`no TidewatchError: ${String(error)}`);
}

describe('an S3 service that misbehaves', () => {
  it.each<[string, number, string]>([
    ['AccessDenied', 403, 'access_denied'],
    ['SignatureDoesNotMatch', 403, 'logon_failure'],
    ['InvalidAccessKeyId', 403, 'logon_failure'],
    ['ExpiredToken', 400, 'logon_failure'],
    ['RequestTimeTooSkewed', 403, 'logon_failure'],
    ['UserSuspended', 403, 'account_restricted'],
    ['NoSuchBucket', 404, 'not_found'],
    ['PermanentRedirect', 301, 'invalid_argument'],
    ['AuthorizationHeaderMalformed', 400, 'invalid_argument'],
    ['NotImplemented', 501, 'unsupported'],
    ['QuotaExceeded', 403, 'disk_full'],
    ['SlowDown', 503, 'unavailable'],
    ['InternalError', 500, 'unavailable'],
    ['BadGateway', 502, 'unavailable'],
    ['TooManyRequests', 429, 'unavailable'],
    ['NobodyKnows', 418, 'io_error'],
  ])('says %s (HTTP %i), which is %s', async (name, status, code) => {
    await withService(
      (_, response) => sendError(response, status, name),
      async (storage, fake) => {
        const error = await errorOf(listAll(storage, ''));
        expect(error).toMatchObject({ code });
        expect(error.message).toContain(name);
        const shown = `${error.message} ${String(error.stack)} ${JSON.stringify(error)}`;
        expect(shown).not.toContain('QZ');
        expect(error.cause).toBeUndefined();
        expect(fake.requests).toHaveLength(code === 'unavailable' ? 3 : 1);
      },
    );
  });

  it('says in which region the bucket is', async () => {
    await withService(
      (_, response) => {
        response.setHeader('x-amz-bucket-region', 'eu-west-1');
        sendError(response, 301, 'PermanentRedirect');
      },
      async (storage) => {
        expect((await errorOf(storage.stat('a'))).message).toContain('eu-west-1');
      },
    );
  });

  it('is asked again when it is busy, and then answers', async () => {
    let count = 0;
    await withService(
      (_, response) => {
        count += 1;
        if (count < 3) sendError(response, 503, 'SlowDown');
        else sendPage(response, { keys: ['one'] });
      },
      async (storage) => {
        expect((await listAll(storage, '')).map(({ name }) => name)).toEqual(['one']);
      },
    );
  });

  it('is not waited for between tries by who gave up', async () => {
    await withService(
      (_, response) => sendError(response, 503, 'SlowDown'),
      async (storage, fake) => {
        const controller = new AbortController();
        const listing = listAll(storage, '', controller.signal);
        await expect.poll(() => fake.requests.length).toBe(1);
        controller.abort();
        await expect(listing).rejects.toMatchObject({ code: 'aborted' });
      },
      { ...QUICK, retryBaseMs: 60_000, retryCapMs: 60_000 },
    );
  });

  it('takes a request and says nothing: once, and no longer than the time-out', async () => {
    await withService(
      () => undefined,
      async (storage, fake) => {
        const begin = performance.now();
        await expect(listAll(storage, '')).rejects.toMatchObject({ code: 'timeout' });
        expect(performance.now() - begin).toBeLessThan(2000);
        expect(fake.requests).toHaveLength(1);
        await expect(readAll(storage.readStream('a'))).rejects.toMatchObject({ code: 'timeout' });
        expect(storage.requests).toBe(0);
        await expect.poll(() => storage.sockets).toBe(0);
      },
    );
  });

  it('stops in the midst of content', async () => {
    await withService(
      (_, response) => {
        response.writeHead(200, { 'content-length': '100', etag: '"e"' });
        response.write('begun');
      },
      async (storage) => {
        await expect(readAll(storage.readStream('a'))).rejects.toMatchObject({ code: 'timeout' });
        const range = [{ offset: 0, length: 50 }];
        await expect(storage.readRanges('a', range)).rejects.toMatchObject({ code: 'timeout' });
        expect(storage.requests).toBe(0);
      },
    );
  });

  it('hangs up in the midst of content: it is read on from there, if it is the same', async () => {
    const content = 'the whole of the content';
    let etag = '"one"';
    const answer: Answer = (request, response) => {
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if ((request.headers['if-match'] ?? etag) !== etag) {
        sendError(response, 412, 'PreconditionFailed');
        return;
      }
      const range = `bytes ${start}-${content.length - 1}/${content.length}`;
      response.writeHead(start === 0 ? 200 : 206, {
        ...{ 'content-length': content.length - start, etag },
        ...(start > 0 && { 'content-range': range }),
      });
      response.write(content.slice(start, start + 5), () => response.destroy());
    };
    await withService(answer, async (storage, fake) => {
      expect(await readAll(storage.readStream('a'))).toBe(content);
      expect(fake.requests.length).toBe(5);
      const half: string[] = [];
      const reading = (async (): Promise<void> => {
        for await (const chunk of storage.readStream('a')) {
          half.push(Buffer.from(chunk).toString());
          etag = '"two"';
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: 'changed_while_reading' });
      expect(half.join('')).toBe(content.slice(0, 5));
    });
  });

  it('waits as long as the reader wants to', async () => {
    await withService(
      (_, response) => {
        response.writeHead(200, { 'content-length': '2000000', etag: '"e"' });
        response.end(Buffer.alloc(2_000_000));
      },
      async (storage, fake) => {
        let bytes = 0;
        for await (const chunk of storage.readStream('a')) {
          // Longer than a silent service is waited for.
          if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 250));
          bytes += chunk.length;
        }
        expect(bytes).toBe(2_000_000);
        expect(fake.requests).toHaveLength(1);
      },
    );
  });

  it('knows no ranges: what was asked for is cut out', async () => {
    await withService(
      (_, response) => {
        response.writeHead(200, { 'content-length': '12', etag: 'W/"e"' });
        response.end('some content');
      },
      async (storage) => {
        const ranges = [
          { offset: 5, length: 4 },
          { offset: 0, length: 4 },
        ];
        const { chunks, size } = await storage.readRanges('a', ranges);
        expect(size).toBe(12);
        expect(chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual(['cont', 'some']);
      },
    );
  });

  it('ignores If-Match: another version is noticed all the same', async () => {
    let count = 0;
    await withService(
      (_, response) => {
        count += 1;
        response.writeHead(206, {
          ...{ 'content-length': '1', etag: `"${count}"`, 'content-range': 'bytes 0-0/10' },
        });
        response.end('x');
      },
      async (storage) => {
        const range = { offset: 0, length: 1 };
        const reading = storage.readRanges('a', [range, range]);
        await expect(reading).rejects.toMatchObject({ code: 'changed_while_reading' });
      },
    );
  });

  it.each([
    ['does not say where', undefined],
    ['goes round in circles', 'again'],
  ])('cuts a listing off and %s', async (_, next) => {
    await withService(
      (request, response) => {
        const more = { isTruncated: true, ...(next !== undefined && { next }) };
        sendPage(response, { keys: ['one'], ...more });
        expect(request.method).toBe('GET');
      },
      async (storage) => {
        await expect(listAll(storage, '')).rejects.toMatchObject({ code: 'protocol_error' });
      },
    );
  });

  it('writes a space as a plus, or keys as they are', async () => {
    let isEncoded = true;
    await withService(
      (_, response) => {
        const keys = isEncoded ? ['a+b%2Bc', '%zz'] : ['a+b%2Bc'];
        sendPage(response, { keys, prefixes: ['d+e/'], isEncoded });
      },
      async (storage) => {
        const names = async (): Promise<string[]> =>
          (await listAll(storage, '')).map(({ name }) => name);
        expect(await names()).toEqual(['a b+c', 'd e']);
        isEncoded = false;
        expect(await names()).toEqual(['a+b%2Bc', 'd+e']);
      },
    );
  });

  it.each([
    ['no XML', '<html><body>log in<br>first</body>'],
    ['other XML', '<html><body>log in first</body></html>'],
    ['nothing', ''],
    ['half a listing', '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key>'],
    [
      'a listing without its end',
      '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents>',
    ],
  ])('calls a success what is %s', async (_, body) => {
    await withService(
      (request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end(body);
        expect(request.method).toBe('GET');
      },
      async (storage) => {
        expect(await errorOf(listAll(storage, ''))).toMatchObject({ code: 'protocol_error' });
      },
    );
  });

  it('hangs up in the midst of a listing: it is asked again', async () => {
    let count = 0;
    await withService(
      (_, response) => {
        count += 1;
        if (count > 1) {
          sendPage(response, { keys: ['one'] });
          return;
        }
        response.writeHead(200, { 'content-length': '1000' });
        response.write('<ListBucketResult><IsTruncated>false</IsTruncated>', () =>
          response.destroy(),
        );
      },
      async (storage) => {
        expect((await listAll(storage, '')).map(({ name }) => name)).toEqual(['one']);
      },
    );
  });

  it('knows no If-None-Match: what was looked at before has to do', async () => {
    await withService(
      (request, response) => {
        if (request.method !== 'PUT') sendPage(response, {});
        else if (request.headers['if-none-match'] === '*') {
          sendError(response, 501, 'NotImplemented');
        } else response.end();
      },
      async (storage, fake) => {
        const content = Buffer.from('x');
        expect(await storage.writeFile('a', content, { overwrite: false })).toBe(1);
        expect(fake.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(2);
      },
    );
  });

  it('takes no part: the write fails once, and the parts are forgotten', async () => {
    await withService(
      (request, response) => {
        const { method, url = '' } = request;
        if (method === 'GET') sendPage(response, {});
        else if (method === 'POST' && url.includes('uploads')) {
          response.end(
            '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
          );
        } else if (method === 'DELETE') response.writeHead(204).end();
        else sendError(response, 403, 'AccessDenied');
      },
      async (storage, fake) => {
        const never: AsyncIterable<Uint8Array> = {
          [Symbol.asyncIterator]: () => {
            let count = 0;
            return {
              next: () => {
                count += 1;
                // After some parts nothing comes any more: the failure has to end it.
                if (count > 3) return new Promise(() => undefined);
                return Promise.resolve({ value: Buffer.alloc(1000), done: false });
              },
            };
          },
        };
        const writing = storage.writeFile('a', never);
        await expect(writing).rejects.toMatchObject({ code: 'access_denied' });
        expect(fake.requests.at(-1)).toMatch(/^DELETE .*uploadId=u/);
      },
      { ...QUICK, partBytes: 1000 },
    );
  });

  it('is the one that was named, whatever the environment and the files of AWS say', async () => {
    await using fake = await FakeS3.start((_, response) => sendPage(response, {}));
    const { endpoint } = fake.target;
    const file = join(mkdtempSync(join(tmpdir(), 'tidewatch-aws-')), 'config');
    writeFileSync(file, `[default]\nendpoint_url = ${endpoint}\nregion = eu-9\n`);
    vi.stubEnv('AWS_CONFIG_FILE', file);
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    const hosts: string[] = [];
    const network: S3Network = {
      ownAddresses: () => [],
      lookup: (host, callback) => {
        hosts.push(host);
        queueMicrotask(() => callback(new Error('there is no network here'), []));
      },
    };
    const target = { ...fake.target, endpoint: undefined, pathStyle: false };
    const storage = openS3Storage({ target, network, limits: { attempts: 1 } });
    await errorOf(storage.stat(''));
    storage.close();
    rmSync(dirname(file), { recursive: true });
    expect(hosts).toEqual(['photos.s3.us-east-1.amazonaws.com']);
    expect(fake.requests).toEqual([]);
  });

  it('sends no signature and no key where none was given', async () => {
    await using fake = await FakeS3.start((_, response) => sendPage(response, {}));
    const { accessKey: _a, secretKey: _s, sessionToken: _t, ...target } = fake.target;
    const storage = openS3Storage({ target });
    await storage.stat('');
    storage.close();
    expect(fake.lastHeaders.authorization).toBeUndefined();
    expect(fake.lastHeaders['x-amz-security-token']).toBeUndefined();
  });
});
