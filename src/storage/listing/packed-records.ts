import { Buffer } from 'node:buffer';
import type { EntryKind, StorageEntry } from '../storage.ts';
import {
  compareNamesAt,
  CREATED,
  HEAD_BYTES,
  isWide,
  KINDS,
  MODIFIED,
  NAME,
  nameAt,
  nameBytes,
  NO_ID,
  OFFSET_BYTES,
  sizeOffset,
  unitAt,
} from './record-layout.ts';

const idBytes = Buffer.alloc(8);

/**
 * Entries of one directory in the order of their names (by UTF-16 unit), in one piece of memory that
 * never changes: the offsets of the records, then the records.
 */
export class PackedRecords {
  static readonly EMPTY = new PackedRecords(Buffer.alloc(0), 0);

  readonly memory: Buffer;
  readonly count: number;

  constructor(memory: Buffer, count: number) {
    this.memory = memory;
    this.count = count;
  }

  /** Where a record begins, or the last one ends. */
  start(index: number): number {
    if (index === this.count) return this.memory.length;
    return this.memory.readUInt32LE(index * OFFSET_BYTES);
  }

  name(index: number): string {
    return nameAt(this.memory, this.start(index), this.start(index + 1));
  }

  kind(index: number): EntryKind {
    return KINDS[(this.memory[this.start(index)] ?? 0) & 3] ?? 'file';
  }

  fileId(index: number): bigint | undefined {
    const start = this.start(index);
    const flags = this.memory[start] ?? 0;
    const length = flags >> 4;
    if (length === NO_ID) return undefined;
    const position = start + sizeOffset(flags) + (this.memory[start + 1] ?? 0);
    idBytes.fill(0);
    this.memory.copy(idBytes, 0, position, position + length);
    return idBytes.readBigUInt64LE();
  }

  entry(index: number): StorageEntry {
    const start = this.start(index);
    const flags = this.memory[start] ?? 0;
    let size = 0;
    const sizeStart = start + sizeOffset(flags);
    for (let byte = (this.memory[start + 1] ?? 0) - 1; byte >= 0; byte -= 1) {
      size = size * 256 + (this.memory[sizeStart + byte] ?? 0);
    }
    return {
      name: this.name(index),
      kind: this.kind(index),
      size,
      modifiedAt: this.memory.readDoubleLE(start + MODIFIED),
      createdAt: (flags & CREATED) === 0 ? undefined : this.memory.readDoubleLE(start + HEAD_BYTES),
      fileId: this.fileId(index),
    };
  }

  /** The index of a name, or the complement (~) of where it would stand. */
  find(name: string): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#compareName(middle, name);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return ~low;
  }

  #compareName(index: number, name: string): number {
    const start = this.start(index);
    const units = this.memory.readUInt16LE(start + NAME);
    const wide = isWide(this.memory, start);
    const nameStart = this.start(index + 1) - nameBytes(this.memory, start);
    const shared = Math.min(units, name.length);
    for (let unit = 0; unit < shared; unit += 1) {
      const order = unitAt(this.memory, nameStart, wide, unit) - name.charCodeAt(unit);
      if (order !== 0) return order;
    }
    return units - name.length;
  }

  /** Below 0 when the name of `index` stands before the one of `otherIndex`, 0 when they are equal. */
  compareNames(index: number, other: PackedRecords, otherIndex: number): number {
    return compareNamesAt(
      this.memory,
      this.start(index),
      this.start(index + 1),
      other.memory,
      other.start(otherIndex),
      other.start(otherIndex + 1),
    );
  }

  /** Whether both are the same in every field. */
  equals(index: number, other: PackedRecords, otherIndex: number): boolean {
    const start = this.start(index);
    const end = this.start(index + 1);
    const otherStart = other.start(otherIndex);
    const otherEnd = other.start(otherIndex + 1);
    if (end - start !== otherEnd - otherStart) return false;
    return this.memory.compare(other.memory, otherStart, otherEnd, start, end) === 0;
  }
}
