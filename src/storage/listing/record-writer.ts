import { Buffer } from 'node:buffer';
import type { StorageEntry } from '../storage.ts';
import { PackedRecords } from './packed-records.ts';
import {
  compareNamesAt,
  nameAt,
  CREATED,
  KINDS,
  LONGEST_NAME,
  MOST_BYTES_BESIDE_NAME,
  NAME,
  NO_ID,
  OFFSET_BYTES,
  WIDE,
} from './record-layout.ts';

const idBytes = Buffer.alloc(8);

/** Writes records, in any order, and packs them. */
export class RecordWriter {
  #memory: Buffer;
  #used = 0;
  readonly #starts: number[] = [];
  /** Each name stood after the one before. */
  #sorted = true;

  /** `bytes`: about what will be written. */
  constructor(bytes = 1_024) {
    this.#memory = Buffer.allocUnsafeSlow(bytes);
  }

  get count(): number {
    return this.#starts.length;
  }

  append(entry: StorageEntry): void {
    const { name, kind, createdAt, fileId } = entry;
    if (name.length > LONGEST_NAME) throw new RangeError(`a name of ${name.length} UTF-16 units`);
    this.#reserve(MOST_BYTES_BESIDE_NAME + 2 * name.length);
    const memory = this.#memory;
    const start = this.#used;
    const wide = /[^\0-\xff]/.test(name);
    let position = memory.writeUInt16LE(name.length, start + NAME);
    // Adding 0 makes one zero of both.
    position = memory.writeDoubleLE(entry.modifiedAt + 0, position);
    if (createdAt !== undefined) position = memory.writeDoubleLE(createdAt, position);
    const sizeStart = position;
    for (let rest = Math.trunc(entry.size); rest > 0; rest = Math.floor(rest / 256)) {
      memory[position] = rest % 256;
      position += 1;
      if (position === sizeStart + 8) break;
    }
    memory[start + 1] = position - sizeStart;
    let idLength = NO_ID;
    if (fileId !== undefined) {
      idBytes.writeBigUInt64LE(BigInt.asUintN(64, fileId));
      idLength = 8;
      while (idLength > 0 && idBytes[idLength - 1] === 0) idLength -= 1;
      position += idBytes.copy(memory, position, 0, idLength);
    }
    position += memory.write(name, position, wide ? 'utf16le' : 'latin1');
    memory[start] =
      KINDS.indexOf(kind) |
      (wide ? WIDE : 0) |
      (createdAt === undefined ? 0 : CREATED) |
      (idLength << 4);
    this.#begin(start, position);
  }

  /** Takes over records as they are, up to but without `end`. */
  copy(records: PackedRecords, begin: number, end: number): void {
    if (begin >= end) return;
    const from = records.start(begin);
    const length = records.start(end) - from;
    this.#reserve(length);
    const shift = this.#used - from;
    records.memory.copy(this.#memory, this.#used, from, from + length);
    this.#begin(from + shift, records.start(begin + 1) + shift);
    // The others follow in order.
    for (let index = begin + 1; index < end; index += 1) {
      this.#starts.push(records.start(index) + shift);
    }
    this.#used = from + shift + length;
  }

  /** Sorts by name; of equal names the one written last stays. The writer is of no use afterwards. */
  pack(): PackedRecords {
    const order = this.#sorted ? undefined : this.#order();
    const count = order?.length ?? this.count;
    if (count === 0) return PackedRecords.EMPTY;
    const heads = count * OFFSET_BYTES;
    if (order === undefined) {
      const memory = Buffer.allocUnsafeSlow(heads + this.#used);
      this.#starts.forEach((start, i) => memory.writeUInt32LE(heads + start, i * OFFSET_BYTES));
      this.#memory.copy(memory, heads, 0, this.#used);
      return new PackedRecords(memory, count);
    }
    let length = heads;
    for (const index of order) length += this.#end(index) - this.#start(index);
    const memory = Buffer.allocUnsafeSlow(length);
    let position = heads;
    for (let i = 0; i < count; i += 1) {
      const index = order[i] ?? 0;
      memory.writeUInt32LE(position, i * OFFSET_BYTES);
      position += this.#memory.copy(memory, position, this.#start(index), this.#end(index));
    }
    return new PackedRecords(memory, count);
  }

  /** Which records in which order; strings sort several times faster than bytes compared here. */
  #order(): number[] {
    const memory = this.#memory;
    const last = new Map<string, number>();
    for (let index = 0; index < this.count; index += 1) {
      last.set(nameAt(memory, this.#start(index), this.#end(index)), index);
    }
    return [...last.keys()].sort().map((name) => last.get(name) ?? 0);
  }

  #begin(start: number, end: number): void {
    this.#starts.push(start);
    this.#used = end;
    const last = this.count - 1;
    if (this.#sorted && last > 0) this.#sorted = this.#compare(last - 1, last) < 0;
  }

  #start(index: number): number {
    return this.#starts[index] ?? this.#used;
  }

  #end(index: number): number {
    return this.#start(index + 1);
  }

  #compare(a: number, b: number): number {
    const memory = this.#memory;
    return compareNamesAt(
      memory,
      this.#start(a),
      this.#end(a),
      memory,
      this.#start(b),
      this.#end(b),
    );
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#memory.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#memory.length * 2));
    this.#memory.copy(larger, 0, 0, this.#used);
    this.#memory = larger;
  }
}
