import type { StorageEntry } from '../storage.ts';

const KINDS = { file: 1, directory: 2, link: 3 } as const;
/** Words of an entry beside its name, and the odd unit of the name. */
const FIXED_WORDS = 9;

/** One entry as 32-bit words; grows with the longest name. */
let words = new Uint32Array(256);
/** The two halves of a 64-bit number. */
const float = new Float64Array(1);
const integer = new BigUint64Array(float.buffer);
const halves = new Uint32Array(float.buffer);

/**
 * A fingerprint of a set of entries in 128 bits and their number, in whatever order they come: two
 * listings have the same one if and only if `diffListings` finds nothing, but for chance. It guards
 * against accidents; whoever wants to can make two listings that collide.
 *
 * Every entry is hashed on its own, and the hashes are added up. A name that is told twice counts twice,
 * which at worst makes a comparison in vain.
 */
export class ListingFingerprint {
  #count = 0;
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  add(entry: StorageEntry): void {
    const length = writeWords(entry);
    // Four lanes with multipliers of their own; each word goes into all, and each lane into the next.
    let a = 0x2c1b3c6d;
    let b = 0x297a2d39;
    let c = 0x1b56c4e9;
    let d = 0x6c8e9cf5;
    for (let index = 0; index < length; index += 1) {
      const word = words[index] ?? 0;
      a = Math.imul(rotate(a ^ Math.imul(word, 0x9e3779b1), 13) + d, 0x85ebca77);
      b = Math.imul(rotate(b ^ Math.imul(word, 0xc2b2ae3d), 17) + a, 0x27d4eb2f);
      c = Math.imul(rotate(c ^ Math.imul(word, 0x165667b1), 11) + b, 0xcc9e2d51);
      d = Math.imul(rotate(d ^ Math.imul(word, 0x1b873593), 19) + c, 0xe6546b65);
    }
    // Each word but the last has been around; this takes the last one everywhere.
    a = avalanche(a + d);
    b = avalanche(b + a);
    c = avalanche(c + b);
    d = avalanche(d + c);
    this.#a = (this.#a + avalanche(a + d)) | 0;
    this.#b = (this.#b + b) | 0;
    this.#c = (this.#c + c) | 0;
    this.#d = (this.#d + d) | 0;
    this.#count += 1;
  }

  /** Printable; of no other meaning than to be compared. */
  get value(): string {
    const lanes = [this.#a, this.#b, this.#c, this.#d];
    return `${this.#count}-${lanes.map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')}`;
  }
}

/** No two entries that differ have the same words. Gives how many there are. */
function writeWords(entry: StorageEntry): number {
  const { name, kind, fileId } = entry;
  const most = FIXED_WORDS + (name.length >> 1);
  if (words.length < most) words = new Uint32Array(2 * most);
  let length = 0;
  words[length++] = KINDS[kind] | (fileId === undefined ? 0 : 4);
  words[length++] = name.length;
  for (let unit = 0; unit < name.length; unit += 2) {
    // Beyond the end there is no unit: NaN, which counts as 0 here.
    words[length++] = name.charCodeAt(unit) | (name.charCodeAt(unit + 1) << 16);
  }
  if (kind !== 'directory') {
    length = writeFloat(entry.size, length);
    length = writeFloat(entry.modifiedAt, length);
  }
  if (fileId !== undefined) {
    integer[0] = fileId;
    length = writeHalves(length);
  }
  return length;
}

function writeFloat(value: number, at: number): number {
  // Adding 0 makes one zero of both.
  float[0] = value + 0;
  return writeHalves(at);
}

function writeHalves(at: number): number {
  words[at] = halves[0] ?? 0;
  words[at + 1] = halves[1] ?? 0;
  return at + 2;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Every bit of the input changes about half of the bits of the output. */
function avalanche(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
