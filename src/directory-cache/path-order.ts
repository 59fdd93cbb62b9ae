import { ID_BITS } from './entry.ts';
import { foldedSpan, nameSpan } from './name-store.ts';
import type { TreeViews } from './tree-views.ts';

/**
 * Which of many entries of the same depth come first by their paths, name after name: folded names first,
 * and as they are written where these are equal. Nothing but the few that are wanted is sorted.
 */
export class PathOrder {
  /** For each entry how many of those looked at are at or below it; zero between two looks. */
  #counts = new Int32Array(0);

  /** The first `most` of `ids`, all of which have `depth` names in their path, in order. */
  first(tree: TreeViews, ids: Int32Array, depth: number, most: number): number[] {
    if (this.#counts.length < tree.nodes)
      this.#counts = new Int32Array(tree.nodes + (tree.nodes >> 3));
    const result: number[] = [];
    this.#collect(tree, ids, depth, 1, most, result);
    return result;
  }

  #collect(
    tree: TreeViews,
    ids: Int32Array,
    depth: number,
    level: number,
    most: number,
    result: number[],
  ): void {
    if (ids.length === 0 || most <= 0) return;
    const end = result.length + most;
    const heads = ancestors(tree, ids, depth - level);
    for (const group of this.#groups(tree, ids, heads, most)) {
      const room = end - result.length;
      if (level >= depth || group.length === 1) result.push(...group.subarray(0, room));
      else this.#collect(tree, group, depth, level + 1, room, result);
    }
  }

  /** The first groups with the same head that have `most` entries together, in the order of their heads. */
  #groups(tree: TreeViews, ids: Int32Array, heads: Int32Array, most: number): Int32Array[] {
    const counts = this.#counts;
    const distinct: number[] = [];
    for (const head of heads) {
      if (counts[head] === 0) distinct.push(head);
      counts[head]! += 1;
    }
    if (distinct.length === 1) {
      counts[distinct[0]!] = 0;
      return [ids];
    }
    const groups: Int32Array[] = [];
    const sizes: number[] = [];
    const wanted: number[] = [];
    let room = most;
    for (const head of smallest(tree, distinct, most)) {
      if (room <= 0) break;
      room -= counts[head]!;
      wanted.push(head);
      groups.push(new Int32Array(counts[head]!));
      sizes.push(0);
    }
    for (const head of distinct) counts[head] = 0;
    wanted.forEach((head, i) => (counts[head] = i + 1));
    for (let at = 0; at < ids.length; at += 1) {
      const group = counts[heads[at]!]!;
      if (!(group > 0)) continue;
      groups[group - 1]![sizes[group - 1]!] = ids[at]!;
      sizes[group - 1]! += 1;
    }
    for (const head of wanted) counts[head] = 0;
    return groups;
  }
}

/** What stands so many steps above each. */
function ancestors({ parent }: TreeViews, ids: Int32Array, steps: number): Int32Array {
  const heads = new Int32Array(ids);
  for (let at = 0; at < heads.length; at += 1) {
    let node = heads[at]!;
    for (let i = 0; i < steps; i += 1) node = parent[node]! & ID_BITS;
    heads[at] = node;
  }
  return heads;
}

/** The first `most` of nodes with one parent, by name. */
function smallest(tree: TreeViews, nodes: readonly number[], most: number): number[] {
  const best: number[] = [];
  for (const node of nodes) {
    if (best.length === most && compareNames(tree, node, best.at(-1)!) >= 0) continue;
    let low = 0;
    for (let high = best.length; low < high;) {
      const middle = (low + high) >> 1;
      if (compareNames(tree, node, best[middle]!) < 0) high = middle;
      else low = middle + 1;
    }
    best.splice(low, 0, node);
    if (best.length > most) best.pop();
  }
  return best;
}

const left = { start: 0, end: 0 };
const right = { start: 0, end: 0 };

function compareNames({ name, names }: TreeViews, a: number, b: number): number {
  const nameA = name[a]! & ID_BITS;
  const nameB = name[b]! & ID_BITS;
  if (nameA === nameB) return a - b;
  const heads = (names.heads[nameA]! >>> 0) - (names.heads[nameB]! >>> 0);
  if (heads !== 0) return heads;
  for (const spanOf of [foldedSpan, nameSpan]) {
    spanOf(names.bytes, names.offsets[nameA]!, left);
    spanOf(names.bytes, names.offsets[nameB]!, right);
    const order = compareBytes(names.bytes);
    if (order !== 0) return order;
  }
  return a - b;
}

function compareBytes(bytes: Uint8Array): number {
  const length = Math.min(left.end - left.start, right.end - right.start);
  for (let i = 0; i < length; i += 1) {
    const order = bytes[left.start + i]! - bytes[right.start + i]!;
    if (order !== 0) return order;
  }
  return left.end - left.start - (right.end - right.start);
}
