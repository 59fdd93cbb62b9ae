import { ID_BITS } from './entry.ts';
import { HIDDEN, RANK_SHIFT, REMOVED, FUZZY, TIERS, WORTH_SHIFT } from './search-bits.ts';
import type { PassInput, SearchPass } from './search-pass.ts';
import type { SearchPlan } from './search-plan.ts';

const BYTE = 0xff;
const FLAG_SHIFT = 28;
/** Larger tables take longer to make than they save. */
const MOST_STEPS = 16_384;
const ALIVE = 0xffff;

/** Made once: a table of 128 KB. */
const table = new Uint16Array((BYTE + 1) * (BYTE + 1));

/**
 * The pass for nearly all queries. Few names differ in what they have of a query, and few paths: both are a
 * byte, and a table tells from the state of the parent and the class of the name what the entry is. State 0
 * is that of entries that are not to be found, whatever they are called.
 */
export class TablePass implements SearchPass {
  readonly #input: PassInput;
  /** What is left of an entry with such flags. */
  readonly #flags: Uint16Array;

  private constructor(input: PassInput) {
    this.#input = input;
    this.#flags = Uint16Array.from({ length: 16 }, (_, flags) =>
      ((flags << FLAG_SHIFT) & input.excluded) === 0 ? ALIVE : 0,
    );
  }

  /** Undefined where the query is too manifold for bytes. */
  static of(input: PassInput): TablePass | undefined {
    const { plan, names } = input;
    if (!names.classified) return undefined;
    return fillTable(plan, names.values) ? new TablePass(input) : undefined;
  }

  begin(): void {
    this.#input.worths[0] = 1;
  }

  tell(id: number): void {
    const { tree, names, worths } = this.#input;
    const bits = tree.name[id]!;
    const state = worths[tree.parent[id]! & ID_BITS]! & BYTE;
    const step = table[(state << 8) | (names.classes[bits & ID_BITS] ?? 0)]!;
    worths[id] = step & this.#flags[bits >>> FLAG_SHIFT]!;
  }

  rule(id: number): void {
    this.#input.worths[id] = 0;
  }

  run(): void {
    const { tree, names, worths } = this.#input;
    const { parent, name, nodes } = tree;
    const { classes } = names;
    const flags = this.#flags;
    const steps = table;
    for (let id = 1; id < nodes; id += 1) {
      const bits = name[id]!;
      const state = worths[parent[id]! & ID_BITS]! & BYTE;
      worths[id] = steps[(state << 8) | classes[bits & ID_BITS]!]! & flags[bits >>> FLAG_SHIFT]!;
    }
  }
}

/** False where there are more states than a byte tells apart, or more steps than are worth while. */
function fillTable(plan: SearchPlan, values: readonly number[]): boolean {
  const numbers = new Map<number, number>([[plan.rootName, 1]]);
  const states = [plan.rootName];
  table.fill(0, 0, 1 << 8);
  for (let at = 0; at < states.length; at += 1) {
    if (states.length > BYTE || states.length * values.length > MOST_STEPS) return false;
    const state = states[at]!;
    for (const [each, has] of values.entries()) {
      const place = ((at + 1) << 8) | each;
      table[place] = 0;
      if (has & (HIDDEN | REMOVED)) continue;
      const next =
        (state & plan.sticky) | (has & plan.direct) | ((state << 1) & has & plan.continued);
      let number = numbers.get(next);
      if (number === undefined) {
        number = states.push(next);
        numbers.set(next, number);
      }
      table[place] = (number & BYTE) | (worthOf(plan, next, has >> RANK_SHIFT) << WORTH_SHIFT);
    }
  }
  return true;
}

/** @param rank of the name of the entry */
export function worthOf({ wanted, exact }: SearchPlan, state: number, rank: number): number {
  if ((state & wanted) !== wanted) return 0;
  return TIERS - rank - ((state & exact) === exact ? 0 : FUZZY);
}
