import { normalisePath, joinPaths } from '../../storage/paths.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Target } from '../../storage/target.ts';
import type { NewConnection } from '../runtime-face.ts';
import type { ConnectionTest } from '../service-face.ts';
import { testSmb } from '../smb-stages.ts';
import { Stages } from '../stages.ts';

/** Tries a connection stage by stage; what a disk or a bucket has no stage for is left out. */
export async function testTarget(
  { pathPrefix, target }: NewConnection,
  path: string,
  signal: AbortSignal,
): Promise<ConnectionTest> {
  const directory = joinPaths(pathPrefix, normalisePath(target.type, path));
  if (target.type === 'smb') return testSmb({ target, path: directory, signal });
  return testStorage(target, directory, signal);
}

async function testStorage(
  target: Exclude<Target, { type: 'smb' }>,
  directory: string,
  signal: AbortSignal,
): Promise<ConnectionTest> {
  const stages = new Stages(signal, () => undefined);
  const opened = await stages.run('open', async (until) => {
    const storage = await openStorage(target);
    // One page tells whether it can be listed; a bucket may hold millions.
    await storage.list(directory, { signal: until })[Symbol.asyncIterator]().next();
    return { storage, message: 'it can be listed' };
  });
  await stages.run('notify', async () => {
    if (opened?.storage.kind !== 's3') return { message: 'this machine tells of changes' };
    const remedy = 'Nothing to mend: what changes is found by listing.';
    return Promise.resolve({ message: 'a bucket tells of nothing: it is polled', remedy });
  });
  return { ok: stages.ok, stages: stages.done };
}

async function openStorage(target: Exclude<Target, { type: 'smb' }>): Promise<Storage> {
  if (target.type === 'local') {
    const { openLocalStorage } = await import('../../storage/local/local-storage.ts');
    return openLocalStorage({ root: target.root });
  }
  const { openS3Storage } = await import('../../storage/s3/s3-storage.ts');
  return openS3Storage({ target });
}
