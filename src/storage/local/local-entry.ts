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

/** Spreads the bits of a number over 64. */
const SPREAD = 0x9e3779b97f4a7c15n;

/**
 * Inodes count anew on each volume, and one that is free is given to the next file at once: so the
 * device, for what is mounted below the root, and the time of birth are part of the id.
 */
export function localFileId(
  stats: { readonly dev: bigint; readonly ino: bigint; readonly birthtimeNs: bigint },
  rootDevice: bigint,
): bigint {
  const device = stats.dev === rootDevice ? 0n : stats.dev;
  return BigInt.asUintN(64, stats.ino ^ ((stats.birthtimeNs + (device << 40n)) * SPREAD));
}
