import { beginsWord, letterBit, pairBit } from './name-signature.ts';
import type { PlannedPart } from './search-plan.ts';

/** Code points of a word in which a typing error is forgiven, at least and at most. */
const LEAST_FOR_ERROR = 4;
const MOST = 30;
const ASCII = 128;

/**
 * Tells whether a name has something like a word: the word with one typing error (a letter wrong, missing,
 * too many, or two neighbours swapped; the first letter must be right), or an abbreviation (each letter
 * stands right behind the one before it, or begins a later word of the name). Shift-and with bits for the
 * prefixes of the word that were matched, after Wu and Manber 1992.
 */
export class FuzzyWord {
  readonly #masks = new Int32Array(ASCII);
  readonly #otherMasks = new Map<number, number>();
  readonly #done: number;
  readonly #forgives: boolean;
  readonly #abbreviates: boolean;
  /** For each place of an error what a name must have all the same: letters and pairs in turn. */
  readonly #needed: Int32Array;
  readonly #first: number;
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
    this.#needed = neededInSpiteOfError(symbols);
    this.#first = letterBit(bytes[0]!);
    this.#allLetters = part.letters;
  }

  /** Whether a name with this signature needs to be read. */
  mayMatch(letters: number, pairs: number, initials: number): boolean {
    if ((letters & this.#first) === 0) return false;
    if (this.#forgives) {
      const needed = this.#needed;
      for (let i = 0; i < needed.length; i += 2) {
        if ((letters & needed[i]!) === needed[i] && (pairs & needed[i + 1]!) === needed[i + 1]) {
          return true;
        }
      }
    }
    return (
      this.#abbreviates &&
      (initials & this.#first) !== 0 &&
      (this.#allLetters & letters) === this.#allLetters
    );
  }

  matches(bytes: Uint8Array, start: number, end: number): boolean {
    return (
      (this.#forgives && this.#matchesWithError(bytes, start, end)) ||
      (this.#abbreviates && this.#matchesAbbreviation(bytes, start, end))
    );
  }

  #matchesWithError(bytes: Uint8Array, start: number, end: number): boolean {
    const done = this.#done;
    /** Prefixes matched without an error: now, and one symbol before. */
    let clean = 0;
    let cleanBefore = 0;
    let faulty = 0;
    let previous = 0;
    for (let at = start; at < end; at += symbolLength(bytes[at]!)) {
      const mask = this.#maskAt(bytes, at);
      // Nothing begun, and nothing begins here: most letters of most names.
      if ((clean | faulty) === 0 && (mask & 1) === 0) {
        previous = mask;
        continue;
      }
      const next = ((clean << 1) | 1) & mask;
      const swapped = (((cleanBefore << 1) & mask) << 1) & previous;
      faulty = ((faulty << 1) & mask) | clean | (clean << 1) | (next << 1) | swapped;
      cleanBefore = clean;
      clean = next;
      previous = mask;
      if ((clean | faulty) & done) return true;
    }
    return false;
  }

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

/**
 * What is left of the letters and pairs of a word, for each place of a letter that is wrong (which covers one
 * that is missing or too many) and for each two neighbours that are swapped. Only ASCII counts: others are
 * more than a byte each.
 */
function neededInSpiteOfError(symbols: readonly number[]): Int32Array {
  const needed: number[] = [];
  for (let wrong = 1; wrong < symbols.length; wrong += 1) {
    needed.push(...lettersAndPairs(symbols.with(wrong, -1)));
    if (wrong === symbols.length - 1) continue;
    const swapped = symbols.with(wrong, symbols[wrong + 1]!).with(wrong + 1, symbols[wrong]!);
    needed.push(...lettersAndPairs(swapped));
  }
  return Int32Array.from(needed);
}

function lettersAndPairs(symbols: readonly number[]): [number, number] {
  let letters = 0;
  let pairs = 0;
  symbols.forEach((symbol, i) => {
    if (symbol < 0 || symbol >= ASCII) return;
    letters |= letterBit(symbol);
    const before = symbols[i - 1] ?? -1;
    if (before >= 0 && before < ASCII) pairs |= pairBit(before, symbol);
  });
  return [letters, pairs];
}
