import type { DirectoryHandle } from './directory-handle.ts';
import { decodeName } from './file-name.ts';
import type { FileSystem } from './file-system.ts';

/** The names in a directory, `pageSize` at a time. */
export async function* readNames(
  fs: FileSystem,
  directory: DirectoryHandle,
  pageSize: number,
): AsyncGenerator<string[], void, undefined> {
  let names: string[] = [];
  for await (const { name } of readEntries(fs, directory, pageSize)) {
    names.push(name);
    if (names.length < pageSize) continue;
    yield names;
    names = [];
  }
  if (names.length > 0) yield names;
}

/** The names in a directory and which of them are directories. */
export async function* readEntries(
  fs: FileSystem,
  directory: DirectoryHandle,
  bufferSize: number,
): AsyncGenerator<{ readonly name: string; readonly isDirectory: boolean }, void, undefined> {
  // The types know names only as text; these come as bytes.
  const options = { bufferSize, encoding: 'buffer' as BufferEncoding };
  for await (const entry of await fs.opendir(directory.at('.'), options)) {
    const name: unknown = entry.name;
    yield { name: decodeName(name as Buffer), isDirectory: entry.isDirectory() };
  }
}
