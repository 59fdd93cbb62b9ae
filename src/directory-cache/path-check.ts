import { fold } from './fold.ts';
import { FuzzyWord } from './fuzzy-word.ts';
import { placedIn } from './name-matches.ts';
import type { PlannedPart, SearchPlan } from './search-plan.ts';
import { encodeWtf8 } from './wtf8.ts';

/** Holds single paths against a query: what a search found may have changed since. */
export class PathCheck {
  readonly #plan: SearchPlan;
  readonly #fuzzy = new Map<PlannedPart, FuzzyWord>();

  constructor(plan: SearchPlan) {
    this.#plan = plan;
    for (const part of plan.parts) {
      if (part.fuzzyBit !== 0) this.#fuzzy.set(part, new FuzzyWord(part));
    }
  }

  /** @param names from the root down */
  matches(names: readonly string[]): boolean {
    const plan = this.#plan;
    let state = plan.rootName;
    for (const name of names) {
      const has = this.#bitsOf(name);
      state = (state & plan.sticky) | (has & plan.direct) | ((state << 1) & has & plan.continued);
    }
    return (state & plan.wanted) === plan.wanted;
  }

  #bitsOf(name: string): number {
    const folded = fold(name);
    const bytes = new Uint8Array(folded.length * 3);
    const length = encodeWtf8(folded, bytes);
    let bits = this.#plan.everyName;
    for (const part of this.#plan.parts) {
      if (placedIn(bytes, 0, length, part)) bits |= part.bit | part.fuzzyBit;
      else if (this.#fuzzy.get(part)?.matches(bytes, 0, length)) bits |= part.fuzzyBit;
    }
    return bits;
  }
}
