import { ID_BITS } from './entry.ts';
import { FUZZY, HIDDEN, RANK_SHIFT, REMOVED, TIERS, WORTH_SHIFT, allIfAny } from './search-bits.ts';
import type { PassInput, SearchPass } from './search-pass.ts';

/** The pass for queries of many words: each entry has a state of bits. */
export class BitPass implements SearchPass {
  readonly #input: PassInput;
  readonly #states: Int32Array;

  constructor(input: PassInput) {
    this.#input = input;
    this.#states = new Int32Array(input.tree.nodes);
  }

  begin(): void {
    this.#states[0] = this.#input.plan.rootName;
  }

  tell(id: number): void {
    const { tree, plan, names, excluded } = this.#input;
    const state = this.#states[tree.parent[id]! & ID_BITS] ?? REMOVED;
    const bits = tree.name[id]!;
    const has = names.bits[bits & ID_BITS] ?? REMOVED;
    this.#states[id] =
      (state & (plan.sticky | HIDDEN | REMOVED | excluded)) |
      (has & (plan.direct | HIDDEN | REMOVED)) |
      ((state << 1) & has & plan.continued) |
      (bits & excluded);
  }

  rule(id: number): void {
    this.#states[id] = REMOVED;
  }

  run(): void {
    const { tree, plan, names, excluded, worths } = this.#input;
    const { parent, name, nodes } = tree;
    const { wanted, exact, continued } = plan;
    const { bits } = names;
    const states = this.#states;
    const sticky = plan.sticky | HIDDEN | REMOVED | excluded;
    const direct = plan.direct | HIDDEN | REMOVED;
    const tested = wanted | HIDDEN | REMOVED | excluded;
    for (let id = 1; id < nodes; id += 1) {
      const state = states[parent[id]! & ID_BITS]!;
      const nameBits = name[id]!;
      const has = bits[nameBits & ID_BITS]!;
      const next =
        (state & sticky) |
        (has & direct) |
        ((state << 1) & has & continued) |
        (nameBits & excluded);
      states[id] = next;
      const found = ~allIfAny((next & tested) ^ wanted);
      const late = allIfAny((next & exact) ^ exact) & FUZZY;
      const worth = (TIERS - (has >> RANK_SHIFT) - late) & found;
      worths[id] = worth << WORTH_SHIFT;
    }
  }
}
