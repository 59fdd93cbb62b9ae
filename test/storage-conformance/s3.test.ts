import { openS3Storage } from '../../src/storage/s3/s3-storage.ts';
import { startCeph } from '../servers/ceph.ts';
import { S3Bucket } from '../support/s3-bucket.ts';
import { describeStorage } from './describe-storage.ts';

// A directory is made as consoles make one: by an empty object whose key ends in a slash.
describeStorage(
  'a bucket of an S3 service',
  async () => {
    const ceph = await startCeph({ users: ['alice'] });
    const bucket = await new S3Bucket(ceph, 'conformance').create();
    const storage = openS3Storage({ target: bucket.target });
    const remove = async (path: string): Promise<void> => {
      const below = await bucket.keys(`${path}/`);
      await Promise.all([path, ...below].map((key) => bucket.delete(key)));
    };
    return {
      storage,
      outside: {
        writeFile: (path, content) => bucket.put(path, content),
        mkdir: (path) => bucket.put(`${path}/`),
        remove,
        removeDirectory: remove,
        rename: async (from, to) => {
          await bucket.copy(from, to);
          await bucket.delete(from);
        },
      },
      held: () => Promise.resolve(storage.requests),
      stop: async () => {
        storage.close();
        bucket.close();
        await ceph.stop();
      },
    };
  },
  { watches: false, hasDirectories: false, manyEntries: 1100 },
);
