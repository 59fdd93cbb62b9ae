import { DEFAULTS } from '../defaults.ts';
import { beginsWord, headOf, letterBit } from './name-signature.ts';
import { foldedSpan } from './name-store.ts';
import { FIRST_NAME, FREE_NAME } from './name-table.ts';
import type { NameSpan } from './name-store.ts';
import { FuzzyWord } from './fuzzy-word.ts';
import { HIDDEN, RANK_SHIFT, REMOVED, allIfAny } from './search-bits.ts';
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

/** Hidden, removed and the rank stand above what parts of a query set. */
const PART_BITS = (1 << DEFAULTS.searchParts) - 1;
const DOT = 0x2e;
/** Plans with more bits are not worth a table of all that a name may have of them. */
const MOST_CLASS_BITS = 8;
const MOST_CLASSES = 256;
const DOTTED = 1;

/** What each name has of a query: the bits of the plan, and a rank. */
export class NameMatches {
  bits = new Int32Array(0);
  /** For each name which of `values` its bits are; only where they are few. */
  classes = new Uint8Array(0);
  values: number[] = [];
  classified = false;
  /** What any name has. */
  union = 0;
  /** Which parts begin a word of a name; only written for names that have anything. */
  #starts = new Int32Array(0);
  /** Names that have anything, in the order in which that was found. */
  #touched = new Int32Array(0);
  #touchedCount = 0;
  /** A name that has any of these is among the touched. */
  #touchedBits = 0;
  readonly #span: NameSpan = { start: 0, end: 0 };

  /** @param hidden the bit that names with a leading dot get; 0: none */
  compute(plan: SearchPlan, names: NameViews, hidden: number): void {
    if (this.bits.length < names.count) {
      const size = names.count + (names.count >> 3) + 1;
      this.bits = new Int32Array(size);
      this.classes = new Uint8Array(size);
      this.#starts = new Int32Array(size);
      this.#touched = new Int32Array(size);
    }
    this.#begin(plan, names, hidden);
    for (const part of plan.parts) {
      if (part.place !== 'within') this.#findPlaced(part, names);
      else if (part.bytes.length === 1 && isLatin(part.bytes[0]!)) this.#findLetter(part, names);
      else this.#findWithin(part, names);
      if (part.fuzzyBit !== 0) this.#findFuzzy(part, names);
    }
    this.#rank(plan, names);
  }

  /** What every name has, and names with a leading dot. Without branches: many names pass here. */
  #begin(plan: SearchPlan, { count, heads }: NameViews, hidden: number): void {
    const { bits, classes } = this;
    const common = plan.everyName | (RANK.hasNone << RANK_SHIFT);
    const dotted = hidden === 0 ? 0 : DOTTED;
    for (let id = 0; id < count; id += 1) {
      const dot = (((heads[id]! >>> 24) ^ DOT) - 1) >> 31;
      bits[id] = common | (dot & hidden);
      classes[id] = dot & dotted;
    }
    this.values = [common, common | HIDDEN, REMOVED];
    bits[FREE_NAME] = REMOVED;
    classes[FREE_NAME] = this.values.length - 1;
    this.#touchedCount = 0;
    this.#touchedBits = PART_BITS & ~plan.everyName;
    if ((plan.everyName & (plan.lasts | plan.wanted)) === 0) return;
    this.#touchedBits = PART_BITS;
    for (let id = FIRST_NAME; id < count; id += 1) this.#touched[id - FIRST_NAME] = id;
    this.#starts.fill(0, 0, count);
    this.#touchedCount = Math.max(0, count - FIRST_NAME);
  }

  /**
   * A Latin letter has a bit of its own, so no name needs to be read. Half of all names may have it: a branch
   * would be guessed wrong as often as right.
   */
  #findLetter({ letters, bit, fuzzyBit }: PlannedPart, names: NameViews): void {
    const { count, initials } = names;
    const lettersOf = names.letters;
    const { bits } = this;
    const starts = this.#starts;
    const touched = this.#touched;
    const touchedBits = this.#touchedBits;
    const both = bit | fuzzyBit;
    let found = this.#touchedCount;
    for (let id = FIRST_NAME; id < count; id += 1) {
      const has = allIfAny(lettersOf[id]! & letters);
      const before = bits[id]!;
      const known = allIfAny(before & touchedBits);
      bits[id] = before | (has & both);
      starts[id] = (starts[id]! & known) | (allIfAny(initials[id]! & letters) & bit);
      touched[found] = id;
      found += has & ~known & 1;
    }
    this.#touchedCount = found;
  }

  #findWithin(part: PlannedPart, names: NameViews): void {
    const { letters, pairs, morePairs, bit, fuzzyBit } = part;
    const { count, bytes, offsets, initials } = names;
    const lettersOf = names.letters;
    const pairsOf = names.pairs;
    const morePairsOf = names.morePairs;
    const word = part.bytes;
    const first = letterBit(word[0]!);
    const span = this.#span;
    for (let id = FIRST_NAME; id < count; id += 1) {
      if ((lettersOf[id]! & letters) !== letters || (pairsOf[id]! & pairs) !== pairs) continue;
      if ((morePairsOf[id]! & morePairs) !== morePairs) continue;
      foldedSpan(bytes, offsets[id]!, span);
      const mayStart = (initials[id]! & first) !== 0;
      const found = findIn(bytes, span.start, span.end, word, mayStart);
      if (found !== 0) this.#add(id, bit | fuzzyBit, found === FOUND_AT_START ? bit : 0);
    }
  }

  #findPlaced(part: PlannedPart, names: NameViews): void {
    const { letters, pairs, morePairs, bit, place } = part;
    const { count, offsets } = names;
    const lettersOf = names.letters;
    const pairsOf = names.pairs;
    const morePairsOf = names.morePairs;
    const span = this.#span;
    for (let id = FIRST_NAME; id < count; id += 1) {
      if ((lettersOf[id]! & letters) !== letters || (pairsOf[id]! & pairs) !== pairs) continue;
      if ((morePairsOf[id]! & morePairs) !== morePairs) continue;
      foldedSpan(names.bytes, offsets[id]!, span);
      if (!placedIn(names.bytes, span.start, span.end, part)) continue;
      this.#add(id, bit, place === 'start' ? bit : 0);
    }
  }

  #findFuzzy(part: PlannedPart, names: NameViews): void {
    const word = new FuzzyWord(part);
    const { count, bytes } = names;
    const span = this.#span;
    const { letters, pairs, morePairs, initials, offsets } = names;
    const { fuzzyBit } = part;
    const { bits } = this;
    for (let id = FIRST_NAME; id < count; id += 1) {
      const how = word.mayMatch(letters[id]!, pairs[id]!, morePairs[id]!, initials[id]!);
      if (how === 0) continue;
      if (bits[id]! & fuzzyBit) continue;
      foldedSpan(bytes, offsets[id]!, span);
      if (word.matches(bytes, span.start, span.end, how)) this.#add(id, fuzzyBit, 0);
    }
  }

  #add(id: number, bits: number, starts: number): void {
    const before = this.bits[id]!;
    this.bits[id] = before | bits;
    if (before & this.#touchedBits) {
      this.#starts[id]! |= starts;
      return;
    }
    this.#starts[id] = starts;
    this.#touched[this.#touchedCount] = id;
    this.#touchedCount += 1;
  }

  /** Gives each name its rank, and a byte for all that it has. */
  #rank(plan: SearchPlan, names: NameViews): void {
    const { lasts, wanted, tail } = plan;
    const { bytes, heads, offsets } = names;
    const all = lasts | wanted;
    const { bits, classes, values } = this;
    const starts = this.#starts;
    const touched = this.#touched;
    const end = this.#touchedCount;
    const used = 32 - Math.clz32(plan.direct | plan.continued | plan.sticky);
    const classBits = used <= MOST_CLASS_BITS ? (1 << used) - 1 : 0;
    // Above the bits of the plan stand hidden, removed, and three bits of the rank.
    const known = new Uint8Array((classBits + 1) << 5);
    let union = 0;
    const span = this.#span;
    // Nearly every name that does not begin like the query is told by its first bytes.
    const mask = tail.length >= 4 ? -1 : ~(-1 >>> (8 * tail.length));
    const head = headOf(tail, 0, tail.length) & mask;
    // Those that go on behind it within these bytes begin with it and are not it.
    const longer = tail.length >= 4 ? 0 : 0xff << (24 - 8 * tail.length);
    for (let at = 0; at < end; at += 1) {
      const id = touched[at]!;
      const before = bits[id]!;
      const has = before & all;
      union |= has;
      const complete = ~allIfAny((has & lasts) ^ lasts) | ~allIfAny((has & wanted) ^ wanted);
      const begun = ~allIfAny((starts[id]! & lasts) ^ lasts) & complete;
      // One better for each: it has some, all, and all at the beginning of words.
      let rank = RANK.hasNone + allIfAny(has) + complete + begun;
      if (complete !== 0 && tail.length > 0 && (heads[id]! & mask) === head) {
        if ((heads[id]! & longer) !== 0) {
          rank = RANK.starts;
        } else {
          foldedSpan(bytes, offsets[id]!, span);
          const size = span.end - span.start;
          if (size >= tail.length && standsAt(bytes, span.start, tail)) {
            rank = size === tail.length ? RANK.equal : RANK.starts;
          }
        }
      }
      const value = (before & ~(-1 << RANK_SHIFT)) | (rank << RANK_SHIFT);
      bits[id] = value;
      const place = ((value & classBits) << 5) | (value >> DEFAULTS.searchParts);
      if (known[place] === 0) known[place] = values.push(value) - 1;
      classes[id] = known[place]!;
    }
    this.union = union;
    this.classified = classBits !== 0 && values.length <= MOST_CLASSES;
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
  if (place === 'within') return findIn(bytes, start, end, word, false) !== 0;
  const size = end - start;
  if (size < word.length || (place === 'whole' && size !== word.length)) return false;
  return standsAt(bytes, place === 'end' ? end - word.length : start, word);
}

/** @param mayStart whether a word of the name may begin with it; else the first place is as good as any */
function findIn(
  bytes: Uint8Array,
  start: number,
  end: number,
  word: Uint8Array,
  mayStart: boolean,
): number {
  const first = word[0]!;
  const { length } = word;
  let found = 0;
  for (let at = start; at <= end - length; at += 1) {
    if (bytes[at] !== first) continue;
    let same = 1;
    while (same < length && bytes[at + same] === word[same]) same += 1;
    if (same < length) continue;
    found = FOUND;
    if (!mayStart) break;
    if (beginsWord(at === start ? -1 : bytes[at - 1]!, first)) return FOUND_AT_START;
  }
  return found;
}

function standsAt(bytes: Uint8Array, start: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i += 1) if (bytes[start + i] !== word[i]) return false;
  return true;
}
