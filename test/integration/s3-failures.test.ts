import { describe, expect, it } from 'vitest';
import type { S3Limits } from '../../src/storage/s3/s3-limits.ts';
import { listAll, readAll } from '../storage-conformance/started-storage.ts';
import { serveCeph } from '../support/served-ceph.ts';

const MIB = 1_048_576;
const QUICK: Partial<S3Limits> = { connectMs: 500, idleMs: 500, partBytes: 5 * MIB };

describe('an S3 service that fails', () => {
  const served = serveCeph();

  it('killed during a listing: nobody takes half of it for all, and the next one works', async () => {
    const { ceph } = served();
    const { bucket, open } = await served().bucket();
    const names = Array.from({ length: 40 }, (_, index) => `file-${index}`);
    await bucket.putAll(names);
    const storage = open({ limits: { ...QUICK, pageKeys: 5 } });
    const seen: string[] = [];
    const listing = (async (): Promise<void> => {
      for await (const page of storage.list('')) {
        seen.push(...page.map(({ name }) => name));
        if (ceph.pid !== 0) await ceph.kill();
      }
    })();
    await expect(listing).rejects.toMatchObject({ code: 'unreachable' });
    expect(seen.length).toBeLessThan(names.length);
    await ceph.restart();
    expect(await listAll(storage, '')).toHaveLength(names.length);
    expect(storage.requests).toBe(0);
  });

  it('killed and back again while a file is read: it is read to the end', async () => {
    const { ceph } = served();
    const { bucket, open } = await served().bucket();
    const content = Buffer.alloc(24 * MIB, 'some content ');
    await bucket.put('file', content);
    const storage = open({ limits: { ...QUICK, attempts: 50, retryCapMs: 200 } });
    let restarting: Promise<void> | undefined;
    const read: Uint8Array[] = [];
    for await (const chunk of storage.readStream('file')) {
      read.push(Uint8Array.from(chunk));
      restarting ??= ceph.restart();
    }
    expect(restarting).toBeDefined();
    await restarting;
    expect(Buffer.concat(read).equals(content)).toBe(true);
  });

  it('frozen during a listing: it ends after the time-out, and works when it is thawed', async () => {
    const { ceph } = served();
    const { bucket, open } = await served().bucket();
    await bucket.putAll(['a', 'b', 'c', 'd']);
    const storage = open({ limits: { ...QUICK, pageKeys: 1 } });
    const begin = performance.now();
    const listing = (async (): Promise<void> => {
      for await (const page of storage.list('')) if (page.length > 0) ceph.freeze();
    })();
    try {
      await expect(listing).rejects.toMatchObject({ code: 'timeout' });
      const late = storage.stat('a');
      await expect(late).rejects.toMatchObject({ code: 'timeout' });
      const controller = new AbortController();
      const aborted = storage.stat('a', { signal: controller.signal });
      controller.abort();
      await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
      expect(performance.now() - begin).toBeLessThan(8000);
    } finally {
      ceph.thaw();
    }
    expect(await listAll(storage, '')).toHaveLength(4);
    expect(storage.requests).toBe(0);
  });

  it('frozen while a file is read or written: both end after the time-out', async () => {
    const { ceph } = served();
    const { bucket, open } = await served().bucket();
    await bucket.put('file', Buffer.alloc(24 * MIB));
    const storage = open({ limits: QUICK });
    async function* content(): AsyncGenerator<Uint8Array> {
      for (let piece = 0; piece < 40; piece += 1) {
        if (piece === 12) ceph.freeze();
        yield await Promise.resolve(Buffer.alloc(MIB));
      }
    }
    const begin = performance.now();
    try {
      const reading = (async (): Promise<void> => {
        for await (const chunk of storage.readStream('file')) if (chunk.length > 0) ceph.freeze();
      })();
      await expect(reading).rejects.toMatchObject({ code: 'timeout' });
      ceph.thaw();
      const writing = storage.writeFile('new', content());
      await expect(writing).rejects.toMatchObject({ code: 'timeout' });
      expect(performance.now() - begin).toBeLessThan(25_000);
    } finally {
      ceph.thaw();
    }
    expect(storage.requests).toBe(0);
    expect(await bucket.keys()).toEqual(['file']);
  }, 40_000);

  it('closed while much is under way: all of it ends at once', async () => {
    const { ceph } = served();
    const { bucket, open } = await served().bucket();
    await bucket.put('file', Buffer.alloc(24 * MIB));
    const storage = open();
    const reading = (async (): Promise<void> => {
      for await (const chunk of storage.readStream('file')) {
        if (chunk.length > 0) ceph.freeze();
        storage.close();
      }
    })();
    const all = [reading, ...Array.from({ length: 40 }, () => storage.stat('file'))];
    all.push(readAll(storage.readStream('file')) as unknown as Promise<void>);
    try {
      const outcomes = await Promise.allSettled(all);
      for (const outcome of outcomes.slice(0, 1)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'closed' } });
      }
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'closed' });
      }
    } finally {
      ceph.thaw();
    }
    expect(storage.requests).toBe(0);
    await expect.poll(() => storage.sockets).toBe(0);
  });
});
