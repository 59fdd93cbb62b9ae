import { normalisePath, joinPaths } from '../../storage/paths.ts';
import { openLocalStorage } from '../../storage/local/local-storage.ts';
import type { LocalTarget } from '../../storage/target.ts';
import type { NewConnection } from '../runtime-face.ts';
import type { ConnectionTest } from '../service-face.ts';
import { testS3 } from '../s3-stages.ts';
import { testSmb } from '../smb-stages.ts';
import { Stages } from '../stages.ts';

/** Tries a connection stage by stage; what a disk has no stage for is left out. */
export async function testTarget(
  { pathPrefix, target }: NewConnection,
  path: string,
  signal: AbortSignal,
): Promise<ConnectionTest> {
  const directory = joinPaths(pathPrefix, normalisePath(target.type, path));
  if (target.type === 'smb') return testSmb({ target, path: directory, signal });
  if (target.type === 's3') return testS3({ target, path: directory, signal });
  return testFolder(target, directory, signal);
}

async function testFolder(
  { root }: LocalTarget,
  directory: string,
  signal: AbortSignal,
): Promise<ConnectionTest> {
  const stages = new Stages(signal, () => undefined);
  await stages.run('open', async (until) => {
    const storage = await openLocalStorage({ root });
    // One page tells whether it can be listed; there may be millions.
    const pages = storage.list(directory, { signal: until });
    await pages.next();
    // It holds the directory open until then.
    await pages.return();
    return { message: 'it can be listed' };
  });
  const told = { message: 'this machine tells of changes' };
  await stages.run('notify', () => Promise.resolve(told));
  return { ok: stages.ok, stages: stages.done };
}
