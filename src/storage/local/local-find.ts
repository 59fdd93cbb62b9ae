import type { BigIntStats } from 'node:fs';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { CallOptions, StorageEntry } from '../storage.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { isSame } from './directory-handle.ts';
import { localEntry } from './local-entry.ts';
import { localError, systemCode, throwIfAborted } from './local-error.ts';
import { lookUp } from './local-list.ts';
import { checkPath } from './local-path.ts';
import type { LocalRoot } from './local-root.ts';
import { readNames } from './read-names.ts';

/** The entry that is written exactly so; some file systems also find it by other spellings. */
export async function findLocal(
  root: LocalRoot,
  path: string,
  name: string,
  { signal }: CallOptions,
): Promise<StorageEntry | undefined> {
  throwIfAborted(signal);
  const directory = await root.openDirectory(path);
  try {
    if (!isName(name, root.fs.platform)) return undefined;
    const stats = await lookUp(root, directory, name);
    if (stats === undefined) return undefined;
    const exact =
      !(await hasOtherSpellings(root, directory, name, stats)) ||
      (await isListed(root, directory, name, signal));
    return exact ? localEntry(name, stats, root.stats.dev) : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENAMETOOLONG') return undefined;
    throw localError(error, path);
  } finally {
    await directory.close();
  }
}

function isName(name: string, platform: NodeJS.Platform): boolean {
  try {
    checkPath(name, platform);
    return name !== '' && !name.includes('/');
  } catch (error) {
    // Nothing can be called that.
    if (error instanceof TidewatchError) return false;
    throw error;
  }
}

/** Whether the same file answers to the name in another case or normal form of Unicode. */
async function hasOtherSpellings(
  root: LocalRoot,
  directory: DirectoryHandle,
  name: string,
  stats: BigIntStats,
): Promise<boolean> {
  const cases = [name.toLowerCase(), name.toUpperCase()];
  const spellings = new Set([...cases, name.normalize('NFC'), name.normalize('NFD')]);
  spellings.delete(name);
  for (const spelling of spellings) {
    const other = await lookUp(root, directory, spelling);
    if (other !== undefined && isSame(other, stats)) return true;
  }
  return false;
}

async function isListed(
  root: LocalRoot,
  directory: DirectoryHandle,
  name: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for await (const names of readNames(root.fs, directory, DEFAULTS.localPageEntries)) {
    throwIfAborted(signal);
    if (names.includes(name)) return true;
  }
  return false;
}
