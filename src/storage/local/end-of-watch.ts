import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { encodePath } from './file-name.ts';
import { systemCode } from './local-error.ts';
import { splitPath } from './local-path.ts';
import type { LocalRoot } from './local-root.ts';
import type { DirectoryId } from './watched-directory.ts';

/** The end of a watch whose directory is no longer where it was. */
export function replaced(): TidewatchError {
  return new TidewatchError('directory_deleted', 'The watched directory was deleted or renamed');
}

/** The end of a watch that lost the volume its directory is on, or one that was mounted below. */
export function unmounted(): TidewatchError {
  const message = 'A volume that was mounted below the root is gone or was replaced';
  return new TidewatchError('disconnected', message);
}

/** What it means for the watch of a directory that it cannot be opened any more. */
export async function endOfWatch(
  root: LocalRoot,
  path: string,
  id: DirectoryId | undefined,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof TidewatchError) || !isGone(error)) return error;
  const isLost = id !== undefined && (await deviceAt(root, path)) !== id.dev;
  return isLost ? unmounted() : replaced();
}

/** A single directory that cannot be looked into, while the machine is well. */
export function isOutOfReach(error: unknown): boolean {
  return error instanceof TidewatchError && (isGone(error) || error.code === 'access_denied');
}

function isGone({ code, cause }: TidewatchError): boolean {
  const refused = ['EACCES', 'EPERM'].includes(systemCode(cause));
  // Without a refusal of the system a link stands there.
  if (code === 'access_denied') return !refused;
  return code === 'not_found' || code === 'not_a_directory' || code === 'directory_deleted';
}

/** The device of the first directory that still exists on the way up; undefined when none may be seen. */
async function deviceAt(root: LocalRoot, path: string): Promise<bigint | undefined> {
  for (let at = path; ; at = splitPath(at).directory) {
    try {
      const stats = await root.fs.lstat(encodePath(root.absolute(at)), { bigint: true });
      return stats.dev;
    } catch (error) {
      if (at === '' || !['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return undefined;
    }
  }
}
