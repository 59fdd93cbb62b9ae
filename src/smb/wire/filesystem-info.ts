import { withName } from './layout.ts';
import { Reader } from './reader.ts';

/** Classes of QUERY_INFO for the volume behind a share (MS-FSCC 2.5). */
export const FilesystemInfoClass = { VOLUME: 1, SIZE: 3, ATTRIBUTE: 5, FULL_SIZE: 7 } as const;

export interface FsVolumeInfo {
  /** FILETIME. */
  creationTime: bigint;
  serialNumber: number;
  label: string;
}

const VOLUME_FIXED = 18;

/** MS-FSCC 2.5.9. */
export function encodeFsVolumeInfo(info: FsVolumeInfo): Buffer {
  const buffer = withName(info.label, { lengthAt: 12, nameAt: VOLUME_FIXED });
  buffer.writeBigUInt64LE(info.creationTime, 0);
  buffer.writeUInt32LE(info.serialNumber, 8);
  return buffer;
}

export function decodeFsVolumeInfo(buffer: Buffer): FsVolumeInfo {
  const reader = new Reader(buffer, 'volume information');
  return {
    creationTime: reader.u64(0),
    serialNumber: reader.u32(8),
    label: reader.utf16(VOLUME_FIXED, reader.u32(12)),
  };
}

/** Room on the volume, in units of `sectorsPerUnit * bytesPerSector` bytes. */
export interface FsSizeInfo {
  totalUnits: number;
  /** Left for this user. */
  availableUnits: number;
  sectorsPerUnit: number;
  bytesPerSector: number;
}

/** MS-FSCC 2.5.8, 24 bytes. */
export function encodeFsSizeInfo(info: FsSizeInfo): Buffer {
  const buffer = Buffer.alloc(24);
  buffer.writeBigUInt64LE(BigInt(info.totalUnits), 0);
  buffer.writeBigUInt64LE(BigInt(info.availableUnits), 8);
  buffer.writeUInt32LE(info.sectorsPerUnit, 16);
  buffer.writeUInt32LE(info.bytesPerSector, 20);
  return buffer;
}

export function decodeFsSizeInfo(buffer: Buffer): FsSizeInfo {
  const reader = new Reader(buffer, 'size information');
  return {
    totalUnits: reader.size64(0),
    availableUnits: reader.size64(8),
    sectorsPerUnit: reader.u32(16),
    bytesPerSector: reader.u32(20),
  };
}

export interface FsFullSizeInfo extends FsSizeInfo {
  /** Left on the volume, quotas aside. */
  actualAvailableUnits: number;
}

/** MS-FSCC 2.5.4, 32 bytes. */
export function encodeFsFullSizeInfo(info: FsFullSizeInfo): Buffer {
  const buffer = Buffer.alloc(32);
  buffer.writeBigUInt64LE(BigInt(info.totalUnits), 0);
  buffer.writeBigUInt64LE(BigInt(info.availableUnits), 8);
  buffer.writeBigUInt64LE(BigInt(info.actualAvailableUnits), 16);
  buffer.writeUInt32LE(info.sectorsPerUnit, 24);
  buffer.writeUInt32LE(info.bytesPerSector, 28);
  return buffer;
}

export function decodeFsFullSizeInfo(buffer: Buffer): FsFullSizeInfo {
  const reader = new Reader(buffer, 'full size information');
  return {
    totalUnits: reader.size64(0),
    availableUnits: reader.size64(8),
    actualAvailableUnits: reader.size64(16),
    sectorsPerUnit: reader.u32(24),
    bytesPerSector: reader.u32(28),
  };
}

/** Bits of `FsAttributeInfo.attributes` that matter here (MS-FSCC 2.5.1). */
export const FilesystemAttribute = {
  CASE_SENSITIVE_SEARCH: 0x1,
  CASE_PRESERVED_NAMES: 0x2,
  UNICODE_ON_DISK: 0x4,
  READ_ONLY_VOLUME: 0x80000,
} as const;

export interface FsAttributeInfo {
  attributes: number;
  /** Longest name of one path component, in UTF-16 units. */
  maximumNameLength: number;
  /** As `NTFS`. */
  name: string;
}

const ATTRIBUTE_FIXED = 12;

/** MS-FSCC 2.5.1. */
export function encodeFsAttributeInfo(info: FsAttributeInfo): Buffer {
  const buffer = withName(info.name, { lengthAt: 8, nameAt: ATTRIBUTE_FIXED });
  buffer.writeUInt32LE(info.attributes, 0);
  buffer.writeUInt32LE(info.maximumNameLength, 4);
  return buffer;
}

export function decodeFsAttributeInfo(buffer: Buffer): FsAttributeInfo {
  const reader = new Reader(buffer, 'file system attributes');
  return {
    attributes: reader.u32(0),
    maximumNameLength: reader.u32(4),
    name: reader.utf16(ATTRIBUTE_FIXED, reader.u32(8)),
  };
}
