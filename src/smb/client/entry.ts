import { FileAttribute } from '../wire/create.ts';
import type { CreateResponse } from '../wire/create.ts';
import type { DirectoryEntry } from '../wire/directory-entry.ts';
import { filetimeToMs } from '../wire/filetime.ts';

export type EntryKind = 'file' | 'directory' | 'link';

/** A file, directory or link as a listing or a stat tells it. Times in ms since 1970, fractions kept. */
export interface Entry {
  readonly name: string;
  /** `link`: a symbolic link, junction or other reparse point; `reparseTag` says which. */
  readonly kind: EntryKind;
  /** Bytes; 0 for directories. */
  readonly size: number;
  readonly modifiedAt: number;
  readonly createdAt: number;
  readonly accessedAt: number;
  /** When anything about the file last changed, its attributes included. */
  readonly changedAt: number;
  /** MS-FSCC 2.6. */
  readonly attributes: number;
  /** Identifies the file on its volume across renames, where the server says. */
  readonly fileId: bigint | undefined;
  readonly reparseTag: number | undefined;
}

export function kindOf(attributes: number): EntryKind {
  if ((attributes & FileAttribute.REPARSE_POINT) !== 0) return 'link';
  return (attributes & FileAttribute.DIRECTORY) !== 0 ? 'directory' : 'file';
}

export function entryOf(entry: DirectoryEntry): Entry {
  const kind = kindOf(entry.attributes);
  return {
    name: entry.name,
    kind,
    size: kind === 'directory' ? 0 : entry.size,
    modifiedAt: entry.modifiedMs,
    createdAt: entry.createdMs,
    accessedAt: entry.accessedMs,
    changedAt: entry.changedMs,
    attributes: entry.attributes,
    fileId: entry.fileId,
    reparseTag: entry.reparseTag,
  };
}

/** An answer to CREATE is a stat already (MS-SMB2 2.2.14); the QFid context brings the file id. */
export function entryOfOpen(name: string, response: CreateResponse): Entry {
  const kind = kindOf(response.attributes);
  return {
    name,
    kind,
    size: kind === 'directory' ? 0 : response.endOfFile,
    modifiedAt: filetimeToMs(response.lastWriteTime),
    createdAt: filetimeToMs(response.creationTime),
    accessedAt: filetimeToMs(response.lastAccessTime),
    changedAt: filetimeToMs(response.changeTime),
    attributes: response.attributes,
    fileId: onDiskIdOf(response)?.file,
    reparseTag: undefined,
  };
}

/** Which file it is, wherever it moves: `file` is unique on `volume`, which a share may hide (0). */
export interface OnDiskId {
  readonly file: bigint;
  readonly volume: bigint;
}

/** QFid (MS-SMB2 2.2.14.2.9): 8 bytes file id, 8 bytes volume id, 16 reserved. */
export function onDiskIdOf({ contexts }: CreateResponse): OnDiskId | undefined {
  const data = contexts.find(({ name }) => name === 'QFid')?.data;
  if (data === undefined || data.length < 16) return undefined;
  const file = data.readBigUInt64LE(0);
  if (file === 0n || file === 0xffff_ffff_ffff_ffffn) return undefined;
  return { file, volume: data.readBigUInt64LE(8) };
}
