import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import { describeStorage } from './describe-storage.ts';
import { openFilesBelow } from './open-files.ts';
import { somebodyOnDisk } from './started-storage.ts';

describeStorage('a directory of this machine', async () => {
  const root = await mkdtemp(join(await realpath(tmpdir()), 'tidewatch-storage-'));
  const storage = await openLocalStorage({ root });
  return {
    storage,
    outside: somebodyOnDisk(root),
    held: async () => storage.watchedDirectories + (await openFilesBelow(root, process.pid)),
    stop: () => rm(root, { recursive: true }),
  };
});
