import { HEADER } from './tree-memory.ts';
import type { TreeMemory } from './tree-memory.ts';

/** The memory of names as it is now. */
export interface NameViews {
  readonly count: number;
  readonly offsets: Int32Array;
  readonly letters: Int32Array;
  readonly pairs: Int32Array;
  readonly morePairs: Int32Array;
  readonly initials: Int32Array;
  readonly heads: Int32Array;
  readonly bytes: Uint8Array;
}

export interface TreeViews {
  /** Which tree of the process it is. */
  readonly tree: number;
  /** Another after every change of the tree. */
  readonly version: number;
  readonly nodes: number;
  readonly parent: Int32Array;
  readonly name: Int32Array;
  readonly names: NameViews;
}

/** Looks at the memory of a tree: what is added later needs another look. */
export function viewsOf(memory: TreeMemory): TreeViews {
  const header = new Int32Array(memory.header);
  const version = Atomics.load(header, HEADER.version);
  const nodes = Atomics.load(header, HEADER.nodes);
  const count = Atomics.load(header, HEADER.names);
  const ints = (buffer: SharedArrayBuffer, length: number): Int32Array =>
    new Int32Array(buffer, 0, length);
  return {
    tree: Atomics.load(header, HEADER.tree),
    version,
    nodes,
    parent: ints(memory.parent, nodes),
    name: ints(memory.name, nodes),
    names: {
      count,
      offsets: ints(memory.offsets, count),
      letters: ints(memory.letters, count),
      pairs: ints(memory.pairs, count),
      morePairs: ints(memory.morePairs, count),
      initials: ints(memory.initials, count),
      heads: ints(memory.heads, count),
      bytes: new Uint8Array(memory.bytes, 0, memory.bytes.byteLength),
    },
  };
}
