import { ByteColumn } from './shared-column.ts';

const PAGE_BYTES = 65_536;
/** A record begins with the length of the name and two flags, in two bytes. */
const LENGTH = 0x3fff;
const FOLDED_APART = 0x8000;
/** Bytes of a name at most: more than SMB (765), disks (255) and S3 (1,024) know. */
export const MOST_NAME_BYTES = 4_096;

/** Where the parts of a record stand. */
export interface NameSpan {
  start: number;
  end: number;
}

/**
 * The bytes of names, and of their folded forms where these differ, in pages. A page that is mostly unused
 * is emptied into others, a bounded piece of work whenever it becomes due, so that no pause is ever needed.
 */
export class NameStore {
  readonly column: ByteColumn;
  readonly #maxBytes: number;
  readonly #used: number[] = [];
  readonly #live: number[] = [];
  readonly #freePages: number[] = [];
  #current = -1;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.column = new ByteColumn(maxBytes);
  }

  get bytes(): number {
    return this.column.bytes;
  }

  /** Where a new record stands; undefined where there is no room. `folded` undefined: like the name. */
  add(name: Uint8Array, folded: Uint8Array | undefined): number | undefined {
    const size = 2 + name.length + (folded === undefined ? 0 : 2 + folded.length);
    const at = this.#allocate(size);
    if (at === undefined) return undefined;
    const { data } = this.column;
    const header = name.length | (folded === undefined ? 0 : FOLDED_APART);
    data[at] = header & 0xff;
    data[at + 1] = header >> 8;
    let next = at + 2;
    if (folded !== undefined) {
      data[next] = folded.length & 0xff;
      data[next + 1] = folded.length >> 8;
      next += 2;
    }
    data.set(name, next);
    if (folded !== undefined) data.set(folded, next + name.length);
    return at;
  }

  /** Gives a record up; returns the page that should be emptied now, if any. */
  remove(at: number): number | undefined {
    const page = Math.floor(at / PAGE_BYTES);
    this.#live[page]! -= recordSize(this.column.data, at);
    if (page === this.#current) return undefined;
    if (this.#live[page] === 0) {
      this.#release(page);
      return undefined;
    }
    return this.#live[page]! * 2 < PAGE_BYTES ? page : undefined;
  }

  /** Empties a page: `moved` tells whether a record is still wanted, and hears where it stands now. */
  evacuate(
    page: number,
    isWanted: (at: number) => number,
    moved: (id: number, at: number) => void,
  ): void {
    let at = page * PAGE_BYTES;
    const end = at + this.#used[page]!;
    while (at < end) {
      const size = recordSize(this.column.data, at);
      const id = isWanted(at);
      if (id !== 0) {
        const to = this.#allocate(size);
        if (to === undefined) return;
        this.column.data.copyWithin(to, at, at + size);
        this.#live[page]! -= size;
        moved(id, to);
      }
      at += size;
    }
    this.#release(page);
  }

  #allocate(size: number): number | undefined {
    if (this.#current === -1 || this.#used[this.#current]! + size > PAGE_BYTES) {
      const page = this.#freePages.pop() ?? this.#used.length;
      if ((page + 1) * PAGE_BYTES > this.#maxBytes) return undefined;
      this.#used[page] = 0;
      this.#live[page] = 0;
      this.#current = page;
    }
    const page = this.#current;
    const at = page * PAGE_BYTES + this.#used[page]!;
    this.column.ensure(at + size);
    this.#used[page]! += size;
    this.#live[page]! += size;
    return at;
  }

  #release(page: number): void {
    this.#used[page] = 0;
    this.#live[page] = 0;
    this.#freePages.push(page);
  }
}

/** The name as it was given. */
export function nameSpan(bytes: Uint8Array, at: number, span: NameSpan): void {
  const header = bytes[at]! | (bytes[at + 1]! << 8);
  span.start = at + (header & FOLDED_APART ? 4 : 2);
  span.end = span.start + (header & LENGTH);
}

/** The folded form of the name. */
export function foldedSpan(bytes: Uint8Array, at: number, span: NameSpan): void {
  const header = bytes[at]! | (bytes[at + 1]! << 8);
  if (header & FOLDED_APART) {
    span.start = at + 4 + (header & LENGTH);
    span.end = span.start + (bytes[at + 2]! | (bytes[at + 3]! << 8));
  } else {
    span.start = at + 2;
    span.end = span.start + (header & LENGTH);
  }
}

function recordSize(bytes: Uint8Array, at: number): number {
  const header = bytes[at]! | (bytes[at + 1]! << 8);
  const size = 2 + (header & LENGTH);
  return header & FOLDED_APART ? size + 2 + (bytes[at + 2]! | (bytes[at + 3]! << 8)) : size;
}
