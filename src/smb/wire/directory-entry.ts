import { SmbError } from '../smb-error.ts';
import { FileAttribute } from './create.ts';
import { FILETIME_UNSET, msToFiletime, readFiletimeMs } from './filetime.ts';
import { align8 } from './layout.ts';
import { Reader } from './reader.ts';

/** Information classes a directory can be listed with (MS-FSCC 2.4). */
export const InfoClass = {
  DIRECTORY: 0x01,
  FULL: 0x02,
  BOTH: 0x03,
  NAMES: 0x0c,
  ID_BOTH: 0x25,
  ID_FULL: 0x26,
  ID_EXTD: 0x3c,
} as const;

/** One entry of a directory. With `InfoClass.NAMES` everything but the name is 0. */
export interface DirectoryEntry {
  /** As sent: unpaired surrogates, trailing dots and characters illegal elsewhere are kept. */
  name: string;
  /** Bits of `FileAttribute`. */
  attributes: number;
  /** Bytes. */
  size: number;
  allocationSize: number;
  /** Milliseconds since 1970, 0 when not known. */
  createdMs: number;
  accessedMs: number;
  modifiedMs: number;
  changedMs: number;
  /** Absent when the class has none or the server knows none (0 or all ones). */
  fileId?: bigint | undefined;
  /** Present when the attributes have REPARSE_POINT and the class carries it. */
  reparseTag?: number | undefined;
  /** The 8.3 name, present when the class carries it and the file has one. */
  shortName?: string | undefined;
}

/** Where the parts of an entry stand; 0 when the class does not have them. */
interface Layout {
  nameLengthAt: number;
  nameAt: number;
  /** Times, sizes and attributes from 8 to 59. */
  facts: boolean;
  reparseTagAt: number;
  shortNameAt: number;
  fileIdAt: number;
  fileIdSize: number;
}

const NO_FACTS: Layout = {
  nameLengthAt: 8,
  nameAt: 12,
  facts: false,
  reparseTagAt: 0,
  shortNameAt: 0,
  fileIdAt: 0,
  fileIdSize: 0,
};
const FACTS: Layout = { ...NO_FACTS, nameLengthAt: 60, nameAt: 64, facts: true };
const FULL: Layout = { ...FACTS, nameAt: 68, reparseTagAt: 64 };
const BOTH: Layout = { ...FULL, nameAt: 94, shortNameAt: 68 };

const LAYOUTS: ReadonlyMap<number, Layout> = new Map<number, Layout>([
  [InfoClass.DIRECTORY, FACTS],
  [InfoClass.FULL, FULL],
  [InfoClass.BOTH, BOTH],
  [InfoClass.NAMES, NO_FACTS],
  [InfoClass.ID_BOTH, { ...BOTH, nameAt: 104, fileIdAt: 96, fileIdSize: 8 }],
  [InfoClass.ID_FULL, { ...FULL, nameAt: 80, fileIdAt: 72, fileIdSize: 8 }],
  [InfoClass.ID_EXTD, { ...FULL, nameAt: 88, reparseTagAt: 68, fileIdAt: 72, fileIdSize: 16 }],
]);

const SHORT_NAME_BYTES = 24;
const MAX_SIZE_HIGH = 0x1fffff;
const TWO_32 = 0x100000000;

function layoutOf(infoClass: number): Layout {
  const layout = LAYOUTS.get(infoClass);
  if (layout === undefined) {
    throw new SmbError('invalid_argument', `no directory is listed with class ${infoClass}`);
  }
  return layout;
}

/**
 * The entries of one QUERY_DIRECTORY answer without `.` and `..`. Nothing of them refers to
 * `buffer`. Throws `protocol_error` when an entry does not fit or has no name. Not tied to `Reader`
 * because a large tree has hundreds of thousands of entries: each is checked once as a whole.
 */
export function decodeDirectoryEntries(buffer: Buffer, infoClass: number): DirectoryEntry[] {
  const layout = layoutOf(infoClass);
  const entries: DirectoryEntry[] = [];
  const total = buffer.length;
  if (total === 0) return entries;
  for (let at = 0; ;) {
    if (at + layout.nameAt > total) failAt(buffer, at, 'is cut off');
    const next = buffer.readUInt32LE(at);
    const end = next === 0 ? total : at + next;
    const nameAt = at + layout.nameAt;
    const nameLength = buffer.readUInt32LE(at + layout.nameLengthAt);
    if (end > total || nameAt + nameLength > end) failAt(buffer, at, 'does not fit its place');
    if (nameLength === 0 || nameLength % 2 !== 0) failAt(buffer, at, 'has an impossible name');
    if (!isDots(buffer, nameAt, nameLength)) {
      entries.push(decodeEntry(buffer, at, layout, decodeName(buffer, nameAt, nameLength)));
    }
    if (next === 0) return entries;
    at = end;
  }
}

function failAt(buffer: Buffer, at: number, problem: string): never {
  return new Reader(buffer, 'directory listing').fail(`the entry at ${at} ${problem}`);
}

function isDots(buffer: Buffer, at: number, length: number): boolean {
  if (length > 4 || buffer.readUInt16LE(at) !== 0x2e) return false;
  return length === 2 || buffer.readUInt16LE(at + 2) === 0x2e;
}

/** Longest name a server can have, and a place to squeeze ASCII names into. */
const MAX_ASCII = 255;
const ascii = Buffer.allocUnsafeSlow(MAX_ASCII);

/** ASCII names become strings of one byte per character: half the memory of a large tree. */
function decodeName(buffer: Buffer, at: number, length: number): string {
  const end = at + length;
  if (length <= MAX_ASCII * 2) {
    let high = 0;
    let to = 0;
    for (let from = at; from < end; from += 2) {
      const low = buffer[from]!;
      high |= buffer[from + 1]! | (low & 0x80);
      ascii[to++] = low;
    }
    if (high === 0) return ascii.toString('latin1', 0, to);
  }
  return buffer.toString('utf16le', at, end);
}

function readSize(buffer: Buffer, at: number): number {
  const high = buffer.readUInt32LE(at + 4);
  if (high > MAX_SIZE_HIGH) failAt(buffer, at, 'has an impossible size');
  return high * TWO_32 + buffer.readUInt32LE(at);
}

function readReparseTag(
  buffer: Buffer,
  at: number,
  layout: Layout,
  attributes: number,
): number | undefined {
  if (layout.reparseTagAt === 0 || (attributes & FileAttribute.REPARSE_POINT) === 0) {
    return undefined;
  }
  return buffer.readUInt32LE(at + layout.reparseTagAt);
}

function readShortName(buffer: Buffer, at: number, layout: Layout): string | undefined {
  if (layout.shortNameAt === 0) return undefined;
  const length = buffer[at + layout.shortNameAt]!;
  if (length === 0) return undefined;
  if (length > SHORT_NAME_BYTES || length % 2 !== 0) failAt(buffer, at, 'has a bad short name');
  return decodeName(buffer, at + layout.shortNameAt + 2, length);
}

const ALL_ONES_64 = 0xffff_ffff_ffff_ffffn;
const ALL_ONES_128 = (ALL_ONES_64 << 64n) | ALL_ONES_64;

function readFileId(buffer: Buffer, at: number, layout: Layout): bigint | undefined {
  if (layout.fileIdAt === 0) return undefined;
  let id = buffer.readBigUInt64LE(at + layout.fileIdAt);
  let none = ALL_ONES_64;
  if (layout.fileIdSize === 16) {
    id |= buffer.readBigUInt64LE(at + layout.fileIdAt + 8) << 64n;
    none = ALL_ONES_128;
  }
  return id === 0n || id === none ? undefined : id;
}

/** Always the same properties in the same order, so that all entries share one shape. */
function decodeEntry(buffer: Buffer, at: number, layout: Layout, name: string): DirectoryEntry {
  const { facts } = layout;
  const attributes = facts ? buffer.readUInt32LE(at + 56) : 0;
  return {
    name,
    attributes,
    size: facts ? readSize(buffer, at + 40) : 0,
    allocationSize: facts ? readSize(buffer, at + 48) : 0,
    createdMs: facts ? readFiletimeMs(buffer, at + 8) : 0,
    accessedMs: facts ? readFiletimeMs(buffer, at + 16) : 0,
    modifiedMs: facts ? readFiletimeMs(buffer, at + 24) : 0,
    changedMs: facts ? readFiletimeMs(buffer, at + 32) : 0,
    fileId: readFileId(buffer, at, layout),
    reparseTag: readReparseTag(buffer, at, layout, attributes),
    shortName: readShortName(buffer, at, layout),
  };
}

/** The buffer a server would answer with; entries 8-aligned, the last one unpadded. */
export function encodeDirectoryEntries(
  entries: readonly DirectoryEntry[],
  infoClass: number,
): Buffer {
  const layout = layoutOf(infoClass);
  let size = 0;
  for (const entry of entries) size = align8(size) + layout.nameAt + entry.name.length * 2;
  const buffer = Buffer.alloc(size);
  let at = 0;
  for (const [i, entry] of entries.entries()) {
    const length = align8(layout.nameAt + entry.name.length * 2);
    buffer.writeUInt32LE(i === entries.length - 1 ? 0 : length, at);
    encodeEntry(buffer, at, layout, entry);
    at += length;
  }
  return buffer;
}

function encodeEntry(buffer: Buffer, at: number, layout: Layout, entry: DirectoryEntry): void {
  buffer.writeUInt32LE(entry.name.length * 2, at + layout.nameLengthAt);
  buffer.write(entry.name, at + layout.nameAt, 'utf16le');
  if (!layout.facts) return;
  const times = [entry.createdMs, entry.accessedMs, entry.modifiedMs, entry.changedMs];
  for (const [i, ms] of times.entries()) {
    buffer.writeBigUInt64LE(ms === 0 ? FILETIME_UNSET : msToFiletime(ms), at + 8 + i * 8);
  }
  buffer.writeBigUInt64LE(BigInt(entry.size), at + 40);
  buffer.writeBigUInt64LE(BigInt(entry.allocationSize), at + 48);
  buffer.writeUInt32LE(entry.attributes, at + 56);
  if (layout.reparseTagAt !== 0) {
    buffer.writeUInt32LE(entry.reparseTag ?? 0, at + layout.reparseTagAt);
  }
  if (layout.shortNameAt !== 0) {
    const short = entry.shortName ?? '';
    const shortAt = at + layout.shortNameAt;
    buffer[shortAt] = buffer.write(short, shortAt + 2, SHORT_NAME_BYTES, 'utf16le');
  }
  if (layout.fileIdAt !== 0) {
    const id = entry.fileId ?? 0n;
    buffer.writeBigUInt64LE(id & ALL_ONES_64, at + layout.fileIdAt);
    if (layout.fileIdSize === 16) buffer.writeBigUInt64LE(id >> 64n, at + layout.fileIdAt + 8);
  }
}
