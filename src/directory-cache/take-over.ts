import { DEFAULTS } from '../defaults.ts';
import { IS_FILE, IS_SEEN } from './entry.ts';
import type { NodeKind, TreeEntry } from './entry.ts';
import type { NodeColumns } from './node-columns.ts';
import type { Replaced } from './tree-types.ts';

/** What taking over a listing needs of the tree. */
export interface ListedTree {
  readonly nodes: NodeColumns;
  child(parent: number, name: string): number | undefined;
  addChild(parent: number, entry: TreeEntry): number | undefined;
  removeNode(id: number): void;
  fileId(id: number): bigint | undefined;
  nameOf(id: number): string;
  /** Removes a child of which the one before it is known (0: it is the first). */
  removeAfter(id: number, previous: number): void;
}

/** Makes the children of a directory what a complete listing says, in steps. */
export class TakeOver {
  readonly #tree: ListedTree;
  #parent: number | undefined;

  constructor(tree: ListedTree) {
    this.#tree = tree;
  }

  /** What a new child of that directory is marked with: it came after the listing and stays. */
  seenBit(parent: number): number {
    return this.#parent === parent ? IS_SEEN : 0;
  }

  *run(id: number, entries: Iterable<TreeEntry>): Generator<void, Replaced> {
    const result: Replaced = { added: [], removed: [] };
    this.#parent = id;
    try {
      let done = 0;
      for (const entry of entries) {
        this.#takeOver(id, entry, result);
        if ((done += 1) % DEFAULTS.cacheSliceEntries === 0) yield;
      }
      this.#removeUnseen(id, result);
      return result;
    } finally {
      this.#parent = undefined;
    }
  }

  #takeOver(parent: number, entry: TreeEntry, result: Replaced): void {
    const tree = this.#tree;
    let known = tree.child(parent, entry.name);
    if (known !== undefined && this.#isAnother(known, entry.kind ?? 'directory', entry.fileId)) {
      result.removed.push(entry.name);
      tree.removeNode(known);
      known = undefined;
    }
    const id = tree.addChild(parent, entry);
    if (id === undefined) return;
    if (known === undefined) result.added.push(id);
    tree.nodes.parent.data[id]! |= IS_SEEN;
  }

  #isAnother(id: number, kind: NodeKind, fileId: bigint | undefined): boolean {
    if (((this.#tree.nodes.name.data[id]! & IS_FILE) !== 0) !== (kind === 'file')) return true;
    const known = this.#tree.fileId(id);
    return known !== undefined && fileId !== undefined && known !== fileId;
  }

  /** In one go: a pause here would let the chain of children change below us. */
  #removeUnseen(id: number, result: Replaced): void {
    const { first, next, parent } = this.#tree.nodes;
    let previous = 0;
    for (let child = first.data[id]!; child !== 0;) {
      const following = next.data[child]!;
      if (parent.data[child]! & IS_SEEN) {
        parent.data[child]! &= ~IS_SEEN;
        previous = child;
      } else {
        result.removed.push(this.#tree.nameOf(child));
        this.#tree.removeAfter(child, previous);
      }
      child = following;
    }
  }
}

/** Runs all steps at once. */
export function runSteps<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
