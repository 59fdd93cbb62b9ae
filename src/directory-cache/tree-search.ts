import { ID_BITS, IS_FILE, IS_HIDDEN, IS_SYSTEM } from './entry.ts';
import { NameMatches, RANK_SHIFT } from './name-matches.ts';
import { FREE_NAME } from './name-table.ts';
import { PathOrder } from './path-order.ts';
import type { SearchPlan } from './search-plan.ts';
import type { TreeViews } from './tree-views.ts';

export interface SearchFilter {
  /** Finds what has, or lies below, a name with a leading dot or a hidden or system attribute. */
  readonly hidden: boolean;
  /** Finds files, too. */
  readonly files: boolean;
  readonly limit: number;
}

/** What was found, the best first. */
export interface RawHits {
  readonly ids: number[];
  /** Ranks of `RANK`; those with something fuzzy come `FUZZY` later. */
  readonly tiers: number[];
  readonly depths: number[];
  /** All that match, found or cut off. */
  readonly total: number;
}

/** So much later rank entries that have a word only nearly. */
export const FUZZY = 6;
// The state of an entry, above the bits of the plan: hidden, removed, and how many names its path has.
const HIDDEN = 1 << 20;
const REMOVED = 1 << 21;
const DEPTH_SHIFT = 22;
/** Deeper entries rank as if they stood here. The flags of an entry take the bits above. */
const MOST_DEPTH = 63;
const DEPTH_BITS = 6;
const DEEPEST = MOST_DEPTH << DEPTH_SHIFT;
const ONE_DEEPER = 1 << DEPTH_SHIFT;
const TIERS = 2 * FUZZY;
const LAST_KEY = TIERS << DEPTH_BITS;
/** Beside the key of what is not found. */
const NOT_FOUND = 1 << 10;
const KEYS = 2 * NOT_FOUND;
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
  readonly #counts = new Int32Array(COUNTERS * KEYS);
  #states = new Int32Array(0);
  /** Tier and depth, and NOT_FOUND. */
  #keys = new Uint16Array(0);
  #chosen = new Int32Array(0);
  readonly #resolved = new Set<number>();
  #late: { tree: number; version: number; ids: Set<number> } | undefined;

  search(tree: TreeViews, plan: SearchPlan, filter: SearchFilter): RawHits {
    this.#reserve(tree.nodes);
    this.#names.compute(plan, tree.names, filter.hidden ? 0 : HIDDEN);
    // Where no name at all has one of the words, no path has.
    const has = this.#names.union | plan.everyName | plan.rootName;
    if ((has & plan.wanted) !== plan.wanted) return { ids: [], tiers: [], depths: [], total: 0 };
    const total = this.#pass(tree, plan, filter);
    return { ...this.#best(tree, filter.limit), total };
  }

  #reserve(nodes: number): void {
    if (this.#states.length >= nodes) return;
    const size = nodes + (nodes >> 3);
    this.#states = new Int32Array(size);
    this.#keys = new Uint16Array(size);
  }

  #pass(tree: TreeViews, plan: SearchPlan, filter: SearchFilter): number {
    const { bits } = this.#names;
    const keys = this.#keys;
    const excluded = excludedBits(filter);
    const states = this.#states;
    bits[FREE_NAME] = REMOVED;
    states[0] = plan.rootName;
    this.#counts.fill(0);
    this.#resolved.clear();
    const pass = {
      ...{ parent: tree.parent, name: tree.name, bits, states, keys, counts: this.#counts },
      ...{ nodes: tree.nodes, excluded, continued: plan.continued },
      sticky: plan.sticky | HIDDEN | REMOVED | excluded,
      direct: plan.direct | HIDDEN | REMOVED,
      ...{ wanted: plan.wanted, exact: plan.exact },
      tested: plan.wanted | HIDDEN | REMOVED | excluded,
    };
    for (const id of this.#lateParents(tree)) this.#resolve(tree, plan, id, excluded);
    runPass(pass);
    return sumUp(this.#counts);
  }

  /** Remembered as long as the tree does not change: people type one letter after another. */
  #lateParents(tree: TreeViews): Set<number> {
    const known = this.#late;
    if (known?.tree === tree.tree && known.version === tree.version) return known.ids;
    const ids = lateParents(tree);
    this.#late = { tree: tree.tree, version: tree.version, ids };
    return ids;
  }

  /** The state of an entry that comes later than its child, and of those above it for which this holds. */
  #resolve(tree: TreeViews, plan: SearchPlan, start: number, excluded: number): void {
    const chain: number[] = [];
    const { parent, name, nodes } = tree;
    for (let id = start; id !== 0 && !this.#resolved.has(id); id = parent[id]! & ID_BITS) {
      chain.push(id);
      if (chain.length > MOST_STEPS || id >= nodes) {
        if (start < nodes) this.#states[start] = REMOVED;
        return;
      }
    }
    for (const each of chain.toReversed()) {
      const state = this.#states[parent[each]! & ID_BITS]!;
      const nameBits = name[each]!;
      const has = this.#names.bits[nameBits & ID_BITS] ?? REMOVED;
      const kept = plan.sticky | HIDDEN | REMOVED | excluded;
      let next = (state & kept) | ((state << 1) & has & plan.continued) | (nameBits & excluded);
      next |= has & (plan.direct | HIDDEN | REMOVED);
      const depth = state & DEEPEST;
      this.#states[each] = next | (depth === DEEPEST ? depth : depth + ONE_DEEPER);
      this.#resolved.add(each);
    }
  }

  /** The first of those found: by tier, then by depth, then by path. */
  #best(tree: TreeViews, limit: number): Omit<RawHits, 'total'> {
    const result = { ids: [] as number[], tiers: [] as number[], depths: [] as number[] };
    const counts = this.#counts;
    let last = 0;
    let before = 0;
    while (last < LAST_KEY && before + counts[last]! <= limit) {
      before += counts[last]!;
      last += 1;
    }
    const chosen = this.#choose(tree.nodes, last, before + counts[last]!);
    for (const [key, ids] of this.#byKey(chosen, last)) {
      const most = limit - result.ids.length;
      for (const id of this.#order.first(tree, ids, key & MOST_DEPTH, most)) {
        result.ids.push(id);
        result.tiers.push(key >> DEPTH_BITS);
        result.depths.push(key & MOST_DEPTH);
      }
    }
    return result;
  }

  /** The entries whose key is no more than `last`, of which there are so many. */
  #choose(nodes: number, last: number, count: number): Int32Array {
    if (this.#chosen.length <= count) this.#chosen = new Int32Array(count + (count >> 3) + 1);
    const chosen = this.#chosen;
    const keys = this.#keys;
    let found = 0;
    for (let id = 1; found < count && id < nodes; id += 1) {
      chosen[found] = id;
      found += (keys[id]! - last - 1) >>> 31;
    }
    return chosen.subarray(0, found);
  }

  #byKey(chosen: Int32Array, last: number): [number, Int32Array][] {
    const counts = this.#counts;
    const groups: [number, Int32Array][] = [];
    const ends = new Int32Array(last + 1);
    const sorted = new Int32Array(chosen.length);
    let start = 0;
    for (let key = 0; key <= last; key += 1) {
      const end = start + counts[key]!;
      if (end > start) groups.push([key, sorted.subarray(start, end)]);
      ends[key] = start;
      start = end;
    }
    for (const id of chosen) {
      const key = this.#keys[id]!;
      sorted[ends[key]!] = id;
      ends[key]! += 1;
    }
    return groups;
  }
}

interface Pass {
  readonly parent: Int32Array;
  readonly name: Int32Array;
  readonly bits: Int32Array;
  readonly states: Int32Array;
  readonly keys: Uint16Array;
  readonly counts: Int32Array;
  readonly nodes: number;
  readonly excluded: number;
  readonly sticky: number;
  readonly direct: number;
  readonly continued: number;
  readonly wanted: number;
  readonly exact: number;
  readonly tested: number;
}

/**
 * Tells all entries what their paths have. Without branches: a million entries pass here for every search, and
 * where half of them are found, a processor guesses wrong as often as right.
 */
function runPass(pass: Pass): void {
  const { parent, name, bits, states, keys, counts, nodes } = pass;
  const { excluded, sticky, direct, continued, wanted, exact, tested } = pass;
  for (let id = 1; id < nodes; id += 1) {
    const state = states[parent[id]! & ID_BITS]!;
    const nameBits = name[id]!;
    const has = bits[nameBits & ID_BITS]!;
    const deeper = ((state & DEEPEST) - DEEPEST) >> 31;
    const next =
      ((state & (sticky | DEEPEST)) + (deeper & ONE_DEEPER)) |
      (has & direct) |
      ((state << 1) & has & continued) |
      (nameBits & excluded);
    states[id] = next;
    const missing = (next & tested) ^ wanted;
    const inexact = (next & exact) ^ exact;
    const tier = (has >> RANK_SHIFT) + (allIfAny(inexact) & FUZZY);
    const depth = (next >> DEPTH_SHIFT) & MOST_DEPTH;
    const key = (tier << DEPTH_BITS) | depth | (allIfAny(missing) & NOT_FOUND);
    keys[id] = key;
    counts[(id % COUNTERS) * KEYS + key]! += 1;
  }
}

/** -1 where any bit is set, else 0. */
function allIfAny(value: number): number {
  return (value | -value) >> 31;
}

/** Adds all counters up in the first; gives how many were found. */
function sumUp(counts: Int32Array): number {
  let total = 0;
  for (let key = 0; key < NOT_FOUND; key += 1) {
    for (let each = 1; each < COUNTERS; each += 1) counts[key]! += counts[each * KEYS + key]!;
    total += counts[key]!;
  }
  return total;
}

/** Entries that come later than one of their children: those were moved, or have the slot of another. */
function lateParents({ parent, nodes }: TreeViews): Set<number> {
  const late = new Set<number>();
  for (let id = 1; id < nodes; id += 1) {
    const above = parent[id]! & ID_BITS;
    if (above > id) late.add(above);
  }
  return late;
}

/** Attributes of entries that are not to be found, nor what is below them. */
function excludedBits({ hidden, files }: SearchFilter): number {
  return (hidden ? 0 : IS_HIDDEN | IS_SYSTEM) | (files ? 0 : IS_FILE);
}
