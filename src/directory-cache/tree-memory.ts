import type { NameTable } from './name-table.ts';
import type { NodeColumns } from './node-columns.ts';

/** Numbers at the head of the memory that a tree shares with the worker that searches it. */
export const HEADER = {
  /** Counts changes. */
  version: 0,
  /** Counts moves of names in memory; odd while one is under way. */
  moves: 1,
  nodes: 2,
  names: 3,
  /** Another for each tree of the process: memory that is sent to a worker arrives as another object. */
  tree: 4,
} as const;

/** The memory of a tree, as a worker is given it; everything grows in place. */
export interface TreeMemory {
  readonly header: SharedArrayBuffer;
  readonly parent: SharedArrayBuffer;
  readonly name: SharedArrayBuffer;
  readonly offsets: SharedArrayBuffer;
  readonly letters: SharedArrayBuffer;
  readonly pairs: SharedArrayBuffer;
  readonly morePairs: SharedArrayBuffer;
  readonly initials: SharedArrayBuffer;
  readonly heads: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
}

export function memoryOf(
  header: SharedArrayBuffer,
  { parent, name }: NodeColumns,
  names: NameTable,
): TreeMemory {
  return {
    header,
    parent: parent.buffer,
    name: name.buffer,
    offsets: names.offsets.buffer,
    letters: names.letters.buffer,
    pairs: names.pairs.buffer,
    morePairs: names.morePairs.buffer,
    initials: names.initials.buffer,
    heads: names.heads.buffer,
    bytes: names.store.column.buffer,
  };
}
