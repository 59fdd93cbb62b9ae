import type { TreeEntry } from '../directory-cache/entry.ts';
import type { StorageEntry } from '../storage/storage.ts';

/** MS-FSCC 2.6. */
const HIDDEN = 0x2;
const SYSTEM = 0x4;
const DIRECTORY = 0x10;

/**
 * An entry of a listing as the tree keeps it; undefined for what is not kept. Links that are known to
 * lead to directories are names like theirs, and never looked into.
 */
export function treeEntry(entry: StorageEntry, indexFiles: boolean): TreeEntry | undefined {
  const { name, kind, fileId, attributes = 0 } = entry;
  const isLink = kind === 'link';
  const isDirectory = kind === 'directory' || (isLink && (attributes & DIRECTORY) !== 0);
  if (!isDirectory && !indexFiles) return undefined;
  return {
    name,
    kind: isDirectory ? 'directory' : 'file',
    link: isLink,
    hidden: (attributes & HIDDEN) !== 0,
    system: (attributes & SYSTEM) !== 0,
    // Of files nobody asks whether they are the same, and each costs memory.
    ...(isDirectory && !isLink && fileId !== undefined && { fileId }),
  };
}
