import { ID_BITS } from './entry.ts';
import type { TreeViews } from './tree-views.ts';

/** Deeper entries rank as if they stood here. */
export const MOST_DEPTH = 63;

/**
 * What all searches of a tree need that does not change: kept until the tree does, since people type one
 * letter after another.
 */
export class TreeShape {
  /** Entries that come later than one of their children: those were moved, or have the slot of another. */
  late: ReadonlySet<number> = new Set();
  #depths = new Uint8Array(0);
  #tree = 0;
  #version = 0;
  #hasDepths = false;

  look(tree: TreeViews): void {
    if (this.#tree === tree.tree && this.#version === tree.version) return;
    this.#tree = tree.tree;
    this.#version = tree.version;
    this.#hasDepths = false;
    const late = new Set<number>();
    const { parent, nodes } = tree;
    for (let id = 1; id < nodes; id += 1) {
      const above = parent[id]! & ID_BITS;
      if (above > id) late.add(above);
    }
    this.late = late;
  }

  /** For each entry how many names its path has, `MOST_DEPTH` at most. */
  depths(tree: TreeViews): Uint8Array {
    const { parent, nodes } = tree;
    if (this.#hasDepths) return this.#depths;
    if (this.#depths.length < nodes) this.#depths = new Uint8Array(nodes + (nodes >> 3));
    const depths = this.#depths;
    depths[0] = 0;
    for (const id of this.late) depths[id] = depthOf(tree, id);
    for (let id = 1; id < nodes; id += 1) {
      const deeper = depths[parent[id]! & ID_BITS]! + 1;
      depths[id] = deeper - (deeper >> 6);
    }
    this.#hasDepths = true;
    return depths;
  }
}

function depthOf({ parent }: TreeViews, id: number): number {
  let depth = 0;
  for (let node = id; node !== 0 && depth < MOST_DEPTH; node = parent[node]! & ID_BITS) depth += 1;
  return depth;
}
