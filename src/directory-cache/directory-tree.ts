import { DEFAULTS } from '../defaults.ts';
import { ID_BITS, IS_FILE, IS_HIDDEN, IS_INDEXED, IS_LINK, IS_SEEN, IS_STALE } from './entry.ts';
import { IS_SYSTEM, flagBits } from './entry.ts';
import type { EntryFlags, NodeKind, TreeEntry } from './entry.ts';
import { FileIds } from './file-ids.ts';
import { HashIndex, mix } from './hash-index.ts';
import { FREE_NAME, NO_NAME, NameTable } from './name-table.ts';
import { NodeColumns } from './node-columns.ts';
import { HEADER } from './tree-memory.ts';
import type { TreeMemory } from './tree-memory.ts';

export const ROOT = 0;

export interface TreeOptions {
  /** Entries at most, without the root; address space is reserved for them, memory only as needed. */
  readonly maxEntries?: number | undefined;
  /** Keeps what the server calls each directory: 8 bytes and an index of 5 bytes an entry. */
  readonly fileIds?: boolean | undefined;
}

export interface NodeInfo {
  readonly name: string;
  readonly kind: NodeKind;
  readonly hidden: boolean;
  readonly system: boolean;
  readonly link: boolean;
  readonly stale: boolean;
}

/** What a listing changed. */
export interface Replaced {
  /** Nodes that are new, or another thing than before; their children are not known. */
  readonly added: number[];
  /** Names that are gone, or another thing than before. */
  readonly removed: string[];
}

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
  readonly #fileIds: FileIds | undefined;
  readonly #children: HashIndex;
  readonly #header = new Int32Array(new SharedArrayBuffer(4 * Object.keys(HEADER).length));
  readonly #matchesChild: (id: number) => boolean;
  /** Removed nodes whose slots, and those below, are still to be freed: the lowest last. */
  readonly #leaving: number[] = [];
  #soughtParent = 0;
  #soughtName = 0;
  #directories = 0;
  #files = 0;
  #stale = 0;
  #version = 0;
  #truncated = false;
  #replacing: number | undefined;

  constructor({ maxEntries = DEFAULTS.cacheMaxEntries, fileIds = false }: TreeOptions = {}) {
    this.maxEntries = maxEntries;
    this.nodes = new NodeColumns(maxEntries + 1);
    this.names = new NameTable(maxEntries, () => Atomics.add(this.#header, HEADER.moves, 1));
    this.#fileIds = fileIds ? new FileIds(maxEntries + 1) : undefined;
    const { parent, name } = this.nodes;
    this.#children = new HashIndex((id) => childHash(parent.data[id]!, name.data[id]!));
    this.#matchesChild = (id) =>
      (parent.data[id]! & ID_BITS) === this.#soughtParent &&
      (name.data[id]! & ID_BITS) === this.#soughtName;
    this.nodes.allocate();
    this.#changed(ROOT);
  }

  /** Directories, without the root. Exact once nothing is `leaving`. */
  get directories(): number {
    return this.#directories;
  }

  get files(): number {
    return this.#files;
  }

  /** Directories whose listing is in doubt. */
  get stale(): number {
    return this.#stale;
  }

  /** Whether `maxEntries` refused something since the tree was made. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** Counts changes. */
  get version(): number {
    return this.#version;
  }

  /** Whether removed nodes still take room: call `settle` until it gives true. */
  get leaving(): boolean {
    return this.#leaving.length > 0;
  }

  /** Memory in bytes, without what only searching needs. */
  get bytes(): number {
    const ids = this.#fileIds?.bytes ?? 0;
    return this.nodes.bytes + this.names.bytes + this.#children.bytes + ids;
  }

  /** Memory in bytes that only searching needs. */
  get searchBytes(): number {
    return this.names.searchBytes;
  }

  /** What a worker needs to search this tree while it changes. */
  get memory(): TreeMemory {
    const { names, nodes } = this;
    return {
      header: this.#header.buffer as SharedArrayBuffer,
      parent: nodes.parent.buffer,
      name: nodes.name.buffer,
      offsets: names.offsets.buffer,
      letters: names.letters.buffer,
      pairs: names.pairs.buffer,
      initials: names.initials.buffer,
      heads: names.heads.buffer,
      bytes: names.store.column.buffer,
    };
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
    return this.#findChild(parent, nameId) || undefined;
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
    return segments.reverse().join('/');
  }

  /** Undefined for the root. */
  parentOf(id: number): number | undefined {
    return id === ROOT ? undefined : this.nodes.parent.data[id]! & ID_BITS;
  }

  info(id: number): NodeInfo {
    const bits = this.nodes.name.data[id]!;
    return {
      name: this.names.text(bits & ID_BITS),
      kind: bits & IS_FILE ? 'file' : 'directory',
      hidden: (bits & IS_HIDDEN) !== 0,
      system: (bits & IS_SYSTEM) !== 0,
      link: (bits & IS_LINK) !== 0,
      stale: this.isStale(id),
    };
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

  /** Makes an entry of a directory, or takes over kind and flags; see `add`. */
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
    this.#unlink(id);
    this.#discard(id);
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
    const steps = this.replaceChildrenInSteps(id, entries, at);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
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
    const result: Replaced = { added: [], removed: [] };
    const { nodes } = this;
    this.#replacing = id;
    try {
      let done = 0;
      for (const entry of entries) {
        this.#takeOver(id, entry, result);
        if ((done += 1) % DEFAULTS.cacheSliceEntries === 0) yield;
      }
      let previous = 0;
      for (let child = nodes.first.data[id]!; child !== 0;) {
        const following = nodes.next.data[child]!;
        if (nodes.parent.data[child]! & IS_SEEN) {
          nodes.parent.data[child]! &= ~IS_SEEN;
          previous = child;
        } else {
          result.removed.push(this.names.text(nodes.name.data[child]! & ID_BITS));
          this.#unlinkAfter(child, previous);
          this.#discard(child);
        }
        child = following;
      }
    } finally {
      this.#replacing = undefined;
    }
    this.#setStale(id, false);
    nodes.verified.data[id] = Math.floor(at / 1_000);
    this.#changed(id);
    return result;
  }

  /** Puts what is known of the children of a directory in doubt, until they are listed again. */
  markStale(id: number): void {
    this.#setStale(id, true);
    this.#changed(id);
  }

  isStale(id: number): boolean {
    return (this.nodes.parent.data[id]! & IS_STALE) !== 0;
  }

  /** When the last complete listing that was taken over began, in milliseconds since 1970, to the second. */
  verifiedAt(id: number): number | undefined {
    const seconds = this.nodes.verified.data[id]! >>> 0;
    return seconds === 0 ? undefined : seconds * 1_000;
  }

  /** What the server calls a node; undefined where it is not known, or `fileIds` is off. */
  fileId(id: number): bigint | undefined {
    return this.#fileIds?.get(id);
  }

  setFileId(id: number, fileId: bigint): void {
    this.#fileIds?.set(id, fileId);
    this.#changed(id);
  }

  /** A node that the server calls so. */
  byFileId(fileId: bigint): number | undefined {
    const id = this.#fileIds?.find(fileId);
    return id === undefined || this.pathOf(id) === undefined ? undefined : id;
  }

  /**
   * Nodes of the tree by number, from `start`, looking at no more than `count` numbers. `next` is where to
   * go on; undefined at the end.
   */
  slice(
    start: number,
    count: number,
  ): { readonly ids: number[]; readonly next: number | undefined } {
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
    const { first, next, name } = this.nodes;
    for (let done = 0; done < most && this.#leaving.length > 0; done += 1) {
      const id = this.#leaving.at(-1)!;
      const child = first.data[id]!;
      if (child === 0) {
        this.#leaving.pop();
        this.#free(id);
      } else {
        first.data[id] = next.data[child]!;
        if (this.nodes.parent.data[id]! & IS_INDEXED) this.#children.delete(child);
        this.#countOut(child);
        this.names.release(name.data[child]! & ID_BITS);
        name.data[child] = FREE_NAME;
        this.#leaving.push(child);
      }
    }
    return this.#leaving.length === 0;
  }

  #makeDirectories(segments: readonly string[]): number | undefined {
    let node = ROOT;
    for (const segment of segments) {
      const child = this.child(node, segment);
      // What has something below it is a directory, whatever it was.
      if (child !== undefined && this.nodes.name.data[child]! & IS_FILE) this.#setBits(child, 0);
      const next = child ?? this.#put(node, segment, 0);
      if (next === undefined) return undefined;
      node = next;
    }
    return node;
  }

  #put(parent: number, name: string, bits: number): number | undefined {
    const nameId = this.names.use(name);
    if (nameId === NO_NAME) return this.#refuse();
    const known = this.#findChild(parent, nameId);
    if (known !== 0) {
      this.names.release(nameId);
      const before = this.nodes.name.data[known]! & ~ID_BITS;
      if ((before ^ bits) & IS_FILE) this.#clear(known);
      if (before !== bits) this.#setBits(known, bits);
      return known;
    }
    const id = this.nodes.allocate();
    if (id === undefined) {
      this.names.release(nameId);
      return this.#refuse();
    }
    this.nodes.first.data[id] = 0;
    this.nodes.verified.data[id] = 0;
    // While it has no parent it must not be found through what its slot was before.
    this.nodes.parent.data[id] = parent | (this.#replacing === parent ? IS_SEEN : 0);
    this.nodes.name.data[id] = nameId | bits;
    if (bits & IS_FILE) this.#files += 1;
    else this.#directories += 1;
    this.#link(id, parent);
    return id;
  }

  #refuse(): undefined {
    this.#truncated = true;
    return undefined;
  }

  #takeOver(parent: number, entry: TreeEntry, result: Replaced): void {
    const { nodes } = this;
    const kind = entry.kind ?? 'directory';
    let known = this.child(parent, entry.name);
    if (known !== undefined && this.#isAnother(known, kind, entry.fileId)) {
      result.removed.push(entry.name);
      this.removeNode(known);
      known = undefined;
    }
    const id = this.addChild(parent, entry);
    if (id === undefined) return;
    if (known === undefined) result.added.push(id);
    nodes.parent.data[id]! |= IS_SEEN;
  }

  #isAnother(id: number, kind: NodeKind, fileId: bigint | undefined): boolean {
    if (((this.nodes.name.data[id]! & IS_FILE) !== 0) !== (kind === 'file')) return true;
    const known = this.fileId(id);
    return known !== undefined && fileId !== undefined && known !== fileId;
  }

  #relink(id: number, parent: number, name: string): number | undefined {
    const nameId = this.names.use(name);
    if (nameId === NO_NAME) {
      this.removeNode(id);
      return this.#refuse();
    }
    const there = this.#findChild(parent, nameId);
    if (there === id) {
      this.names.release(nameId);
      return id;
    }
    // First out of its old place: what is replaced may be a directory above it.
    this.#unlink(id);
    if (there !== 0) this.removeNode(there);
    const { nodes } = this;
    const old = nodes.name.data[id]!;
    nodes.name.data[id] = nameId | (old & ~ID_BITS);
    this.names.release(old & ID_BITS);
    const kept = nodes.parent.data[id]! & (IS_INDEXED | IS_STALE);
    nodes.parent.data[id] = parent | kept | (this.#replacing === parent ? IS_SEEN : 0);
    this.#link(id, parent);
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

  /** The child of that name; 0 if there is none. */
  #findChild(parent: number, nameId: number): number {
    const { nodes } = this;
    if (nodes.parent.data[parent]! & IS_INDEXED) {
      this.#soughtParent = parent;
      this.#soughtName = nameId;
      return this.#children.find(childHash(parent, nameId), this.#matchesChild);
    }
    const names = nodes.name.data;
    const next = nodes.next.data;
    for (let child = nodes.first.data[parent]!; child !== 0; child = next[child]!) {
      if ((names[child]! & ID_BITS) === nameId) return child;
    }
    return 0;
  }

  #link(id: number, parent: number): void {
    const { nodes } = this;
    nodes.next.data[id] = nodes.first.data[parent]!;
    nodes.first.data[parent] = id;
    if (nodes.parent.data[parent]! & IS_INDEXED) this.#children.add(id);
    else this.#indexIfLarge(parent);
    this.#changed(id, parent);
  }

  /** Walking a few children is quick and needs no memory; many are found through the index. */
  #indexIfLarge(parent: number): void {
    const { first, next } = this.nodes;
    let count = 0;
    for (let child = first.data[parent]!; child !== 0; child = next.data[child]!) count += 1;
    if (count <= DEFAULTS.cacheUnindexedChildren) return;
    for (let child = first.data[parent]!; child !== 0; child = next.data[child]!) {
      this.#children.add(child);
    }
    this.nodes.parent.data[parent]! |= IS_INDEXED;
  }

  #unlink(id: number): void {
    const { parent, first, next } = this.nodes;
    let previous = 0;
    for (let each = first.data[parent.data[id]! & ID_BITS]!; each !== id; each = next.data[each]!) {
      previous = each;
    }
    this.#unlinkAfter(id, previous);
  }

  /** @param previous the child before it, 0 where it is the first */
  #unlinkAfter(id: number, previous: number): void {
    const { nodes } = this;
    const parent = nodes.parent.data[id]! & ID_BITS;
    if (nodes.parent.data[parent]! & IS_INDEXED) this.#children.delete(id);
    if (previous === 0) nodes.first.data[parent] = nodes.next.data[id]!;
    else nodes.next.data[previous] = nodes.next.data[id]!;
    this.#changed(id, parent, previous);
  }

  /** Forgets a node that is linked nowhere, and sees to it that those below are freed. */
  #discard(id: number): void {
    const { name } = this.nodes;
    this.#countOut(id);
    this.names.release(name.data[id]! & ID_BITS);
    name.data[id] = FREE_NAME;
    this.#leaving.push(id);
    this.settle(DEFAULTS.cacheSliceEntries);
  }

  /** Forgets all children. */
  #clear(id: number): void {
    const { first } = this.nodes;
    while (first.data[id] !== 0) this.removeNode(first.data[id]!);
    this.nodes.verified.data[id] = 0;
    this.#setStale(id, false);
  }

  #countOut(id: number): void {
    if (this.nodes.name.data[id]! & IS_FILE) this.#files -= 1;
    else this.#directories -= 1;
    this.#setStale(id, false);
  }

  #free(id: number): void {
    this.#fileIds?.delete(id);
    this.nodes.release(id, this.#version);
  }

  #setBits(id: number, bits: number): void {
    const { name } = this.nodes;
    const wasFile = (name.data[id]! & IS_FILE) !== 0;
    const isFile = (bits & IS_FILE) !== 0;
    if (wasFile !== isFile) {
      this.#files += isFile ? 1 : -1;
      this.#directories += isFile ? -1 : 1;
    }
    name.data[id] = (name.data[id]! & ID_BITS) | bits;
    this.#changed(id);
  }

  #setStale(id: number, stale: boolean): void {
    if (this.isStale(id) === stale) return;
    this.#stale += stale ? 1 : -1;
    this.nodes.parent.data[id]! ^= IS_STALE;
  }

  #changed(...ids: readonly number[]): void {
    this.#version += 1;
    for (const id of ids) this.nodes.touch(id, this.#version);
    Atomics.store(this.#header, HEADER.nodes, this.nodes.size);
    Atomics.store(this.#header, HEADER.names, this.names.size);
    Atomics.add(this.#header, HEADER.version, 1);
  }
}

function childHash(parent: number, name: number): number {
  return mix(Math.imul(parent & ID_BITS, 0x9e3779b1) ^ (name & ID_BITS));
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}
