import { FileAttribute } from '../../src/smb/wire/create.ts';

/** A moment that all new files have, so that tests know it. */
export const FAKE_NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A handle on a node, as far as the files need to know of it. */
export interface NodeHandle {
  /** The node is to be deleted: whoever waits for its changes is told (MS-FSA 2.1.5.11). */
  deletionPending(): void;
}

export interface FakeNode {
  name: string;
  readonly id: bigint;
  readonly children: Map<string, FakeNode> | undefined;
  parent: FakeNode | undefined;
  content: Buffer;
  attributes: number;
  createdMs: number;
  accessedMs: number;
  modifiedMs: number;
  changedMs: number;
  deletePending: boolean;
  /** All that are open, of every connection. */
  readonly handles: Set<NodeHandle>;
}

/** Who changed something: somebody over SMB, or a program of the server itself. */
export type Origin = 'client' | 'server';

/** What happened, with paths from the root, `\` between the names. */
export interface FakeChange {
  readonly action: 'added' | 'removed' | 'modified' | 'renamed';
  readonly path: string;
  readonly oldPath?: string;
  readonly by: Origin;
}

export interface FakeFileSystemOptions {
  /** What new times are; without, all are `FAKE_NOW_MS`. With, no two changes have the same. */
  readonly now?: () => number;
  /** A directory counts as modified when its names change, and those above hear of it (NTFS). */
  readonly tellsDirectoryTimes?: boolean;
}

/**
 * Files and directories in memory. Paths of its methods take `/` or `\`. Names are found whatever
 * their case, and kept as written.
 */
export class FakeFileSystem {
  readonly root: FakeNode;
  #nextId = 0x1000n;
  #listeners = new Set<(change: FakeChange) => void>();
  #options: FakeFileSystemOptions;
  #lastMs = 0;
  #by: Origin = 'server';
  #isSilent = false;

  constructor(options: FakeFileSystemOptions = {}) {
    this.#options = options;
    this.root = this.#node('', true);
  }

  /** What happens within is done by somebody of that kind; the default is the server. */
  as<T>(by: Origin, action: () => T): T {
    const before = this.#by;
    this.#by = by;
    try {
      return action();
    } finally {
      this.#by = before;
    }
  }

  /** What happens within is told to nobody, as when the queue of the server's kernel is full. */
  silently<T>(action: () => T): T {
    const before = this.#isSilent;
    this.#isSilent = true;
    try {
      return action();
    } finally {
      this.#isSilent = before;
    }
  }

  /** Hears of every change; returns how to stop that. */
  observe(listener: (change: FakeChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  find(path: string): FakeNode | undefined {
    let node: FakeNode | undefined = this.root;
    for (const name of namesOf(path)) node = node?.children?.get(keyOf(name));
    return node;
  }

  /** Makes a directory and those above it. */
  mkdir(path: string): FakeNode {
    let node = this.root;
    for (const name of namesOf(path)) {
      node = node.children?.get(keyOf(name)) ?? this.add(node, name, true);
    }
    return node;
  }

  /** Writes a whole file, new or not, and makes the directories above it. */
  writeFile(path: string, content: string | Buffer = ''): FakeNode {
    const existing = this.find(path);
    const node = existing ?? this.#create(path, false);
    node.content = Buffer.from(content);
    if (existing !== undefined) this.written(node);
    return node;
  }

  remove(path: string): void {
    const node = this.find(path);
    if (node !== undefined) this.unlink(node);
  }

  rename(from: string, to: string): void {
    const node = this.find(from);
    const names = namesOf(to);
    const name = names.pop();
    if (node === undefined || name === undefined) throw new Error(`cannot rename ${from} to ${to}`);
    this.move(node, this.mkdir(names.join('\\')), name);
  }

  add(parent: FakeNode, name: string, isDirectory: boolean): FakeNode {
    const node = this.#node(name, isDirectory);
    node.parent = parent;
    parent.children?.set(keyOf(name), node);
    this.#tell({ action: 'added', path: pathOf(node) });
    this.#namesChanged(parent);
    return node;
  }

  unlink(node: FakeNode): void {
    const path = pathOf(node);
    const { parent } = node;
    parent?.children?.delete(keyOf(node.name));
    node.parent = undefined;
    this.#tell({ action: 'removed', path });
    if (parent !== undefined) this.#namesChanged(parent);
  }

  move(node: FakeNode, parent: FakeNode, name: string): void {
    const oldPath = pathOf(node);
    const replaced = parent.children?.get(keyOf(name));
    if (replaced !== undefined && replaced !== node) this.unlink(replaced);
    const from = node.parent;
    from?.children?.delete(keyOf(node.name));
    node.parent = parent;
    node.name = name;
    parent.children?.set(keyOf(name), node);
    this.#tell({ action: 'renamed', path: pathOf(node), oldPath });
    if (from !== undefined && from !== parent) this.#namesChanged(from);
    this.#namesChanged(parent);
  }

  /** The content of a node is another. */
  written(node: FakeNode): void {
    node.modifiedMs = node.changedMs = this.#stamp();
    this.touched(node);
  }

  /** Content, times or attributes of a node are not what they were. */
  touched(node: FakeNode): void {
    if (isAttached(node)) this.#tell({ action: 'modified', path: pathOf(node) });
  }

  #namesChanged(directory: FakeNode): void {
    directory.modifiedMs = directory.changedMs = this.#stamp();
    if (this.#options.tellsDirectoryTimes === true && directory !== this.root) {
      this.touched(directory);
    }
  }

  #stamp(): number {
    const { now } = this.#options;
    if (now === undefined) return FAKE_NOW_MS;
    this.#lastMs = Math.max(this.#lastMs + 1, now());
    return this.#lastMs;
  }

  #create(path: string, isDirectory: boolean): FakeNode {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw new Error('the root exists already');
    return this.add(this.mkdir(names.join('\\')), name, isDirectory);
  }

  #node(name: string, isDirectory: boolean): FakeNode {
    this.#nextId += 1n;
    const nowMs = this.#stamp();
    return {
      name,
      id: this.#nextId,
      children: isDirectory ? new Map() : undefined,
      parent: undefined,
      content: Buffer.alloc(0),
      attributes: isDirectory ? FileAttribute.DIRECTORY : FileAttribute.ARCHIVE,
      createdMs: nowMs,
      accessedMs: nowMs,
      modifiedMs: nowMs,
      changedMs: nowMs,
      deletePending: false,
      handles: new Set(),
    };
  }

  #tell(change: Omit<FakeChange, 'by'>): void {
    if (this.#isSilent) return;
    for (const listener of this.#listeners) listener({ ...change, by: this.#by });
  }
}

export function namesOf(path: string): string[] {
  return path.split(/[/\\]/).filter((name) => name !== '');
}

/** From the root of the share, `\` between the names; '' for the root. */
export function pathOf(node: FakeNode): string {
  const names: string[] = [];
  for (let at = node; at.parent !== undefined; at = at.parent) names.unshift(at.name);
  return names.join('\\');
}

/** Whether it can be reached from the root; a directory removed while open cannot. */
export function isAttached(node: FakeNode): boolean {
  let top = node;
  while (top.parent !== undefined) top = top.parent;
  return top.name === '';
}

/** All below a directory, parents first. */
export function* descendantsOf(node: FakeNode): Generator<FakeNode> {
  for (const child of node.children?.values() ?? []) {
    yield child;
    yield* descendantsOf(child);
  }
}

function keyOf(name: string): string {
  return name.toLowerCase();
}
