import { FileAttribute } from '../../src/smb/wire/create.ts';

/** A moment that all new files have, so that tests know it. */
export const FAKE_NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

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
}

/** What happened, with paths from the root, `\` between the names. */
export interface FakeChange {
  readonly action: 'added' | 'removed' | 'modified' | 'renamed';
  readonly path: string;
  readonly oldPath?: string;
}

/**
 * Files and directories in memory. Paths of its methods take `/` or `\`. Names are found whatever
 * their case, and kept as written.
 */
export class FakeFileSystem {
  readonly root: FakeNode;
  #nextId = 0x1000n;
  #listeners = new Set<(change: FakeChange) => void>();

  constructor() {
    this.root = this.#node('', true);
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
    if (existing !== undefined) this.touched(node);
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
    return node;
  }

  unlink(node: FakeNode): void {
    const path = pathOf(node);
    node.parent?.children?.delete(keyOf(node.name));
    node.parent = undefined;
    this.#tell({ action: 'removed', path });
  }

  move(node: FakeNode, parent: FakeNode, name: string): void {
    const oldPath = pathOf(node);
    const replaced = parent.children?.get(keyOf(name));
    if (replaced !== undefined && replaced !== node) this.unlink(replaced);
    node.parent?.children?.delete(keyOf(node.name));
    node.parent = parent;
    node.name = name;
    parent.children?.set(keyOf(name), node);
    this.#tell({ action: 'renamed', path: pathOf(node), oldPath });
  }

  /** Content, times or attributes of a node are not what they were. */
  touched(node: FakeNode): void {
    this.#tell({ action: 'modified', path: pathOf(node) });
  }

  #create(path: string, isDirectory: boolean): FakeNode {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw new Error('the root exists already');
    return this.add(this.mkdir(names.join('\\')), name, isDirectory);
  }

  #node(name: string, isDirectory: boolean): FakeNode {
    this.#nextId += 1n;
    return {
      name,
      id: this.#nextId,
      children: isDirectory ? new Map() : undefined,
      parent: undefined,
      content: Buffer.alloc(0),
      attributes: isDirectory ? FileAttribute.DIRECTORY : FileAttribute.ARCHIVE,
      createdMs: FAKE_NOW_MS,
      accessedMs: FAKE_NOW_MS,
      modifiedMs: FAKE_NOW_MS,
      changedMs: FAKE_NOW_MS,
      deletePending: false,
    };
  }

  #tell(change: FakeChange): void {
    for (const listener of this.#listeners) listener(change);
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

function keyOf(name: string): string {
  return name.toLowerCase();
}
