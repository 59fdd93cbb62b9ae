import type { DirectoryHandle } from './directory-handle.ts';
import { decodeName } from './file-name.ts';
import type { FileSystem } from './file-system.ts';

// Names come as bytes; the types of opendir know them only as text.
const BYTES = 'buffer' as BufferEncoding;

/** The names in a directory, `pageSize` at a time. */
export async function* readNames(
  fs: FileSystem,
  directory: DirectoryHandle,
  pageSize: number,
): AsyncGenerator<string[], void, undefined> {
  let names: string[] = [];
  const options = { bufferSize: pageSize, encoding: BYTES };
  for await (const entry of await fs.opendir(directory.at('.'), options)) {
    const name: unknown = entry.name;
    names.push(decodeName(name as Buffer));
    if (names.length < pageSize) continue;
    yield names;
    names = [];
  }
  if (names.length > 0) yield names;
}

/** All names in a directory at once, in one call of the system pool, and which are directories. */
export async function readDirectory(
  fs: FileSystem,
  directory: DirectoryHandle,
): Promise<{ readonly name: string; readonly isDirectory: boolean }[]> {
  const options = { withFileTypes: true, encoding: 'buffer' } as const;
  const entries = await fs.readdir(directory.at('.'), options);
  return entries.map((entry) => ({
    name: decodeName(entry.name),
    isDirectory: entry.isDirectory(),
  }));
}
