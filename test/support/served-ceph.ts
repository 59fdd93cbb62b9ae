import { afterAll, beforeAll } from 'vitest';
import { openS3Storage } from '../../src/storage/s3/s3-storage.ts';
import type { S3Storage } from '../../src/storage/s3/s3-storage.ts';
import type { S3ConnectionOptions } from '../../src/storage/s3/s3-connection.ts';
import { startCeph } from '../servers/ceph.ts';
import type { CephServer } from '../servers/ceph.ts';
import { S3Bucket } from './s3-bucket.ts';

export interface BucketOfTest {
  readonly bucket: S3Bucket;
  /** Another storage of the same bucket; closed with the server. */
  readonly open: (options?: Partial<S3ConnectionOptions>) => S3Storage;
}

export interface ServedCeph {
  readonly ceph: CephServer;
  /** A fresh bucket of a user, alice by default. */
  bucket(user?: string): Promise<BucketOfTest>;
}

/** One S3 service for the tests of a file. */
export function serveCeph(): () => ServedCeph {
  let ceph: CephServer | undefined;
  let count = 0;
  const left: { close(): void }[] = [];
  beforeAll(async () => {
    ceph = await startCeph();
  });
  afterAll(async () => {
    for (const one of left) one.close();
    await ceph?.stop();
  });
  return () => {
    if (ceph === undefined) throw new Error('no service was started');
    const server = ceph;
    return {
      ceph: server,
      bucket: async (user) => {
        count += 1;
        const bucket = await new S3Bucket(server, `bucket-${count}`, user).create();
        left.push(bucket);
        return {
          bucket,
          open: (options = {}) => {
            const storage = openS3Storage({ target: bucket.target, ...options });
            left.push(storage);
            return storage;
          },
        };
      },
    };
  };
}
