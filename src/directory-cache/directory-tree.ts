import { DEFAULTS } from '../defaults.ts';
import { ChildLinks } from './child-links.ts';
import * as bit from './entry.ts';
import { ID_BITS, flagBits } from './entry.ts';
import type { EntryFlags, NodeKind, TreeEntry } from './entry.ts';
import { FileIds } from './file-ids.ts';
import { FREE_NAME, NO_NAME, NameTable } from './name-table.ts';
import { infoOf } from './node-info.ts';
import { NodeColumns } from './node-columns.ts';
import { NodeLives } from './node-lives.ts';
import { TakeOver, runSteps } from './take-over.ts';
import { HEADER, memoryOf } from './tree-memory.ts';
import type { TreeMemory } from './tree-memory.ts';
import { segmentsOf } from './tree-path.ts';
import type { NodeInfo, NodeSlice, Replaced, TreeInside, TreeOptions } from './tree-types.ts';

export const ROOT = 0;
let trees = 0;

/**
 * All directories of a share (and its files, if wanted): a tree of numbers in typed arrays. Paths are
 * relative to the root, separated by `/`; slashes at the ends and doubled ones do not count. Names are equal
 * when their characters are: neither case nor Unicode form is folded here.
 *
 * Numbers of nodes stay until the node is removed; then they are given to others.
 */
export class DirectoryTree {
  readonly nodes: NodeColumns;
  readonly names: NameTable;
  readonly maxEntries: number;
  readonly inside: TreeInside; // for this room only
  readonly #takeOver: TakeOver;
  readonly #header = new SharedArrayBuffer(4 * Object.keys(HEADER).length);
  readonly #counters = new Int32Array(this.#header);
  #version = 0;
  #truncated = false;

  constructor({ maxEntries = DEFAULTS.cacheMaxEntries, fileIds = false }: TreeOptions = {}) {
    this.maxEntries = maxEntries;
    this.nodes = new NodeColumns(maxEntries + 1);
    this.names = new NameTable(maxEntries, () => Atomics.add(this.#counters, HEADER.moves, 1));
    const ids = fileIds ? new FileIds(maxEntries + 1) : undefined;
    const links = new ChildLinks(this.nodes);
    const lives = new NodeLives(this.nodes, this.names, links, ids);
    this.inside = { links, lives, fileIds: ids };
    this.#takeOver = new TakeOver({
      nodes: this.nodes,
      child: (parent, name) => this.child(parent, name),
      addChild: (parent, entry) => this.addChild(parent, entry),
      removeNode: (id) => this.removeNode(id),
      fileId: (id) => this.fileId(id),
      nameOf: (id) => this.names.text(this.nodes.name.data[id]! & ID_BITS),
      removeAfter: (id, previous) => this.#removeAfter(id, previous),
    });
    this.#counters[HEADER.tree] = trees += 1;
    this.nodes.allocate();
    this.#changed(ROOT);
  }

  /** Directories, without the root. Exact once nothing is `leaving`. */
  get directories(): number {
    return this.inside.lives.directories;
  }

  get files(): number {
    return this.inside.lives.files;
  }

  /** Directories whose listing is in doubt. */
  get stale(): number {
    return this.inside.lives.stale;
  }

  /** Whether `maxEntries` refused something since the tree was made. */
  get truncated(): boolean {
    return this.#truncated;
  }

  get version(): number {
    return this.#version;
  }

  /** Whether removed nodes still take room: call `settle` until it gives true. */
  get leaving(): boolean {
    return this.inside.lives.leaving;
  }

  /** Memory in bytes, without what only searching needs. */
  get bytes(): number {
    const parts = [this.nodes, this.names, this.inside.links, this.inside.fileIds];
    return parts.reduce((sum, part) => sum + (part?.bytes ?? 0), 0);
  }

  /** Memory in bytes that only searching needs. */
  get searchBytes(): number {
    return this.names.searchBytes;
  }

  /** What a worker needs to search this tree while it changes. */
  get memory(): TreeMemory {
    return memoryOf(this.#header, this.nodes, this.names);
  }

  has(path: string): boolean {
    return this.find(path) !== undefined;
  }

  /** The node of a path; the root for an empty one. */
  find(path: string): number | undefined {
    let node = ROOT;
    for (const segment of segmentsOf(path)) {
      const child = this.child(node, segment);
      if (child === undefined) return undefined;
      node = child;
    }
    return node;
  }

  child(parent: number, name: string): number | undefined {
    const nameId = this.names.find(name);
    if (nameId === NO_NAME) return undefined;
    return this.inside.links.find(parent, nameId) || undefined;
  }

  /** The path of a node; undefined for one that is gone. */
  pathOf(id: number): string | undefined {
    const { parent, name, size } = this.nodes;
    if (id < 0 || id >= size) return undefined;
    const segments: string[] = [];
    for (let node = id; node !== ROOT; node = parent.data[node]! & ID_BITS) {
      const nameId = name.data[node]! & ID_BITS;
      if (nameId === FREE_NAME) return undefined;
      segments.push(this.names.text(nameId));
    }
    return segments.toReversed().join('/');
  }

  parentOf(id: number): number | undefined {
    return id === ROOT ? undefined : this.nodes.parent.data[id]! & ID_BITS;
  }

  info(id: number): NodeInfo {
    return infoOf(this.nodes, this.names, id);
  }

  /** The children of a directory, in no order. Do not change the tree meanwhile. */
  *children(id: number): Generator<number, void> {
    const { first, next } = this.nodes;
    for (let child = first.data[id]!; child !== 0; child = next.data[child]!) yield child;
  }

  /**
   * Makes an entry, and directories above it as needed; one that is there takes over kind and flags. Gives
   * its node; undefined, and `truncated` from then on, where there are `maxEntries` already.
   */
  add(path: string, kind: NodeKind = 'directory', flags: EntryFlags = {}): number | undefined {
    this.settle(DEFAULTS.cacheSettleEach);
    const segments = segmentsOf(path);
    const last = segments.pop();
    if (last === undefined) return ROOT;
    const parent = this.#makeDirectories(segments);
    return parent === undefined ? undefined : this.#put(parent, last, flagBits(kind, flags));
  }

  addChild(parent: number, entry: TreeEntry): number | undefined {
    const id = this.#put(parent, entry.name, flagBits(entry.kind ?? 'directory', entry));
    if (id !== undefined && entry.fileId !== undefined) this.setFileId(id, entry.fileId);
    return id;
  }

  /** Removes an entry and all below it; gives whether it was there. The root stays. */
  remove(path: string): boolean {
    const id = this.find(path);
    if (id === undefined || id === ROOT) return false;
    this.removeNode(id);
    return true;
  }

  removeNode(id: number): void {
    if (id === ROOT) return;
    this.#removeAfter(id, this.inside.links.before(id));
  }

  /**
   * Moves an entry with all below it; directories above the new place are made as needed, and what stood
   * there is replaced. Gives its node; undefined, and nothing changes, where there is nothing at the old
   * path or the new one lies within it.
   */
  move(oldPath: string, newPath: string): number | undefined {
    this.settle(DEFAULTS.cacheSettleEach);
    const id = this.find(oldPath);
    const segments = segmentsOf(newPath);
    const last = segments.pop();
    if (id === undefined || id === ROOT || last === undefined) return undefined;
    if (this.#isBelow(id, segments)) return undefined;
    const parent = this.#makeDirectories(segments);
    if (parent === undefined) {
      // It is not where it was, whether or not there is room for where it is.
      this.removeNode(id);
      return undefined;
    }
    return this.#relink(id, parent, last);
  }

  /** Moves a node below another directory, under a name; see `move`. */
  moveNode(id: number, parent: number, name: string): number | undefined {
    for (let node = parent; node !== ROOT; node = this.nodes.parent.data[node]! & ID_BITS) {
      if (node === id) return undefined;
    }
    return id === ROOT ? undefined : this.#relink(id, parent, name);
  }

  /**
   * Takes over a complete listing of one directory: what it does not name is removed, what is new is added,
   * the rest keeps what is below it. An entry that has another fileId than before, or another kind, is
   * another thing: it counts as removed and as added.
   *
   * @param at when the listing began, in milliseconds since 1970
   */
  replaceChildren(id: number, entries: Iterable<TreeEntry>, at: number): Replaced {
    return runSteps(this.replaceChildrenInSteps(id, entries, at));
  }

  /**
   * The same in steps of `cacheSliceEntries`, for large directories. Between two steps anything may change
   * but through another such call; what is added to the directory meanwhile stays.
   */
  *replaceChildrenInSteps(
    id: number,
    entries: Iterable<TreeEntry>,
    at: number,
  ): Generator<void, Replaced> {
    const result = yield* this.#takeOver.run(id, entries);
    this.inside.lives.setStale(id, false);
    this.nodes.verified.data[id] = Math.floor(at / 1_000);
    this.#changed(id);
    return result;
  }

  /** Puts what is known of the children of a directory in doubt, until they are listed again. */
  markStale(id: number): void {
    this.inside.lives.setStale(id, true);
    this.#changed(id);
  }

  isStale(id: number): boolean {
    return (this.nodes.parent.data[id]! & bit.IS_STALE) !== 0;
  }

  /** When the last complete listing that was taken over began, in milliseconds since 1970, to the second. */
  verifiedAt(id: number): number | undefined {
    const seconds = this.nodes.verified.data[id]! >>> 0;
    return seconds === 0 ? undefined : seconds * 1_000;
  }

  /** What the server calls a node; undefined where it is not known, or `fileIds` is off. */
  fileId(id: number): bigint | undefined {
    return this.inside.fileIds?.get(id);
  }

  setFileId(id: number, fileId: bigint): void {
    this.inside.fileIds?.set(id, fileId);
    this.#changed(id);
  }

  /** A node that the server calls so. */
  byFileId(fileId: bigint): number | undefined {
    const id = this.inside.fileIds?.find(fileId);
    return id === undefined || this.pathOf(id) === undefined ? undefined : id;
  }

  /**
   * Nodes of the tree by number, from `start`, looking at no more than `count` numbers. `next` is where to
   * go on; undefined at the end.
   */
  slice(start: number, count: number): NodeSlice {
    const { name, size } = this.nodes;
    const end = Math.min(size, start + count);
    const ids: number[] = [];
    for (let id = Math.max(start, 1); id < end; id += 1) {
      if ((name.data[id]! & ID_BITS) === FREE_NAME) continue;
      if (this.leaving && this.pathOf(id) === undefined) continue;
      ids.push(id);
    }
    return { ids, next: end < size ? end : undefined };
  }

  /** Frees up to so many slots of removed nodes; gives whether none are left. */
  settle(most: number = DEFAULTS.cacheSliceEntries): boolean {
    return this.inside.lives.settle(most, this.#version);
  }

  /** A snapshot was put into the tree. */
  restored(): void {
    this.#changed(ROOT);
  }

  #makeDirectories(segments: readonly string[]): number | undefined {
    let node = ROOT;
    for (const segment of segments) {
      const child = this.child(node, segment);
      // What has something below it is a directory, whatever it was.
      if (child !== undefined && this.nodes.name.data[child]! & bit.IS_FILE)
        this.#setNameBits(child, 0);
      const next = child ?? this.#put(node, segment, 0);
      if (next === undefined) return undefined;
      node = next;
    }
    return node;
  }

  #put(parent: number, name: string, bits: number): number | undefined {
    const nameId = this.names.use(name);
    if (nameId === NO_NAME) {
      this.#truncated = true;
      return undefined;
    }
    const known = this.inside.links.find(parent, nameId);
    if (known !== 0) {
      this.names.release(nameId);
      const before = this.nodes.name.data[known]! & ~ID_BITS;
      if ((before ^ bits) & bit.IS_FILE) this.#clear(known);
      if (before !== bits) this.#setNameBits(known, bits);
      return known;
    }
    const id = this.inside.lives.create(parent | this.#takeOver.seenBit(parent), nameId | bits);
    if (id === undefined) {
      this.names.release(nameId);
      this.#truncated = true;
      return undefined;
    }
    this.#changed(id, parent);
    return id;
  }

  #relink(id: number, parent: number, name: string): number | undefined {
    const nameId = this.names.use(name);
    if (nameId === NO_NAME) {
      this.#truncated = true;
      this.removeNode(id);
      return undefined;
    }
    const there = this.inside.links.find(parent, nameId);
    if (there === id) {
      this.names.release(nameId);
      return id;
    }
    // First out of its old place: what is replaced may be a directory above it.
    const { nodes } = this;
    const previous = this.inside.links.before(id);
    this.inside.links.unlinkAfter(id, previous);
    this.#changed(nodes.parent.data[id]! & ID_BITS, previous);
    if (there !== 0) this.removeNode(there);
    const old = nodes.name.data[id]!;
    nodes.name.data[id] = nameId | (old & ~ID_BITS);
    this.names.release(old & ID_BITS);
    const kept = nodes.parent.data[id]! & (bit.IS_INDEXED | bit.IS_STALE);
    nodes.parent.data[id] = parent | kept | this.#takeOver.seenBit(parent);
    this.inside.links.link(id);
    this.#changed(id, parent);
    return id;
  }

  #isBelow(id: number, segments: readonly string[]): boolean {
    let node: number | undefined = ROOT;
    for (const segment of segments) {
      node = this.child(node, segment);
      if (node === id) return true;
      if (node === undefined) return false;
    }
    return false;
  }

  #removeAfter(id: number, previous: number): void {
    this.inside.links.unlinkAfter(id, previous);
    this.#changed(id, this.nodes.parent.data[id]! & ID_BITS, previous);
    this.inside.lives.discard(id, this.#version);
  }

  /** Forgets all children. */
  #clear(id: number): void {
    const { first } = this.nodes;
    while (first.data[id] !== 0) this.removeNode(first.data[id]!);
    this.nodes.verified.data[id] = 0;
    this.inside.lives.setStale(id, false);
  }

  #setNameBits(id: number, bits: number): void {
    this.inside.lives.setNameBits(id, bits);
    this.#changed(id);
  }

  #changed(...ids: readonly number[]): void {
    this.#version += 1;
    for (const id of ids) this.nodes.touch(id, this.#version);
    Atomics.store(this.#counters, HEADER.nodes, this.nodes.size);
    Atomics.store(this.#counters, HEADER.names, this.names.size);
    Atomics.add(this.#counters, HEADER.version, 1);
  }
}
