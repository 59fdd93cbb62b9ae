import { ID_BITS } from './entry.ts';
import { foldedSpan, nameSpan } from './name-store.ts';
import type { TreeViews } from './tree-views.ts';

/**
 * Which of many entries of the same depth come first by their paths, name after name: folded names first,
 * and as they are written where these are equal. Nothing but the few that are wanted is sorted.
 */
export class PathOrder {
  #counts = new Int32Array(0);

  /** The first `most` of `ids`, all of which have `depth` names in their path, in order. */
  first(tree: TreeViews, ids: readonly number[], depth: number, most: number): number[] {
    if (most <= 0) return [];
    if (this.#counts.length < tree.nodes)
      this.#counts = new Int32Array(tree.nodes + (tree.nodes >> 3));
    const result: number[] = [];
    this.#collect(tree, ids, depth, 1, most, result);
    return result;
  }

  #collect(
    tree: TreeViews,
    ids: readonly number[],
    depth: number,
    level: number,
    most: number,
    result: number[],
  ): void {
    if (ids.length === 0 || most <= 0) return;
    const heads = ids.map((id) => ancestor(tree, id, depth - level));
    const distinct = this.#count(heads);
    const order = smallest(tree, distinct, most);
    const wanted = new Map<number, number[]>();
    let room = most;
    for (const head of order) {
      if (room <= 0) break;
      wanted.set(head, []);
      room -= this.#counts[head]!;
    }
    for (const head of distinct) this.#counts[head] = 0;
    heads.forEach((head, i) => wanted.get(head)?.push(ids[i]!));
    const end = result.length + most;
    for (const group of wanted.values()) {
      if (level >= depth || group.length === 1) result.push(...group.slice(0, end - result.length));
      else this.#collect(tree, group, depth, level + 1, end - result.length, result);
    }
  }

  #count(heads: readonly number[]): number[] {
    const distinct: number[] = [];
    for (const head of heads) {
      if (this.#counts[head] === 0) distinct.push(head);
      this.#counts[head]! += 1;
    }
    return distinct;
  }
}

function ancestor({ parent }: TreeViews, id: number, steps: number): number {
  let node = id;
  for (let i = 0; i < steps; i += 1) node = parent[node]! & ID_BITS;
  return node;
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
