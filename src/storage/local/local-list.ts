import type { BigIntStats } from 'node:fs';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { ListingOptions, StorageEntry } from '../storage.ts';
import { mapBounded } from './bounded-map.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { localEntry } from './local-entry.ts';
import { localError, systemCode, throwIfAborted } from './local-error.ts';
import { displayPath } from './local-path.ts';
import type { LocalRoot } from './local-root.ts';
import { readNames } from './read-names.ts';

/**
 * Lists a directory page by page. Entries that vanish before they can be looked at are left out; names
 * that are no UTF-8 are told as `decodeName` writes them.
 */
export async function* listLocal(
  root: LocalRoot,
  path: string,
  { signal, onModifiedAt }: ListingOptions,
): AsyncGenerator<readonly StorageEntry[], void, undefined> {
  throwIfAborted(signal);
  const directory = await root.openDirectory(path);
  try {
    onModifiedAt?.(localEntry('', directory.stats, root.stats.dev).modifiedAt);
    for await (const names of readNames(root.fs, directory, DEFAULTS.localPageEntries)) {
      throwIfAborted(signal);
      const page = await entriesOf(root, directory, names);
      if (page.length > 0) yield page;
      throwIfAborted(signal);
    }
    // A directory that is deleted, or a volume that goes away, while it is read ends without an error
    // and with names missing.
    await root.verify();
    if (!(await directory.isLinked())) {
      throw new TidewatchError('not_found', `${displayPath(path)} was deleted while it was listed`);
    }
  } catch (error) {
    throw localError(error, path);
  } finally {
    await directory.close();
  }
}

async function entriesOf(
  root: LocalRoot,
  directory: DirectoryHandle,
  names: readonly string[],
): Promise<StorageEntry[]> {
  const entries = await mapBounded(names, DEFAULTS.localLookups, async (name) => {
    const stats = await lookUp(root, directory, name);
    return stats && localEntry(name, stats, root.stats.dev);
  });
  return entries.filter((entry) => entry !== undefined);
}

/** What stands at a name of a directory; undefined when nothing does. */
export async function lookUp(
  root: LocalRoot,
  directory: DirectoryHandle,
  name: string,
): Promise<BigIntStats | undefined> {
  try {
    return await root.fs.lstat(directory.at(name), { bigint: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
