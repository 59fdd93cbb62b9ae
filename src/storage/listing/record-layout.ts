import type { Buffer } from 'node:buffer';
import type { EntryKind } from '../storage.ts';

/*
 * One record:
 *   0  kind (bits 0 and 1), WIDE, CREATED, bytes of the file id (bits 4 to 7; 15: none)
 *   1  bytes of the size
 *   2  name in UTF-16 units, 16 bits
 *   4  modifiedAt, 64-bit float; createdAt likewise, if CREATED
 *   then size, file id (without leading zero bytes) and name: Latin-1, or UTF-16 if WIDE
 *
 * All little endian. An entry has one spelling only, so that equal bytes mean equal entries.
 */
export const KINDS: readonly EntryKind[] = ['file', 'directory', 'link'];
export const WIDE = 4;
export const CREATED = 8;
export const NO_ID = 15;
export const NAME = 2;
export const MODIFIED = 4;
export const HEAD_BYTES = 12;
/** Head, createdAt, size and file id. */
export const MOST_BYTES_BESIDE_NAME = HEAD_BYTES + 24;
export const LONGEST_NAME = 0xffff;
export const OFFSET_BYTES = 4;

/** Where the size stands in a record with these flags. */
export function sizeOffset(flags: number): number {
  return (flags & CREATED) === 0 ? HEAD_BYTES : HEAD_BYTES + 8;
}

export function isWide(memory: Buffer, start: number): boolean {
  return ((memory[start] ?? 0) & WIDE) !== 0;
}

/** The name of a record from start to end. */
export function nameAt(memory: Buffer, start: number, end: number): string {
  const encoding = isWide(memory, start) ? 'utf16le' : 'latin1';
  return memory.toString(encoding, end - nameBytes(memory, start), end);
}

/** Bytes that the name of a record takes, at its end. */
export function nameBytes(memory: Buffer, start: number): number {
  const units = memory.readUInt16LE(start + NAME);
  return isWide(memory, start) ? 2 * units : units;
}

/** One UTF-16 unit of a name. */
export function unitAt(memory: Buffer, start: number, wide: boolean, unit: number): number {
  if (!wide) return memory[start + unit] ?? 0;
  return (memory[start + 2 * unit] ?? 0) | ((memory[start + 2 * unit + 1] ?? 0) << 8);
}

/** Below 0 when the first name stands before the second, 0 when they are equal; records from start to end. */
export function compareNamesAt(
  a: Buffer,
  aStart: number,
  aEnd: number,
  b: Buffer,
  bStart: number,
  bEnd: number,
): number {
  const aUnits = a.readUInt16LE(aStart + NAME);
  const bUnits = b.readUInt16LE(bStart + NAME);
  const aWide = isWide(a, aStart);
  const bWide = isWide(b, bStart);
  const aName = aEnd - nameBytes(a, aStart);
  const bName = bEnd - nameBytes(b, bStart);
  const shared = Math.min(aUnits, bUnits);
  for (let unit = 0; unit < shared; unit += 1) {
    const order = unitAt(a, aName, aWide, unit) - unitAt(b, bName, bWide, unit);
    if (order !== 0) return order;
  }
  return aUnits - bUnits;
}
