import { randomBytes } from 'node:crypto';
import { access, constants, link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ErrorCode } from '../../errors/codes.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'access_denied',
  EEXIST: 'already_exists',
  EISDIR: 'is_a_directory',
  ENOENT: 'not_found',
  ENOSPC: 'disk_full',
  ENOTDIR: 'not_a_directory',
  EPERM: 'access_denied',
  EROFS: 'access_denied',
};

/** What went wrong with a file, with a code; other errors as they are. */
export function fileError(verb: 'read' | 'write', path: string, error: unknown): unknown {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof TidewatchError || syscall === undefined) return error;
  const known = CODES[code] ?? 'invalid_argument';
  return new TidewatchError(known, `cannot ${verb} ${path}: ${message}`, { cause: error });
}

/**
 * Writes a file so that it appears whole and on the disk, or not at all.
 *
 * @param force Replaces a file that is there.
 * @param write Makes the file it is given, and waits until it is on the disk.
 * @throws TidewatchError `already_exists` and what else is in the way; what `write` throws.
 */
export async function placeFile<T>(
  path: string,
  force: boolean,
  write: (unfinished: string) => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  const unfinished = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await expectFree(path, force);
    await access(folder, constants.W_OK);
    const result = await write(unfinished);
    await putInPlace(unfinished, path, force);
    await syncFolder(folder);
    return result;
  } catch (error) {
    throw fileError('write', path, error);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function expectFree(path: string, force: boolean): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found?.isDirectory() === true) {
    throw new TidewatchError('is_a_directory', `${path} is a directory`);
  }
  if (found !== undefined && !force) throw exists(path);
}

async function putInPlace(unfinished: string, path: string, force: boolean): Promise<void> {
  if (!force) {
    try {
      // Unlike a rename it replaces nothing that came meanwhile.
      await link(unfinished, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(path);
      // Some file systems know no links.
    }
  }
  await rename(unfinished, path);
}

function exists(path: string): TidewatchError {
  return new TidewatchError('already_exists', `${path} is there already; --force replaces it`);
}

/** The name of a file counts only once its folder is on the disk as well. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
