import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { fromNodeError } from '../errors/from-node-error.ts';
import type { ListedEntry } from './listed-entry.ts';

const PAGE = 128;

/**
 * Lists a directory of this machine, as pages. An entry that vanishes before it can be looked at is
 * left out. Anything that is neither directory nor symbolic link counts as a file.
 *
 * @throws TidewatchError `not_found`, `not_a_directory`, `access_denied`, `io_error`.
 */
export async function* listLocal(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<ListedEntry[], void, undefined> {
  try {
    let names: string[] = [];
    for await (const { name } of await opendir(path, { bufferSize: PAGE })) {
      signal.throwIfAborted();
      names.push(name);
      if (names.length < PAGE) continue;
      yield await entries(path, names);
      names = [];
    }
    yield await entries(path, names);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

async function entries(directory: string, names: readonly string[]): Promise<ListedEntry[]> {
  const found = await Promise.all(names.map((name) => entry(directory, name)));
  return found.filter((one) => one !== undefined);
}

async function entry(directory: string, name: string): Promise<ListedEntry | undefined> {
  let stats;
  try {
    stats = await lstat(join(directory, name), { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const kind = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'file';
  return {
    name,
    kind,
    size: kind === 'directory' ? 0 : Number(stats.size),
    modifiedAt: Number(stats.mtimeNs) / 1e6,
    createdAt: Number(stats.birthtimeNs) / 1e6,
    fileId: stats.ino,
  };
}
