import { DEFAULTS } from '../defaults.ts';
import { ID_BITS, IS_INDEXED } from './entry.ts';
import { HashIndex, mix } from './hash-index.ts';
import type { NodeColumns } from './node-columns.ts';

/**
 * Who is whose child: a chain for each directory, the newest first, and one index for the children of all
 * large ones. Walking a few children is quick and needs no memory.
 */
export class ChildLinks {
  readonly #nodes: NodeColumns;
  readonly #index: HashIndex;
  readonly #matches: (id: number) => boolean;
  #soughtParent = 0;
  #soughtName = 0;

  constructor(nodes: NodeColumns) {
    this.#nodes = nodes;
    const { parent, name } = nodes;
    this.#index = new HashIndex((id) => childHash(parent.data[id]!, name.data[id]!));
    this.#matches = (id) =>
      (parent.data[id]! & ID_BITS) === this.#soughtParent &&
      (name.data[id]! & ID_BITS) === this.#soughtName;
  }

  get bytes(): number {
    return this.#index.bytes;
  }

  /** The child with the name of that number; 0 if there is none. */
  find(parent: number, nameId: number): number {
    const nodes = this.#nodes;
    if (nodes.parent.data[parent]! & IS_INDEXED) {
      this.#soughtParent = parent;
      this.#soughtName = nameId;
      return this.#index.find(childHash(parent, nameId), this.#matches);
    }
    const names = nodes.name.data;
    const next = nodes.next.data;
    for (let child = nodes.first.data[parent]!; child !== 0; child = next[child]!) {
      if ((names[child]! & ID_BITS) === nameId) return child;
    }
    return 0;
  }

  /** Puts a node, whose parent and name are set, in front of its siblings. */
  link(id: number): void {
    const { parent, first, next } = this.#nodes;
    const above = parent.data[id]! & ID_BITS;
    next.data[id] = first.data[above]!;
    first.data[above] = id;
    if (parent.data[above]! & IS_INDEXED) this.#index.add(id);
    else this.indexIfLarge(above);
  }

  /** The child before a node; 0 if it is the first. */
  before(id: number): number {
    const { parent, first, next } = this.#nodes;
    let previous = 0;
    for (let each = first.data[parent.data[id]! & ID_BITS]!; each !== id; each = next.data[each]!) {
      previous = each;
    }
    return previous;
  }

  /** Takes a node out from among its siblings, of which the one before it is given. */
  unlinkAfter(id: number, previous: number): void {
    const { parent, first, next } = this.#nodes;
    const above = parent.data[id]! & ID_BITS;
    if (parent.data[above]! & IS_INDEXED) this.#index.delete(id);
    if (previous === 0) first.data[above] = next.data[id]!;
    else next.data[previous] = next.data[id]!;
  }

  /** Begins to index a directory that has many children by now. */
  indexIfLarge(above: number): void {
    const { parent, first, next } = this.#nodes;
    let count = 0;
    for (let child = first.data[above]!; child !== 0; child = next.data[child]!) count += 1;
    if (count <= DEFAULTS.cacheUnindexedChildren) return;
    for (let child = first.data[above]!; child !== 0; child = next.data[child]!) {
      this.#index.add(child);
    }
    parent.data[above]! |= IS_INDEXED;
  }

  /** Adds one child to the index of a directory that is marked as indexed; for loading. */
  index(id: number): void {
    this.#index.add(id);
  }
}

function childHash(parent: number, name: number): number {
  return mix(Math.imul(parent & ID_BITS, 0x9e3779b1) ^ (name & ID_BITS));
}
