import { TidewatchError } from '../errors/tidewatch-error.ts';
import { fold } from './fold.ts';
import { HashIndex, mix } from './hash-index.ts';
import { signatureOf } from './name-signature.ts';
import { MOST_NAME_BYTES, NameStore, nameSpan } from './name-store.ts';
import type { NameSpan } from './name-store.ts';
import { IntColumn } from './shared-column.ts';
import { decodeWtf8, encodeWtf8 } from './wtf8.ts';

/** No name; the root has it. */
export const NO_NAME = 0;
/** The name of slots that are free; no search finds it. */
export const FREE_NAME = 1;
/** Numbers below are no names. */
export const FIRST_NAME = 2;
/** Names of one block of a snapshot. */
export const BLOCK_NAMES = 4_096;
/** How much of the reserved address space each name may take on average. */
const RESERVED_BYTES_EACH = 64;

/**
 * Every name once, however many entries bear it: names are numbers, and equal numbers are equal names to
 * the byte. Each comes with what searching needs: its folded form and its signature.
 */
export class NameTable {
  readonly store: NameStore;
  readonly offsets: IntColumn;
  readonly letters: IntColumn;
  readonly pairs: IntColumn;
  readonly morePairs: IntColumn;
  readonly initials: IntColumn;
  readonly heads: IntColumn;
  readonly #uses: IntColumn;
  readonly #index: HashIndex;
  readonly #columns: readonly IntColumn[];
  readonly #onMove: () => void;
  readonly #span: NameSpan = { start: 0, end: 0 };
  readonly #matches: (id: number) => boolean;
  #sought = Buffer.alloc(MOST_NAME_BYTES);
  #soughtLength = 0;
  #foldedBytes = 0;
  #nextFree = 0;

  /** For each block of names a number that is another after every change. */
  readonly touchedAt: number[] = [];
  #changes = 0;

  /** Names that were ever in use at once, and two: all numbers of names are below. */
  size = FIRST_NAME;

  /** @param onMove called around every change of the place of a name: whoever reads meanwhile starts anew. */
  constructor(maxNames: number, onMove: () => void) {
    this.#onMove = onMove;
    this.store = new NameStore(
      Math.min(maxNames * RESERVED_BYTES_EACH + 4 * 65_536, 2 ** 31 - 65_536),
    );
    const columns = Array.from({ length: 7 }, () => new IntColumn(maxNames + FIRST_NAME));
    this.#columns = columns;
    [
      this.offsets,
      this.#uses,
      this.letters,
      this.pairs,
      this.morePairs,
      this.initials,
      this.heads,
    ] = columns as [IntColumn, IntColumn, IntColumn, IntColumn, IntColumn, IntColumn, IntColumn];
    for (const column of columns) column.ensure(FIRST_NAME);
    this.#index = new HashIndex((id) => this.#hashOfRecord(this.offsets.data[id]!));
    this.#matches = (id) => this.#isSought(id);
  }

  /** Without what only searching needs. */
  get bytes(): number {
    return (
      this.store.bytes -
      this.#foldedBytes +
      this.offsets.bytes +
      this.#uses.bytes +
      this.#index.bytes
    );
  }

  /** What only searching needs. */
  get searchBytes(): number {
    const columns = [this.letters, this.pairs, this.morePairs, this.initials, this.heads];
    return columns.reduce((sum, { bytes }) => sum + bytes, this.#foldedBytes);
  }

  /** The number of a name; 0 where nothing bears it. */
  find(name: string): number {
    return this.#encode(name) ? this.#index.find(this.#hashOfSought(), this.#matches) : NO_NAME;
  }

  /** The number of a name, which counts as used once more; 0 where there is no room for another. */
  use(name: string): number {
    if (!this.#encode(name)) {
      throw new TidewatchError('invalid_path', `a name has ${name.length} characters, too many`);
    }
    const known = this.#index.find(this.#hashOfSought(), this.#matches);
    if (known !== 0) {
      this.#uses.data[known]! += 1;
      return known;
    }
    return this.#add();
  }

  /** One more use of a name in use. */
  useAgain(id: number): void {
    this.#uses.data[id]! += 1;
  }

  /** One use less; a name without any is forgotten. */
  release(id: number): void {
    if (id < FIRST_NAME) return;
    this.#uses.data[id]! -= 1;
    if (this.#uses.data[id]! > 0) return;
    this.#index.delete(id);
    const at = this.offsets.data[id]!;
    this.#foldedBytes -= foldedBytes(this.store.column.data, at);
    this.letters.data[id] = 0;
    this.offsets.data[id] = this.#nextFree;
    this.#nextFree = id;
    this.#touch(id);
    const page = this.store.remove(at);
    if (page !== undefined) this.#evacuate(page);
  }

  /** Writes the bytes of a name as they were given; gives how many, undefined where the number is free. */
  copyTo(id: number, target: Buffer, at: number): number | undefined {
    if (!this.isUsed(id)) return undefined;
    const { data } = this.store.column;
    const span = this.#span;
    nameSpan(data, this.offsets.data[id]!, span);
    return data.copy(target, at, span.start, span.end);
  }

  /** Takes over the next number of a snapshot with its name, which is not used yet. */
  restore(id: number, block: Buffer, start: number, end: number): void {
    if (id < FIRST_NAME) return;
    this.restoreFree(id);
    const length = Math.min(end, block.length) - start;
    if (this.#sought.length < length) this.#sought = Buffer.alloc(length);
    block.copy(this.#sought, 0, start, end);
    this.#soughtLength = length;
    this.#write(id);
    this.#uses.data[id] = 0;
  }

  /** Takes over the next number of a snapshot, which has no name. */
  restoreFree(id: number): void {
    if (id < FIRST_NAME) return;
    for (const column of this.#columns) column.ensure(id + 1);
    this.size = id + 1;
    this.#touch(id);
  }

  /** Whether a number that was restored has a name. */
  isKept(id: number): boolean {
    return id >= FIRST_NAME && id < this.size && this.letters.data[id] !== 0;
  }

  /** After restoring, for each number: one without a name, or whose name nothing bears, is free. */
  forgetIfUnused(id: number): void {
    if (id < FIRST_NAME || this.#uses.data[id]! > 0) return;
    if (this.isKept(id)) {
      this.#uses.data[id] = 1;
      this.release(id);
    } else {
      this.offsets.data[id] = this.#nextFree;
      this.#nextFree = id;
    }
  }

  isUsed(id: number): boolean {
    return id >= FIRST_NAME && id < this.size && this.#uses.data[id]! > 0;
  }

  text(id: number): string {
    if (!this.isUsed(id)) return '';
    const { data } = this.store.column;
    nameSpan(data, this.offsets.data[id]!, this.#span);
    return decodeWtf8(data, this.#span.start, this.#span.end);
  }

  #add(): number {
    const id = this.#nextFree === 0 ? this.size : this.#nextFree;
    const nextFree = id === this.size ? 0 : this.offsets.data[id]!;
    for (const column of this.#columns) column.ensure(id + 1);
    if (!this.#write(id)) return NO_NAME;
    if (id === this.size) this.size += 1;
    else this.#nextFree = nextFree;
    this.#uses.data[id] = 1;
    return id;
  }

  /** Writes the name whose bytes are sought under a number; false where there is no room. */
  #write(id: number): boolean {
    const sought = this.#sought.subarray(0, this.#soughtLength);
    const folded = this.#folded(sought);
    const at = this.store.add(sought, folded);
    if (at === undefined) return false;
    this.offsets.data[id] = at;
    if (folded !== undefined) this.#foldedBytes += 2 + folded.length;
    const bytes = folded ?? sought;
    const signature = signatureOf(bytes, 0, bytes.length);
    this.heads.data[id] = signature.head;
    this.pairs.data[id] = signature.pairs;
    this.morePairs.data[id] = signature.morePairs;
    this.initials.data[id] = signature.initials;
    this.letters.data[id] = signature.letters;
    this.#index.add(id);
    this.#touch(id);
    return true;
  }

  #touch(id: number): void {
    this.#changes += 1;
    this.touchedAt[Math.floor(id / BLOCK_NAMES)] = this.#changes;
  }

  /** Undefined where the name is its own folded form, as lower-case ASCII is. */
  #folded(bytes: Buffer): Uint8Array | undefined {
    let upper = false;
    for (const byte of bytes) {
      if (byte >= 0x80) return this.#foldedUnicode(bytes);
      upper ||= byte >= 0x41 && byte <= 0x5a;
    }
    if (!upper) return undefined;
    return bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));
  }

  #foldedUnicode(bytes: Buffer): Uint8Array | undefined {
    const name = decodeWtf8(bytes, 0, bytes.length);
    const text = fold(name);
    if (text === name) return undefined;
    const folded = new Uint8Array(text.length * 3);
    const length = encodeWtf8(text, folded);
    const result = folded.subarray(0, length);
    return Buffer.compare(result, bytes) === 0 ? undefined : result;
  }

  #evacuate(page: number): void {
    this.#onMove();
    const { offsets } = this;
    this.store.evacuate(
      page,
      (at) => this.#index.find(this.#hashOfRecord(at), (id) => offsets.data[id] === at),
      (id, at) => (offsets.data[id] = at),
    );
    this.#onMove();
  }

  #encode(name: string): boolean {
    if (name.length > MOST_NAME_BYTES) return false;
    const needed = name.length * 3;
    if (this.#sought.length < needed) this.#sought = Buffer.alloc(needed);
    this.#soughtLength = encodeWtf8(name, this.#sought);
    return this.#soughtLength <= MOST_NAME_BYTES;
  }

  #isSought(id: number): boolean {
    const { data } = this.store.column;
    const span = this.#span;
    nameSpan(data, this.offsets.data[id]!, span);
    if (span.end - span.start !== this.#soughtLength) return false;
    for (let i = 0; i < this.#soughtLength; i += 1) {
      if (data[span.start + i] !== this.#sought[i]) return false;
    }
    return true;
  }

  #hashOfSought(): number {
    return hashBytes(this.#sought, 0, this.#soughtLength);
  }

  #hashOfRecord(at: number): number {
    const { data } = this.store.column;
    nameSpan(data, at, this.#span);
    return hashBytes(data, this.#span.start, this.#span.end);
  }
}

/** FNV-1a, spread once more. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return mix(hash);
}

function foldedBytes(bytes: Uint8Array, at: number): number {
  return bytes[at + 1]! & 0x80 ? 2 + (bytes[at + 2]! | (bytes[at + 3]! << 8)) : 0;
}
