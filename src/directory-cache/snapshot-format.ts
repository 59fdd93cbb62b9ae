import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/**
 * The file: a header, sections in any order, a table that names the sections that count. Little-endian.
 *
 * Header, 72 bytes: magic at 0, format at 8, hash of the key at 16, at 48 where the table stands (6 bytes), at
 * 56 how many sections it has, at 60 its CRC-32, and in the last four bytes the CRC-32 of the header.
 */
export const HEADER_BYTES = 72;
const MAGIC = 'TWDIRS\r\n';
export const FORMAT = 1;
const ENTRY_BYTES = 24;

/** What a section holds. */
export const SECTION = { meta: 1, nodes: 2, names: 3 } as const;
export type SectionKind = (typeof SECTION)[keyof typeof SECTION];

export interface Section {
  readonly kind: SectionKind;
  readonly index: number;
  readonly offset: number;
  readonly length: number;
  readonly checksum: number;
}

/** Whose tree it is. Another server, share, prefix or account is another tree. */
export interface SnapshotKey {
  readonly server: string;
  readonly share: string;
  readonly prefix: string;
  readonly account: string;
}

/** 32 bytes that stand for a key and tell nothing of it. Names of servers and shares know no case. */
export function keyHash({ server, share, prefix, account }: SnapshotKey): Buffer {
  const parts = [server.toLowerCase(), share.toLowerCase(), prefix, account];
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

export function encodeHeader(key: Buffer, table: Buffer, tableOffset: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 0, 'latin1');
  header.writeUInt32LE(FORMAT, 8);
  key.copy(header, 16);
  header.writeUIntLE(tableOffset, 48, 6);
  header.writeUInt32LE(table.length / ENTRY_BYTES, 56);
  header.writeUInt32LE(crc32(table), 60);
  header.writeUInt32LE(crc32(header.subarray(0, HEADER_BYTES - 4)), HEADER_BYTES - 4);
  return header;
}

export function encodeTable(sections: readonly Section[]): Buffer {
  const table = Buffer.alloc(sections.length * ENTRY_BYTES);
  sections.forEach(({ kind, index, offset, length, checksum }, i) => {
    const at = i * ENTRY_BYTES;
    table.writeUInt32LE(kind, at);
    table.writeUInt32LE(index, at + 4);
    table.writeUIntLE(offset, at + 8, 6);
    table.writeUInt32LE(length, at + 16);
    table.writeUInt32LE(checksum, at + 20);
  });
  return table;
}

/**
 * The sections of a whole file. Throws `snapshot_corrupt`, and `snapshot_foreign` where it is another's or of
 * another format. Checks header and table; contents are checked by `contentOf`.
 */
export function decodeSections(file: Buffer, key: Buffer): Section[] {
  if (file.length < HEADER_BYTES || file.toString('latin1', 0, 8) !== MAGIC)
    throw corrupt('header');
  if (crc32(file.subarray(0, HEADER_BYTES - 4)) !== file.readUInt32LE(HEADER_BYTES - 4)) {
    throw corrupt('header');
  }
  if (file.readUInt32LE(8) !== FORMAT) {
    throw new TidewatchError('snapshot_foreign', 'the snapshot has another format');
  }
  if (!file.subarray(16, 48).equals(key)) {
    throw new TidewatchError(
      'snapshot_foreign',
      'the snapshot belongs to another place or account',
    );
  }
  const at = file.readUIntLE(48, 6);
  const table = file.subarray(at, at + file.readUInt32LE(56) * ENTRY_BYTES);
  // What stands behind the table is not of this file: somebody appended it.
  if (table.length !== file.length - at || crc32(table) !== file.readUInt32LE(60)) {
    throw corrupt('table of sections');
  }
  return Array.from({ length: table.length / ENTRY_BYTES }, (_, i) => ({
    kind: table.readUInt32LE(i * ENTRY_BYTES) as SectionKind,
    index: table.readUInt32LE(i * ENTRY_BYTES + 4),
    offset: table.readUIntLE(i * ENTRY_BYTES + 8, 6),
    length: table.readUInt32LE(i * ENTRY_BYTES + 16),
    checksum: table.readUInt32LE(i * ENTRY_BYTES + 20),
  }));
}

/** The bytes of a section. Throws `snapshot_corrupt` where they are not what was written. */
export function contentOf(
  file: Buffer,
  { kind, index, offset, length, checksum }: Section,
): Buffer {
  const content = file.subarray(offset, offset + length);
  if (content.length !== length || crc32(content) !== checksum) {
    throw corrupt(`section ${kind}.${index}`);
  }
  return content;
}

export function corrupt(what: string): TidewatchError {
  return new TidewatchError('snapshot_corrupt', `the snapshot is damaged: ${what}`);
}
