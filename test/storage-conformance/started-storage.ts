import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Storage, StorageEntry } from '../../src/storage/storage.ts';

/** Somebody else who works on the same files. Paths are those of the storage. */
export interface Somebody {
  writeFile(path: string, content: string): Promise<void>;
  mkdir(path: string): Promise<void>;
  /** A file, or a directory with everything in it. */
  remove(path: string): Promise<void>;
  /** An empty directory; in the way in which watches of it get to know. */
  removeDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
}

/** What a storage cannot have, by what is behind it. */
export interface StorageTraits {
  /** It reports changes; default true. */
  readonly watches?: boolean;
  /** Directories are made and have times; otherwise they are what names of files imply. Default true. */
  readonly hasDirectories?: boolean;
  /** Entries of a large directory; default 5,000. */
  readonly manyEntries?: number;
}

/** A storage under test, empty at the beginning. */
export interface StartedStorage {
  readonly storage: Storage;
  readonly outside: Somebody;
  /** What the storage holds open now: handles, directories the kernel watches. */
  held(): Promise<number>;
  /** Resolves when watches that are armed really see what others do, where that takes a while. */
  inForce?(): Promise<void>;
  stop(): Promise<void>;
}

/** Somebody who works on the disk under the storage; `mode` is that of the directories they make. */
export function somebodyOnDisk(root: string, mode = 0o755): Somebody {
  return {
    writeFile: (path, content) => writeFile(join(root, path), content),
    mkdir: async (path) => {
      await mkdir(join(root, path), { recursive: true });
      // What mkdir is told is cut down by the umask.
      for (let part = path; part !== '.'; part = dirname(part)) await chmod(join(root, part), mode);
    },
    remove: (path) => rm(join(root, path), { recursive: true }),
    removeDirectory: (path) => rm(join(root, path), { recursive: true }),
    rename: (from, to) => rename(join(root, from), join(root, to)),
  };
}

export async function listAll(
  storage: Storage,
  path: string,
  signal?: AbortSignal,
): Promise<StorageEntry[]> {
  const entries: StorageEntry[] = [];
  for await (const page of storage.list(path, { signal })) entries.push(...page);
  return entries;
}

export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
