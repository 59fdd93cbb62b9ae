import { beginsWord, headOf } from './name-signature.ts';
import { foldedSpan } from './name-store.ts';
import type { NameSpan } from './name-store.ts';
import { FuzzyWord } from './fuzzy-word.ts';
import type { PlannedPart, SearchPlan } from './search-plan.ts';
import type { NameViews } from './tree-views.ts';

/** How well a name fits: the smaller, the better. */
export const RANK = {
  /** Is the query, or what stands behind its last separator. */
  equal: 0,
  starts: 1,
  /** Every word of the query begins a word of the name. */
  wordStarts: 2,
  hasAll: 3,
  hasSome: 4,
  /** What matched stands further up in the path. */
  hasNone: 5,
} as const;

const FOUND = 1;
const FOUND_AT_START = 3;

/** The rank of a name stands above its bits. */
export const RANK_SHIFT = 22;

/** What each name has of a query: the bits of the plan, and a rank. */
export class NameMatches {
  bits = new Int32Array(0);
  /** What any name has. */
  union = 0;
  #starts = new Int32Array(0);
  readonly #span: NameSpan = { start: 0, end: 0 };

  /** @param hidden the bit that names with a leading dot get; 0: none */
  compute(plan: SearchPlan, names: NameViews, hidden: number): void {
    const { count } = names;
    if (this.bits.length < count) {
      this.bits = new Int32Array(count + (count >> 3));
      this.#starts = new Int32Array(this.bits.length);
    }
    this.bits.fill(plan.everyName | (RANK.hasNone << RANK_SHIFT), 0, count);
    this.#starts.fill(0, 0, count);
    for (const part of plan.parts) {
      if (part.place !== 'within') this.#findPlaced(part, names);
      else if (part.bytes.length === 1 && isLatin(part.bytes[0]!)) this.#findLetter(part, names);
      else this.#findWithin(part, names);
      if (part.fuzzyBit !== 0) this.#findFuzzy(part, names);
    }
    if (hidden !== 0) this.#markDotNames(names, hidden);
    this.#rank(plan, names);
  }

  /** A Latin letter has a bit of its own: no name needs to be read. */
  #findLetter({ letters, bit, fuzzyBit }: PlannedPart, names: NameViews): void {
    const { count, initials } = names;
    const lettersOf = names.letters;
    const bits = this.bits;
    const starts = this.#starts;
    const both = bit | fuzzyBit;
    for (let id = 2; id < count; id += 1) {
      if ((lettersOf[id]! & letters) === 0) continue;
      bits[id]! |= both;
      if (initials[id]! & letters) starts[id]! |= bit;
    }
  }

  #findWithin(part: PlannedPart, names: NameViews): void {
    const { letters, pairs, bit, fuzzyBit } = part;
    const { count, bytes } = names;
    const lettersOf = names.letters;
    const pairsOf = names.pairs;
    const { offsets } = names;
    const word = part.bytes;
    const span = this.#span;
    const bits = this.bits;
    const starts = this.#starts;
    for (let id = 2; id < count; id += 1) {
      if ((lettersOf[id]! & letters) !== letters || (pairsOf[id]! & pairs) !== pairs) continue;
      foldedSpan(bytes, offsets[id]!, span);
      const found = findIn(bytes, span.start, span.end, word);
      if (found === 0) continue;
      bits[id]! |= bit | fuzzyBit;
      if (found === FOUND_AT_START) starts[id]! |= bit;
    }
  }

  #findPlaced(part: PlannedPart, names: NameViews): void {
    const { letters, pairs, bit, place } = part;
    const { count } = names;
    const { offsets } = names;
    const lettersOf = names.letters;
    const pairsOf = names.pairs;
    const bits = this.bits;
    const starts = this.#starts;
    const span = this.#span;
    for (let id = 2; id < count; id += 1) {
      if ((lettersOf[id]! & letters) !== letters || (pairsOf[id]! & pairs) !== pairs) continue;
      foldedSpan(names.bytes, offsets[id]!, span);
      if (!placedIn(names.bytes, span.start, span.end, part)) continue;
      bits[id]! |= bit;
      if (place === 'start') starts[id]! |= bit;
    }
  }

  #findFuzzy(part: PlannedPart, names: NameViews): void {
    const word = new FuzzyWord(part);
    const { count, bytes } = names;
    const span = this.#span;
    const { letters, pairs, initials, offsets } = names;
    const { fuzzyBit } = part;
    const bits = this.bits;
    for (let id = 2; id < count; id += 1) {
      if (bits[id]! & fuzzyBit) continue;
      if (!word.mayMatch(letters[id]!, pairs[id]!, initials[id]!)) continue;
      foldedSpan(bytes, offsets[id]!, span);
      if (word.matches(bytes, span.start, span.end)) bits[id]! |= fuzzyBit;
    }
  }

  #markDotNames(names: NameViews, hidden: number): void {
    const { count, heads } = names;
    for (let id = 2; id < count; id += 1) if (heads[id]! >>> 24 === 0x2e) this.bits[id]! |= hidden;
  }

  #rank(plan: SearchPlan, names: NameViews): void {
    const { lasts, wanted, tail } = plan;
    const { count, bytes } = names;
    const { heads, offsets } = names;
    const all = lasts | wanted;
    const bits = this.bits;
    const starts = this.#starts;
    let union = 0;
    const span = this.#span;
    // Nearly every name that does not begin like the query is told by its first bytes.
    const mask = tail.length >= 4 ? -1 : ~(-1 >>> (8 * tail.length));
    const head = headOf(tail, 0, tail.length) & mask;
    for (let id = 2; id < count; id += 1) {
      const has = bits[id]! & all;
      if (has === 0) continue;
      union |= has;
      let rank: number = RANK.hasSome;
      if ((has & lasts) === lasts || (has & wanted) === wanted) {
        rank = (starts[id]! & lasts) === lasts ? RANK.wordStarts : RANK.hasAll;
        if (tail.length > 0 && (heads[id]! & mask) === head) {
          foldedSpan(bytes, offsets[id]!, span);
          const size = span.end - span.start;
          if (size >= tail.length && standsAt(bytes, span.start, tail)) {
            rank = size === tail.length ? RANK.equal : RANK.starts;
          }
        }
      }
      bits[id] = (bits[id]! & ~(-1 << RANK_SHIFT)) | (rank << RANK_SHIFT);
    }
    this.union = union;
  }
}

function isLatin(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

/** Whether a folded name has a part of a query where it must stand. */
export function placedIn(
  bytes: Uint8Array,
  start: number,
  end: number,
  { place, bytes: word }: PlannedPart,
): boolean {
  if (place === 'within') return findIn(bytes, start, end, word) !== 0;
  const size = end - start;
  if (size < word.length || (place === 'whole' && size !== word.length)) return false;
  return standsAt(bytes, place === 'end' ? end - word.length : start, word);
}

function findIn(bytes: Uint8Array, start: number, end: number, word: Uint8Array): number {
  const first = word[0]!;
  const { length } = word;
  let found = 0;
  for (let at = start; at <= end - length; at += 1) {
    if (bytes[at] !== first) continue;
    let same = 1;
    while (same < length && bytes[at + same] === word[same]) same += 1;
    if (same < length) continue;
    found = FOUND;
    if (beginsWord(at === start ? -1 : bytes[at - 1]!, first)) return FOUND_AT_START;
  }
  return found;
}

function standsAt(bytes: Uint8Array, start: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i += 1) if (bytes[start + i] !== word[i]) return false;
  return true;
}
