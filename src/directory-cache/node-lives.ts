import { DEFAULTS } from '../defaults.ts';
import type { ChildLinks } from './child-links.ts';
import { ID_BITS, IS_FILE, IS_STALE } from './entry.ts';
import type { FileIds } from './file-ids.ts';
import { FREE_NAME } from './name-table.ts';
import type { NameTable } from './name-table.ts';
import type { NodeColumns } from './node-columns.ts';

/** How nodes come and go, and how many there are. Who calls marks what changed. */
export class NodeLives {
  directories = 0;
  files = 0;
  /** Directories whose listing is in doubt. */
  stale = 0;
  readonly #nodes: NodeColumns;
  readonly #names: NameTable;
  readonly #links: ChildLinks;
  readonly #fileIds: FileIds | undefined;
  /** Removed nodes that still have a slot, each below the one before it or beside it. */
  readonly #leaving: number[] = [];

  constructor(nodes: NodeColumns, names: NameTable, links: ChildLinks, fileIds?: FileIds) {
    this.#nodes = nodes;
    this.#names = names;
    this.#links = links;
    this.#fileIds = fileIds;
  }

  get leaving(): boolean {
    return this.#leaving.length > 0;
  }

  /** A new child, with a name that was counted as used; undefined where there are as many as may be. */
  create(parentBits: number, nameBits: number): number | undefined {
    const nodes = this.#nodes;
    const id = nodes.allocate();
    if (id === undefined) return undefined;
    nodes.first.data[id] = 0;
    nodes.verified.data[id] = 0;
    nodes.parent.data[id] = parentBits;
    nodes.name.data[id] = nameBits;
    this.countIn(nameBits, false);
    this.#links.link(id);
    return id;
  }

  countIn(nameBits: number, stale: boolean): void {
    if (nameBits & IS_FILE) this.files += 1;
    else this.directories += 1;
    if (stale) this.stale += 1;
  }

  /** Forgets a node that is linked nowhere any more, at once, and what is below it bit by bit. */
  discard(id: number, version: number): void {
    this.#forget(id);
    this.#leaving.push(id);
    this.settle(DEFAULTS.cacheSliceEntries, version);
  }

  /** Frees up to so many slots of removed nodes; gives whether none are left. */
  settle(most: number, version: number): boolean {
    const { first } = this.#nodes;
    for (let done = 0; done < most && this.#leaving.length > 0; done += 1) {
      const id = this.#leaving.at(-1)!;
      const child = first.data[id]!;
      if (child === 0) {
        this.#leaving.pop();
        this.#fileIds?.delete(id);
        this.#nodes.release(id, version);
      } else {
        this.#links.unlinkAfter(child, 0);
        this.#forget(child);
        this.#leaving.push(child);
      }
    }
    return this.#leaving.length === 0;
  }

  setNameBits(id: number, bits: number): void {
    const { name } = this.#nodes;
    const wasFile = (name.data[id]! & IS_FILE) !== 0;
    const isFile = (bits & IS_FILE) !== 0;
    if (wasFile !== isFile) {
      this.files += isFile ? 1 : -1;
      this.directories += isFile ? -1 : 1;
    }
    name.data[id] = (name.data[id]! & ID_BITS) | bits;
  }

  setStale(id: number, stale: boolean): void {
    const { parent } = this.#nodes;
    if (((parent.data[id]! & IS_STALE) !== 0) === stale) return;
    this.stale += stale ? 1 : -1;
    parent.data[id]! ^= IS_STALE;
  }

  #forget(id: number): void {
    const { name } = this.#nodes;
    if (name.data[id]! & IS_FILE) this.files -= 1;
    else this.directories -= 1;
    this.setStale(id, false);
    this.#names.release(name.data[id]! & ID_BITS);
    name.data[id] = FREE_NAME;
  }
}
