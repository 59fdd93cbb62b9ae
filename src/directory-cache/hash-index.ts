const LEAST_SLOTS = 8;
/** A table above this is split in two: adding one entry never moves more than these. */
const MOST_SLOTS = 1_280;
const GROWTH = 1.25;
const FULL = 0.85;
/** Slots for each entry of a table that was just split. */
const ROOM = 1.3;
/** Hashes give this many bits to tell tables apart; the other sixteen place entries within one. */
const MOST_BITS = 16;

/** Spreads a 32-bit number over all its bits. */
export function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Numbers found by a hash that their owner computes: extendible hashing over small tables with linear
 * probing. Tables grow by a quarter, so about 5 bytes an entry are used at every size, and no single
 * insertion takes longer than one table needs. Zero cannot be an entry.
 */
export class HashIndex {
  readonly #hashOf: (id: number) => number;
  #bits = 0;
  /** For each value of the highest `bits` bits of a hash, which table. */
  #directory: number[] = [0];
  #tables: Int32Array[] = [new Int32Array(LEAST_SLOTS)];
  #counts: number[] = [0];
  /** How many of the highest bits all entries of a table share. */
  #depths: number[] = [0];
  #bytes = LEAST_SLOTS * 4;

  /** @param hashOf 32 unsigned bits for an entry; must not change while it is in here. */
  constructor(hashOf: (id: number) => number) {
    this.#hashOf = hashOf;
  }

  get bytes(): number {
    return this.#bytes + this.#directory.length * 4;
  }

  /** The entry of that hash for which `matches` is true; 0 if there is none. */
  find(hash: number, matches: (id: number) => boolean): number {
    const slots = this.#tables[this.#tableOf(hash)]!;
    for (let slot = slotOf(hash, slots.length); ; slot = after(slot, slots.length)) {
      const id = slots[slot]!;
      if (id === 0 || matches(id)) return id;
    }
  }

  /** Adds an entry that is not there yet. */
  add(id: number): void {
    const hash = this.#hashOf(id);
    let table = this.#tableOf(hash);
    while (this.#counts[table]! + 1 > this.#tables[table]!.length * FULL) {
      this.#makeRoom(table);
      table = this.#tableOf(hash);
    }
    place(this.#tables[table]!, hash, id);
    this.#counts[table]! += 1;
  }

  /** Takes an entry out; nothing happens if it is not there. */
  delete(id: number): void {
    const hash = this.#hashOf(id);
    const table = this.#tableOf(hash);
    const slots = this.#tables[table]!;
    let hole = slotOf(hash, slots.length);
    for (; slots[hole] !== id; hole = after(hole, slots.length)) if (slots[hole] === 0) return;
    this.#counts[table]! -= 1;
    // Whoever was pushed past the hole moves back into it, so that no search ends there too early.
    for (let slot = after(hole, slots.length); ; slot = after(slot, slots.length)) {
      const other = slots[slot]!;
      if (other === 0) break;
      const home = slotOf(this.#hashOf(other), slots.length);
      const stays = hole < slot ? home > hole && home <= slot : home > hole || home <= slot;
      if (stays) continue;
      slots[hole] = other;
      hole = slot;
    }
    slots[hole] = 0;
  }

  clear(): void {
    this.#bits = 0;
    this.#directory = [0];
    this.#tables = [new Int32Array(LEAST_SLOTS)];
    this.#counts = [0];
    this.#depths = [0];
    this.#bytes = LEAST_SLOTS * 4;
  }

  #tableOf(hash: number): number {
    return this.#bits === 0 ? 0 : this.#directory[hash >>> (32 - this.#bits)]!;
  }

  #makeRoom(table: number): void {
    const size = Math.ceil(this.#tables[table]!.length * GROWTH);
    if (size <= MOST_SLOTS || this.#depths[table]! >= MOST_BITS) {
      this.#replace(table, this.#tables[table]!, new Int32Array(size), 0, 0);
    } else {
      this.#split(table);
    }
  }

  #split(table: number): void {
    const depth = this.#depths[table]! + 1;
    if (depth > this.#bits) {
      this.#directory = this.#directory.flatMap((each) => [each, each]);
      this.#bits += 1;
    }
    const old = this.#tables[table]!;
    const twin = this.#tables.length;
    const bit = 2 ** (32 - depth);
    const size = Math.ceil((this.#counts[table]! / 2) * ROOM) + LEAST_SLOTS;
    this.#tables.push(new Int32Array(0));
    this.#counts.push(0);
    this.#depths[table] = depth;
    this.#depths.push(depth);
    for (let at = 0; at < this.#directory.length; at += 1) {
      if (this.#directory[at] !== table) continue;
      const hash = at * 2 ** (32 - this.#bits);
      if (Math.floor(hash / bit) % 2 === 1) this.#directory[at] = twin;
    }
    this.#replace(twin, old, new Int32Array(size), bit, 1);
    this.#replace(table, old, new Int32Array(size), bit, 0);
  }

  /** Fills a new table with those of the old one whose hash has that bit so; with all, where bit is 0. */
  #replace(table: number, old: Int32Array, fresh: Int32Array, bit: number, want: 0 | 1): void {
    let slots = fresh;
    let count = 0;
    for (const id of old) {
      if (id === 0) continue;
      const hash = this.#hashOf(id);
      if (bit !== 0 && ((hash & bit) !== 0 ? 1 : 0) !== want) continue;
      // Hashes that are far from even may put nearly all on one side.
      if (count + 1 > slots.length * FULL) slots = enlarged(slots, this.#hashOf);
      place(slots, hash, id);
      count += 1;
    }
    this.#bytes += (slots.length - this.#tables[table]!.length) * 4;
    this.#tables[table] = slots;
    this.#counts[table] = count;
  }
}

function enlarged(slots: Int32Array, hashOf: (id: number) => number): Int32Array {
  const larger = new Int32Array(Math.ceil(slots.length * GROWTH));
  for (const id of slots) if (id !== 0) place(larger, hashOf(id), id);
  return larger;
}

function place(slots: Int32Array, hash: number, id: number): void {
  let slot = slotOf(hash, slots.length);
  while (slots[slot] !== 0) slot = after(slot, slots.length);
  slots[slot] = id;
}

function slotOf(hash: number, size: number): number {
  return size <= 0xffff ? ((hash & 0xffff) * size) >>> 16 : hash % size;
}

function after(slot: number, size: number): number {
  return slot + 1 === size ? 0 : slot + 1;
}
