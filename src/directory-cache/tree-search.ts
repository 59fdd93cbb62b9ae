import { BitPass } from './bit-pass.ts';
import { ID_BITS } from './entry.ts';
import { NameMatches } from './name-matches.ts';
import { PathOrder } from './path-order.ts';
import { HIDDEN, TIERS, WORTH_SHIFT, excludedBits } from './search-bits.ts';
import type { SearchFilter } from './search-filter.ts';
import type { SearchPass } from './search-pass.ts';
import type { SearchPlan } from './search-plan.ts';
import { TablePass } from './table-pass.ts';
import { MOST_DEPTH, TreeShape } from './tree-shape.ts';
import type { TreeViews } from './tree-views.ts';

/** What was found, the best first. */
export interface RawHits {
  readonly ids: number[];
  /** Ranks of `RANK`; those with something fuzzy come `FUZZY` later. */
  readonly tiers: number[];
  readonly depths: number[];
  /** All that match, found or cut off. */
  readonly total: number;
}

const DEPTH_BITS = 6;
/** What an entry may be worth: a number below this. */
const WORTHS = 16;
/** Counting into the same number again and again waits for it each time: so many are taken in turn. */
const COUNTERS = 4;
/** A chain of parents longer than this is a tree that changes while it is read. */
const MOST_STEPS = 20_000;

/**
 * Searches the memory of a tree. Each name is held against the query once, however many entries bear it;
 * then one pass over all entries tells each what its path has, from what its parent's path has. Memory may
 * change meanwhile: entries that do not change are found all the same, whatever others do.
 */
export class TreeSearch {
  readonly #names = new NameMatches();
  readonly #order = new PathOrder();
  readonly #shape = new TreeShape();
  readonly #counts = new Int32Array(COUNTERS * WORTHS);
  #worths = new Uint16Array(0);
  #chosen = new Int32Array(0);

  search(tree: TreeViews, plan: SearchPlan, filter: SearchFilter): RawHits {
    this.#names.compute(plan, tree.names, filter.hidden ? 0 : HIDDEN);
    // Where no name at all has one of the words, no path has.
    const has = this.#names.union | plan.everyName | plan.rootName;
    if ((has & plan.wanted) !== plan.wanted) return { ids: [], tiers: [], depths: [], total: 0 };
    const total = this.#pass(tree, plan, filter);
    return { ...this.#best(tree, filter.limit), total };
  }

  /** Gives how many entries match. */
  #pass(tree: TreeViews, plan: SearchPlan, filter: SearchFilter): number {
    if (this.#worths.length < tree.nodes) {
      this.#worths = new Uint16Array(tree.nodes + (tree.nodes >> 3));
    }
    const input = {
      ...{ tree, plan, names: this.#names, excluded: excludedBits(filter) },
      worths: this.#worths,
    };
    const pass = TablePass.of(input) ?? new BitPass(input);
    pass.begin();
    this.#shape.look(tree);
    const told = new Set<number>();
    for (const id of this.#shape.late) tellEarly(tree, pass, id, told);
    pass.run();
    return countWorths(this.#worths, tree.nodes, this.#counts);
  }

  /** The first of those found: by tier, then by depth, then by path. */
  #best(tree: TreeViews, limit: number): Omit<RawHits, 'total'> {
    const result = { ids: [] as number[], tiers: [] as number[], depths: [] as number[] };
    const counts = this.#counts;
    let least = TIERS;
    let count = counts[least]!;
    while (least > 1 && count < limit) {
      least -= 1;
      count += counts[least]!;
    }
    if (count === 0 || limit === 0) return result;
    const chosen = this.#choose(tree.nodes, least, count);
    for (const [key, ids] of this.#byKey(tree, chosen, limit)) {
      const most = limit - result.ids.length;
      for (const id of this.#order.first(tree, ids, key & MOST_DEPTH, most)) {
        result.ids.push(id);
        result.tiers.push(key >> DEPTH_BITS);
        result.depths.push(key & MOST_DEPTH);
      }
    }
    return result;
  }

  /** The entries that are worth as much at least, of which there are so many. */
  #choose(nodes: number, least: number, count: number): Int32Array {
    if (this.#chosen.length <= count) this.#chosen = new Int32Array(count + (count >> 3) + 1);
    const chosen = this.#chosen;
    const worths = this.#worths;
    const below = (least << WORTH_SHIFT) - 1;
    let found = 0;
    for (let id = 1; found < count && id < nodes; id += 1) {
      chosen[found] = id;
      found += (below - worths[id]!) >>> 31;
    }
    return chosen.subarray(0, found);
  }

  /** Those of one tier and depth together, the best first, until there are enough. */
  #byKey(tree: TreeViews, chosen: Int32Array, enough: number): [number, Int32Array][] {
    const depths = this.#shape.depths(tree);
    const worths = this.#worths;
    const keyOf = (id: number): number =>
      ((TIERS - (worths[id]! >> WORTH_SHIFT)) << DEPTH_BITS) | depths[id]!;
    const counts = new Int32Array(TIERS << DEPTH_BITS);
    for (const id of chosen) counts[keyOf(id)]! += 1;
    const groups: [number, Int32Array][] = [];
    const wanted: (Int32Array | undefined)[] = [];
    let left = enough;
    for (let key = 0; key < counts.length && left > 0; key += 1) {
      if (counts[key] === 0) continue;
      const ids = new Int32Array(counts[key]!);
      groups.push([key, ids]);
      wanted[key] = ids;
      left -= ids.length;
    }
    const last = groups.at(-1)?.[0] ?? -1;
    counts.fill(0);
    for (const id of chosen) {
      const key = keyOf(id);
      if (key > last) continue;
      wanted[key]![counts[key]!] = id;
      counts[key]! += 1;
    }
    return groups;
  }
}

/** Tells of an entry that comes later than its child, and of those above it. */
function tellEarly(tree: TreeViews, pass: SearchPass, start: number, told: Set<number>): void {
  const chain: number[] = [];
  const { parent, nodes } = tree;
  for (let id = start; id !== 0 && !told.has(id); id = parent[id]! & ID_BITS) {
    chain.push(id);
    if (chain.length > MOST_STEPS || id >= nodes) {
      if (start < nodes) pass.rule(start);
      return;
    }
  }
  for (const id of chain.toReversed()) {
    pass.tell(id);
    told.add(id);
  }
}

/**
 * How many entries are worth how much, in the first `WORTHS` of the counts; gives how many were found. Not
 * part of the pass, which would take twice as long.
 */
function countWorths(worths: Uint16Array, nodes: number, counts: Int32Array): number {
  counts.fill(0);
  let id = 1;
  for (; id + COUNTERS <= nodes; id += COUNTERS) {
    counts[worths[id]! >> WORTH_SHIFT]! += 1;
    counts[WORTHS + (worths[id + 1]! >> WORTH_SHIFT)]! += 1;
    counts[2 * WORTHS + (worths[id + 2]! >> WORTH_SHIFT)]! += 1;
    counts[3 * WORTHS + (worths[id + 3]! >> WORTH_SHIFT)]! += 1;
  }
  for (; id < nodes; id += 1) counts[worths[id]! >> WORTH_SHIFT]! += 1;
  let total = 0;
  for (let worth = 1; worth < WORTHS; worth += 1) {
    for (let each = 1; each < COUNTERS; each += 1) counts[worth]! += counts[each * WORTHS + worth]!;
    total += counts[worth]!;
  }
  return total;
}
