import { FREE_NAME } from './name-table.ts';
import { IntColumn } from './shared-column.ts';

/** Nodes of one block: a snapshot is written, and written again where it changed, by blocks. */
export const BLOCK_NODES = 4_096;

/** The numbers of all nodes, five for each: 20 bytes. Slots of removed nodes are used again. */
export class NodeColumns {
  /** Number of the parent, and flags. */
  readonly parent: IntColumn;
  /** Number of the name, and flags. */
  readonly name: IntColumn;
  /** First child; 0: none. */
  readonly first: IntColumn;
  /** Next child of the same parent, or next free slot; 0: none. */
  readonly next: IntColumn;
  /** Seconds since 1970 when a complete listing was taken over; 0: never. */
  readonly verified: IntColumn;
  readonly all: readonly IntColumn[];
  readonly maxNodes: number;
  /** For each block the version of the tree when it last changed. */
  readonly touchedAt: number[] = [];
  /** All numbers of nodes are below. */
  size = 0;
  freeHead = 0;
  free = 0;

  constructor(maxNodes: number) {
    this.maxNodes = maxNodes;
    this.all = Array.from({ length: 5 }, () => new IntColumn(maxNodes));
    [this.parent, this.name, this.first, this.next, this.verified] = this.all as [
      IntColumn,
      IntColumn,
      IntColumn,
      IntColumn,
      IntColumn,
    ];
  }

  get bytes(): number {
    return this.all.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** A slot, all of whose numbers are to be written; undefined when there are as many as may be. */
  allocate(): number | undefined {
    const head = this.freeHead;
    if (head !== 0) {
      this.freeHead = this.next.data[head]!;
      this.free -= 1;
      return head;
    }
    if (this.size >= this.maxNodes) return undefined;
    for (const column of this.all) column.ensure(this.size + 1);
    this.size += 1;
    return this.size - 1;
  }

  release(id: number, version: number): void {
    this.parent.data[id] = 0;
    this.name.data[id] = FREE_NAME;
    this.first.data[id] = 0;
    this.verified.data[id] = 0;
    this.next.data[id] = this.freeHead;
    this.freeHead = id;
    this.free += 1;
    this.touch(id, version);
  }

  touch(id: number, version: number): void {
    this.touchedAt[Math.floor(id / BLOCK_NODES)] = version;
  }
}
