import { withName } from './layout.ts';
import { Reader } from './reader.ts';

/** Classes of QUERY_INFO and SET_INFO for files (MS-FSCC 2.4). */
export const FileInfoClass = {
  BASIC: 4,
  STANDARD: 5,
  INTERNAL: 6,
  RENAME: 10,
  DISPOSITION: 13,
  END_OF_FILE: 20,
  NETWORK_OPEN: 34,
  ID: 59,
} as const;

/** Times and attributes; as FILETIMEs. To set: 0n leaves a time, attributes 0 leave them. */
export interface BasicInfo {
  creationTime: bigint;
  lastAccessTime: bigint;
  lastWriteTime: bigint;
  changeTime: bigint;
  attributes: number;
}

/** MS-FSCC 2.4.7, 40 bytes. */
export function encodeBasicInfo(info: BasicInfo): Buffer {
  const buffer = Buffer.alloc(40);
  writeTimes(buffer, info, 0);
  buffer.writeUInt32LE(info.attributes, 32);
  return buffer;
}

export function decodeBasicInfo(buffer: Buffer): BasicInfo {
  const reader = new Reader(buffer, 'basic information');
  reader.require(0, 40);
  return { ...readTimes(reader, 0), attributes: reader.u32(32) };
}

type Times = Omit<BasicInfo, 'attributes'>;

function writeTimes(buffer: Buffer, times: Times, at: number): void {
  buffer.writeBigUInt64LE(times.creationTime, at);
  buffer.writeBigUInt64LE(times.lastAccessTime, at + 8);
  buffer.writeBigUInt64LE(times.lastWriteTime, at + 16);
  buffer.writeBigUInt64LE(times.changeTime, at + 24);
}

function readTimes(reader: Reader, at: number): Times {
  return {
    creationTime: reader.u64(at),
    lastAccessTime: reader.u64(at + 8),
    lastWriteTime: reader.u64(at + 16),
    changeTime: reader.u64(at + 24),
  };
}

/** Sizes in bytes. */
export interface StandardInfo {
  allocationSize: number;
  endOfFile: number;
  links: number;
  deletePending: boolean;
  directory: boolean;
}

/** MS-FSCC 2.4.47, 24 bytes. */
export function encodeStandardInfo(info: StandardInfo): Buffer {
  const buffer = Buffer.alloc(24);
  buffer.writeBigUInt64LE(BigInt(info.allocationSize), 0);
  buffer.writeBigUInt64LE(BigInt(info.endOfFile), 8);
  buffer.writeUInt32LE(info.links, 16);
  buffer.writeUInt8(info.deletePending ? 1 : 0, 20);
  buffer.writeUInt8(info.directory ? 1 : 0, 21);
  return buffer;
}

export function decodeStandardInfo(buffer: Buffer): StandardInfo {
  const reader = new Reader(buffer, 'standard information');
  return {
    allocationSize: reader.size64(0),
    endOfFile: reader.size64(8),
    links: reader.u32(16),
    deletePending: reader.u8(20) !== 0,
    directory: reader.u8(21) !== 0,
  };
}

/** The number that names a file on its volume. */
export interface InternalInfo {
  fileId: bigint;
}

/** MS-FSCC 2.4.27, 8 bytes. */
export function encodeInternalInfo(info: InternalInfo): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(info.fileId, 0);
  return buffer;
}

export function decodeInternalInfo(buffer: Buffer): InternalInfo {
  return { fileId: new Reader(buffer, 'internal information').u64(0) };
}

export interface RenameInfo {
  replaceIfExists: boolean;
  /** New path, from the root of the share, `\` between the parts. */
  name: string;
}

const RENAME_FIXED = 20;
/** Windows refuses less, whatever the length of the name (MS-FSCC 2.4.43.2). */
const RENAME_MINIMUM = 24;

/** MS-FSCC 2.4.43.2. */
export function encodeRenameInfo(info: RenameInfo): Buffer {
  const layout = { lengthAt: 16, nameAt: RENAME_FIXED, minimum: RENAME_MINIMUM };
  const buffer = withName(info.name, layout);
  buffer.writeUInt8(info.replaceIfExists ? 1 : 0, 0);
  return buffer;
}

export function decodeRenameInfo(buffer: Buffer): RenameInfo {
  const reader = new Reader(buffer, 'rename information');
  const name = reader.utf16(RENAME_FIXED, reader.u32(16));
  return { replaceIfExists: reader.u8(0) !== 0, name };
}

export interface DispositionInfo {
  /** Delete the file when its last handle is closed. */
  deletePending: boolean;
}

/** MS-FSCC 2.4.11, 1 byte. */
export function encodeDispositionInfo(info: DispositionInfo): Buffer {
  return Buffer.alloc(1, info.deletePending ? 1 : 0);
}

export function decodeDispositionInfo(buffer: Buffer): DispositionInfo {
  return { deletePending: new Reader(buffer, 'disposition information').u8(0) !== 0 };
}

export interface EndOfFileInfo {
  /** New size in bytes. */
  endOfFile: number;
}

/** MS-FSCC 2.4.14, 8 bytes. */
export function encodeEndOfFileInfo(info: EndOfFileInfo): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(info.endOfFile), 0);
  return buffer;
}

export function decodeEndOfFileInfo(buffer: Buffer): EndOfFileInfo {
  return { endOfFile: new Reader(buffer, 'end of file information').size64(0) };
}

/**
 * All that a plain stat needs; sizes in bytes, times as FILETIMEs. The answers to CREATE and CLOSE
 * hold the same in the same order.
 */
export interface NetworkOpenInfo extends BasicInfo {
  allocationSize: number;
  endOfFile: number;
}

/** MS-FSCC 2.4.33, 56 bytes. */
export function encodeNetworkOpenInfo(info: NetworkOpenInfo): Buffer {
  const buffer = Buffer.alloc(56);
  writeNetworkOpenInfo(buffer, info, 0);
  return buffer;
}

export function decodeNetworkOpenInfo(buffer: Buffer): NetworkOpenInfo {
  const reader = new Reader(buffer, 'network open information');
  reader.require(0, 56);
  return readNetworkOpenInfo(reader, 0);
}

/** Writes the 52 bytes of it that mean something. */
export function writeNetworkOpenInfo(into: Buffer, info: NetworkOpenInfo, at: number): void {
  writeTimes(into, info, at);
  into.writeBigUInt64LE(BigInt(info.allocationSize), at + 32);
  into.writeBigUInt64LE(BigInt(info.endOfFile), at + 40);
  into.writeUInt32LE(info.attributes, at + 48);
}

export function readNetworkOpenInfo(reader: Reader, at: number): NetworkOpenInfo {
  return {
    ...readTimes(reader, at),
    allocationSize: reader.size64(at + 32),
    endOfFile: reader.size64(at + 40),
    attributes: reader.u32(at + 48),
  };
}

export interface IdInfo {
  volumeSerial: bigint;
  /** 128 bits, low half first on the wire. */
  fileId: bigint;
}

const LOW_64 = 0xffff_ffff_ffff_ffffn;

/** MS-FSCC 2.4.26, 24 bytes. */
export function encodeIdInfo(info: IdInfo): Buffer {
  const buffer = Buffer.alloc(24);
  buffer.writeBigUInt64LE(info.volumeSerial, 0);
  buffer.writeBigUInt64LE(info.fileId & LOW_64, 8);
  buffer.writeBigUInt64LE(info.fileId >> 64n, 16);
  return buffer;
}

export function decodeIdInfo(buffer: Buffer): IdInfo {
  const reader = new Reader(buffer, 'id information');
  return { volumeSerial: reader.u64(0), fileId: reader.u64(8) | (reader.u64(16) << 64n) };
}
