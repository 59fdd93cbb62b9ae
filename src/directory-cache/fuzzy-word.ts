import { beginsWord, letterBit, morePairBit, pairBit, pairClass } from './name-signature.ts';
import type { PlannedPart } from './search-plan.ts';

/** Code points of a word in which a typing error is forgiven, at least and at most. */
const LEAST_FOR_ERROR = 4;
const MOST = 30;
const ASCII = 128;
const WITH_ERROR = 1;
const ABBREVIATED = 2;
/** All bits: a pair that nothing is known of. */
const ANY = -1;

/**
 * Tells whether a name has something like a word: the word with one typing error (a letter wrong, missing,
 * too many, or two neighbours swapped; the first letter must be right), or an abbreviation (each letter
 * stands right behind the one before it, or begins a later word of the name).
 */
export class FuzzyWord {
  readonly #masks = new Int32Array(ASCII);
  readonly #otherMasks = new Map<number, number>();
  readonly #done: number;
  readonly #forgives: boolean;
  readonly #abbreviates: boolean;
  readonly #bytes: Uint8Array;
  /** For each byte of the word where its symbol begins. */
  readonly #symbolAt: Int32Array;
  /** For each pair of neighbours the bit it has in `pairs` or in `morePairs`; ANY where not ASCII. */
  readonly #pairs: Int32Array;
  readonly #morePairs: Int32Array;
  /** For each three pairs those that are there instead if the two letters in the middle are swapped. */
  readonly #swapped: Int32Array;
  readonly #moreSwapped: Int32Array;
  /** For each letter its bit; 0 where it is not ASCII. */
  readonly #letters: Int32Array;
  readonly #first: number;
  /** Of those that are ASCII. */
  readonly #allLetters: number;

  constructor(part: PlannedPart) {
    const { symbols, bytes } = part;
    symbols.forEach((symbol, i) => {
      if (symbol < ASCII) this.#masks[symbol]! |= 1 << i;
      else this.#otherMasks.set(symbol, (this.#otherMasks.get(symbol) ?? 0) | (1 << i));
    });
    this.#done = 1 << (symbols.length - 1);
    this.#forgives = symbols.length >= LEAST_FOR_ERROR && symbols.length <= MOST;
    this.#abbreviates = symbols.length > 1 && symbols.length <= MOST;
    this.#bytes = bytes;
    this.#symbolAt = symbolStarts(bytes);
    const pairs = symbols.slice(1).map((symbol, i) => pairOf(symbols[i]!, symbol));
    this.#pairs = Int32Array.from(pairs, (pair) => (pair < 0 ? ANY : pairBit(pair)));
    this.#morePairs = Int32Array.from(pairs, (pair) => (pair < 0 ? ANY : morePairBit(pair)));
    const swaps = pairs.slice(2).map((_, i) => swappedPairs(symbols, i));
    this.#swapped = Int32Array.from(swaps, (each) => allBits(each, pairBit));
    this.#moreSwapped = Int32Array.from(swaps, (each) => allBits(each, morePairBit));
    this.#letters = Int32Array.from(symbols, (each) => (each < ASCII ? letterBit(each) : 0));
    this.#first = letterBit(bytes[0]!);
    this.#allLetters = this.#letters.reduce((all, each) => all | each, 0);
  }

  /** How a name with this signature may match, for `matches`; 0: it need not be read. */
  mayMatch(letters: number, pairs: number, morePairs: number, initials: number): number {
    if ((letters & this.#first) === 0) return 0;
    // An error takes one letter away at most, an abbreviation none.
    const missing = this.#allLetters & ~letters;
    if ((missing & (missing - 1)) !== 0) return 0;
    const forgives = this.#forgives && this.#mayForgive(missing, pairs, morePairs);
    const abbreviates =
      this.#abbreviates &&
      missing === 0 &&
      (initials & this.#first) !== 0 &&
      this.#mayAbbreviate(pairs, morePairs, initials);
    return (forgives ? WITH_ERROR : 0) | (abbreviates ? ABBREVIATED : 0);
  }

  /** @param how what `mayMatch` gave, where it was asked */
  matches(bytes: Uint8Array, start: number, end: number, how = WITH_ERROR | ABBREVIATED): boolean {
    return (
      (this.#forgives && (how & WITH_ERROR) !== 0 && this.#matchesWithError(bytes, start, end)) ||
      (this.#abbreviates &&
        (how & ABBREVIATED) !== 0 &&
        this.#matchesAbbreviation(bytes, start, end))
    );
  }

  /**
   * A wrong letter breaks the pair before it and the one behind it; one that is missing or too many breaks no
   * others, and two that are swapped break three, but take no letter away.
   */
  #mayForgive(missing: number, pairs: number, morePairs: number): boolean {
    const low = this.#pairs;
    const high = this.#morePairs;
    let first = -1;
    let last = -1;
    for (let i = 0; i < low.length; i += 1) {
      if ((pairs & low[i]!) !== 0 || (morePairs & high[i]!) !== 0) continue;
      if (low[i] === ANY) continue;
      if (first === -1) first = i;
      else if (i > first + 2) return false;
      last = i;
    }
    if (first === -1) return true;
    if (last === first + 2) {
      const [swapped, moreSwapped] = [this.#swapped[first]!, this.#moreSwapped[first]!];
      if ((pairs & swapped) !== swapped || (morePairs & moreSwapped) !== moreSwapped) return false;
    }
    if (missing === 0) return true;
    if (last === first + 2) return false;
    // The letter between two broken pairs is wrong, or one of the two of the only one.
    const wrong = this.#letters[last]! | (last === first ? this.#letters[last + 1]! : 0);
    return (missing & ~wrong) === 0;
  }

  /** Each letter but the first begins a word, or stands behind the one before it. */
  #mayAbbreviate(pairs: number, morePairs: number, initials: number): boolean {
    const low = this.#pairs;
    const high = this.#morePairs;
    for (let i = 0; i < low.length; i += 1) {
      if ((pairs & low[i]!) !== 0 || (morePairs & high[i]!) !== 0 || low[i] === ANY) continue;
      if ((initials & this.#letters[i + 1]!) === 0) return false;
    }
    return true;
  }

  #matchesWithError(bytes: Uint8Array, start: number, end: number): boolean {
    const word = this.#bytes;
    const first = word[0]!;
    for (let at = start; at < end; at += 1) {
      if (bytes[at] === first && this.#begins(bytes, at, end)) return true;
    }
    return false;
  }

  /**
   * Whether the word stands at a place with one error at most. An error before the first difference could as
   * well be at it (in `aab` for `ab` either `a` is too many), so that this is the only place to try.
   */
  #begins(bytes: Uint8Array, at: number, end: number): boolean {
    const word = this.#bytes;
    const { length } = word;
    let same = 1;
    while (same < length && at + same < end && bytes[at + same] === word[same]) same += 1;
    if (same === length) return true;
    const wrong = this.#symbolAt[same]!;
    // The first letter, of however many bytes, must be right.
    if (wrong === 0) return false;
    const next = wrong + symbolLength(word[wrong]!);
    if (next === length) return true;
    const here = at + wrong;
    if (this.#standsAt(bytes, here, end, next)) return true;
    if (here >= end) return false;
    const behind = here + symbolLength(bytes[here]!);
    if (this.#standsAt(bytes, behind, end, next)) return true;
    if (this.#standsAt(bytes, behind, end, wrong)) return true;
    const afterNext = next + symbolLength(word[next]!);
    return (
      this.#symbolStandsAt(bytes, here, end, next) &&
      this.#symbolStandsAt(bytes, behind, end, wrong) &&
      this.#standsAt(bytes, behind + (next - wrong), end, afterNext)
    );
  }

  /** Whether what is left of the word from a byte on stands at a place. */
  #standsAt(bytes: Uint8Array, at: number, end: number, from: number): boolean {
    const word = this.#bytes;
    const { length } = word;
    if (end - at < length - from) return false;
    for (let i = from; i < length; i += 1) if (bytes[at + i - from] !== word[i]) return false;
    return true;
  }

  #symbolStandsAt(bytes: Uint8Array, at: number, end: number, from: number): boolean {
    const word = this.#bytes;
    const length = symbolLength(word[from]!);
    if (end - at < length) return false;
    for (let i = 0; i < length; i += 1) if (bytes[at + i] !== word[from + i]) return false;
    return true;
  }

  /** Shift-and with bits for the prefixes of the word that were matched, after Wu and Manber 1992. */
  #matchesAbbreviation(bytes: Uint8Array, start: number, end: number): boolean {
    const done = this.#done;
    /** Prefixes whose last letter is the symbol before, and those matched anywhere. */
    let running = 0;
    let reached = 0;
    let previous = -1;
    for (let at = start; at < end; at += symbolLength(bytes[at]!)) {
      const mask = this.#maskAt(bytes, at);
      const byte = bytes[at]!;
      let next = (running << 1) & mask;
      if (beginsWord(previous, byte)) next |= ((reached << 1) | 1) & mask;
      running = next;
      reached |= next;
      previous = byte;
      if (reached & done) return true;
    }
    return false;
  }

  #maskAt(bytes: Uint8Array, at: number): number {
    const first = bytes[at]!;
    if (first < ASCII) return this.#masks[first]!;
    const length = symbolLength(first);
    let symbol = first & (0x7f >> length);
    for (let i = 1; i < length; i += 1) symbol = (symbol << 6) | (bytes[at + i]! & 0x3f);
    return this.#otherMasks.get(symbol) ?? 0;
  }
}

function symbolLength(first: number): number {
  if (first < ASCII) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

/** For each byte of a word where its symbol begins. */
function symbolStarts(bytes: Uint8Array): Int32Array {
  const starts = new Int32Array(bytes.length);
  for (let start = 0; start < bytes.length;) {
    const end = start + symbolLength(bytes[start]!);
    starts.fill(start, start, end);
    start = end;
  }
  return starts;
}

/** -1 where one of the two is not ASCII, and thus more than a byte. */
function pairOf(first: number, second: number): number {
  return first < ASCII && second < ASCII ? pairClass(first, second) : -1;
}

/** The pairs of four letters from a place on, whose middle ones are swapped. */
function swappedPairs(symbols: readonly number[], at: number): number[] {
  const [a, b, c, d] = symbols.slice(at, at + 4) as [number, number, number, number];
  return [pairOf(a, c), pairOf(c, b), pairOf(b, d)].filter((pair) => pair >= 0);
}

function allBits(pairs: readonly number[], bitOf: (pair: number) => number): number {
  return pairs.reduce((bits, pair) => bits | bitOf(pair), 0);
}
