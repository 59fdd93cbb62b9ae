import type { BigIntStats } from 'node:fs';
import type { StorageEntry } from '../storage.ts';

/**
 * An entry from what lstat says. Whatever is neither directory nor link counts as a file, and as empty
 * unless it is a regular one: pipes and devices have no size that means anything.
 */
export function localEntry(name: string, stats: BigIntStats, rootDevice: bigint): StorageEntry {
  const kind = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'file';
  return {
    name,
    kind,
    size: kind === 'directory' ? 0 : Number(stats.size),
    modifiedAt: Number(stats.mtimeNs) / 1e6,
    // Zero where the file system does not remember.
    createdAt: stats.birthtimeNs > 0n ? Number(stats.birthtimeNs) / 1e6 : undefined,
    fileId: localFileId(stats, rootDevice),
  };
}

/** Inodes count anew on each volume, so those mounted below the root get their device in front. */
export function localFileId(
  stats: { readonly dev: bigint; readonly ino: bigint },
  rootDevice: bigint,
): bigint {
  return stats.dev === rootDevice ? stats.ino : (stats.dev << 64n) | stats.ino;
}
