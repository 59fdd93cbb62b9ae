import { IS_FILE, IS_HIDDEN, IS_SYSTEM } from './entry.ts';
import type { SearchFilter } from './search-filter.ts';

// Beside the bits of the plan a name has its rank, and these.
/** Its leading dot is why it is not to be found, nor what is below it. */
export const HIDDEN = 1 << 20;
/** No name: its entry was removed. */
export const REMOVED = 1 << 21;
export const RANK_SHIFT = 22;

/** So much later rank entries that have a word only nearly. */
export const FUZZY = 6;
export const TIERS = 2 * FUZZY;

/** What an entry is worth stands above its state: TIERS for the best tier, 1 for the last, 0: not found. */
export const WORTH_SHIFT = 8;

/** -1 where any bit is set, else 0. */
export function allIfAny(bits: number): number {
  return (bits | -bits) >> 31;
}

/** Attributes of entries that are not to be found, nor what is below them. */
export function excludedBits({ hidden, files }: SearchFilter): number {
  return (hidden ? 0 : IS_HIDDEN | IS_SYSTEM) | (files ? 0 : IS_FILE);
}
