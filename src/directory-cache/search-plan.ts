import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { fold } from './fold.ts';
import { letterBit, morePairBit, pairBit, pairClass } from './name-signature.ts';
import { encodeWtf8 } from './wtf8.ts';

/** How a part of a word must stand in a name. */
export type PartPlace = 'within' | 'end' | 'whole' | 'start';

/** A word of a query, or what stands between its separators; nothing of it is empty. */
export interface PlannedPart {
  readonly place: PartPlace;
  readonly bytes: Uint8Array;
  /** Code points. */
  readonly symbols: readonly number[];
  /** What a name must have to be read at all. */
  readonly letters: number;
  readonly pairs: number;
  readonly morePairs: number;
  /** What a name gets that has it so. */
  readonly bit: number;
  /** What a name gets that has something like it; 0: nothing, only the exact counts. */
  readonly fuzzyBit: number;
  /** Whether it is the last of its word, so that the rank of the name depends on it. */
  readonly last: boolean;
}

/** A query, ready to be held against names. Each entry has a state of bits, which its children inherit. */
export interface SearchPlan {
  readonly parts: readonly PlannedPart[];
  /** What every name has: empty parts stand everywhere. */
  readonly everyName: number;
  /** What the root has, whose name is empty. */
  readonly rootName: number;
  /** Bits taken from the name as they are. */
  readonly direct: number;
  /** Bits that a name only gives where the parent has the bit before. */
  readonly continued: number;
  /** Bits that go on to all below. */
  readonly sticky: number;
  /** Bits that an entry must have to be found, and to be found without anything being fuzzy. */
  readonly wanted: number;
  readonly exact: number;
  /** Bits of the last parts of all words. */
  readonly lasts: number;
  /** What the name of a perfect match is. */
  readonly tail: Uint8Array;
}

/**
 * Cuts a query into words at white space, and words into parts at `/` or `\`; gives undefined where it has
 * no word. Throws `invalid_argument` where it is too long, or has too many words and separators.
 */
export function planSearch(query: string, fuzzy: boolean): SearchPlan | undefined {
  if (query.length > DEFAULTS.searchQueryUnits) {
    throw new TidewatchError(
      'invalid_argument',
      `a query has ${query.length} characters, too many`,
    );
  }
  const text = fold(query).replaceAll('\\', '/').trim().replaceAll(/\s+/gu, ' ');
  if (text === '') return undefined;
  const plan = {
    ...{ parts: [] as PlannedPart[], everyName: 0, rootName: 0, direct: 0, continued: 0 },
    ...{ sticky: 0, wanted: 0, exact: 0, lasts: 0 },
    tail: encoded(text.slice(text.lastIndexOf('/') + 1)),
  };
  let bits = 0;
  const nextBit = (): number => {
    if (bits === DEFAULTS.searchParts) {
      throw new TidewatchError('invalid_argument', 'a query has too many words and separators');
    }
    bits += 1;
    return 1 << (bits - 1);
  };
  for (const word of new Set(text.split(' '))) {
    const texts = word.split('/');
    texts.forEach((part, i) => {
      const bit = nextBit();
      const last = i === texts.length - 1;
      if (i === 0) plan.direct |= bit;
      else plan.continued |= bit;
      if (part === '') {
        if (i === 0 || last) plan.everyName |= bit;
        if (i === 0) plan.rootName |= bit;
      }
      let fuzzyBit = 0;
      if (last) {
        const may = fuzzy && texts.length === 1 && part.length > 1;
        fuzzyBit = may ? nextBit() : 0;
        plan.direct |= fuzzyBit;
        plan.sticky |= bit | fuzzyBit;
        plan.wanted |= may ? fuzzyBit : bit;
        plan.exact |= bit;
        plan.lasts |= bit;
      }
      if (part !== '') plan.parts.push(plannedPart(part, placeOf(i, texts.length), bit, fuzzyBit));
    });
  }
  return plan;
}

function placeOf(index: number, count: number): PartPlace {
  if (count === 1) return 'within';
  if (index === 0) return 'end';
  return index === count - 1 ? 'start' : 'whole';
}

function plannedPart(text: string, place: PartPlace, bit: number, fuzzyBit: number): PlannedPart {
  const bytes = encoded(text);
  let letters = 0;
  let pairs = 0;
  let morePairs = 0;
  bytes.forEach((byte, i) => {
    letters |= letterBit(byte);
    if (i === 0) return;
    const pair = pairClass(bytes[i - 1]!, byte);
    pairs |= pairBit(pair);
    morePairs |= morePairBit(pair);
  });
  const symbols = Array.from(text, (char) => char.codePointAt(0)!);
  const last = place === 'within' || place === 'start';
  return { place, bytes, symbols, letters, pairs, morePairs, bit, fuzzyBit, last };
}

function encoded(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  return bytes.slice(0, encodeWtf8(text, bytes));
}
