import { descendantsOf, namesOf } from './file-system.ts';
import type { FakeFileSystem, FakeNode, Origin } from './file-system.ts';
import { hasOpenDescendants } from './opens.ts';

/**
 * The files of a host as somebody besides the client under test sees them: another client, or a
 * program of the server itself. Every method says whether it was done: what a server of that kind
 * refuses is not.
 */
export class HostFiles {
  readonly #files: FakeFileSystem;
  readonly #by: Origin;
  readonly #kind: 'samba' | 'windows';

  constructor(files: FakeFileSystem, by: Origin, kind: 'samba' | 'windows') {
    this.#files = files;
    this.#by = by;
    this.#kind = kind;
  }

  mkdir(path: string): boolean {
    const place = this.#placeFor(path);
    if (place === undefined || this.#files.find(path) !== undefined) return false;
    this.#do(() => this.#files.add(place.parent, place.name, true));
    return true;
  }

  /** A whole file, new or not. */
  write(path: string, content: string | Buffer): boolean {
    const existing = this.#files.find(path);
    if (existing?.children !== undefined || existing?.deletePending === true) return false;
    const place = this.#placeFor(path);
    if (place === undefined) return false;
    this.#do(() => {
      const node = existing ?? this.#files.add(place.parent, place.name, false);
      node.content = Buffer.from(content);
      this.#files.written(node);
    });
    return true;
  }

  /** Within the share; an existing file gives way, a directory does not. */
  rename(from: string, to: string): boolean {
    const node = this.#files.find(from);
    const place = this.#placeFor(to);
    if (node?.parent === undefined || node.deletePending || place === undefined) return false;
    const { parent, name } = place;
    for (let at: FakeNode | undefined = parent; at !== undefined; at = at.parent) {
      if (at === node) return false;
    }
    const existing = this.#files.find(to);
    if (existing !== undefined && existing !== node) {
      const isFree = existing.children === undefined && node.children === undefined;
      if (!isFree || existing.handles.size > 0) return false;
    }
    if (this.#kind === 'windows' && hasOpenDescendants(node)) return false;
    this.#do(() => this.#files.move(node, parent, name));
    return true;
  }

  /**
   * With everything below. What somebody has open goes with the last handle, and its name is taken
   * until then; on Samba only for clients, while a program of the server removes it at once and
   * nobody hears of it.
   */
  remove(path: string): boolean {
    const node = this.#files.find(path);
    if (node?.parent === undefined) return false;
    return this.#do(() => this.#remove(node));
  }

  #remove(node: FakeNode): boolean {
    for (const child of [...(node.children?.values() ?? [])]) this.#remove(child);
    if ((node.children?.size ?? 0) > 0) return false;
    if (node.handles.size > 0 && (this.#kind === 'windows' || this.#by === 'client')) {
      node.deletePending = true;
      for (const handle of [...node.handles]) handle.deletionPending();
      return true;
    }
    this.#files.unlink(node);
    return true;
  }

  #placeFor(path: string): { parent: FakeNode; name: string } | undefined {
    const names = namesOf(path);
    const name = names.pop();
    const parent = this.#files.find(names.join('\\'));
    if (parent?.children === undefined || parent.deletePending || name === undefined) {
      return undefined;
    }
    return { parent, name };
  }

  #do<T>(action: () => T): T {
    return this.#files.as(this.#by, action);
  }
}

/** What a complete listing shows: kind and size by path relative to the directory, `/` between. */
export function treeOf(directory: FakeNode): Map<string, { isDirectory: boolean; size: number }> {
  const tree = new Map<string, { isDirectory: boolean; size: number }>();
  for (const node of descendantsOf(directory)) {
    const names = [node.name];
    for (let at = node.parent; at !== undefined && at !== directory; at = at.parent) {
      names.unshift(at.name);
    }
    const isDirectory = node.children !== undefined;
    tree.set(names.join('/'), { isDirectory, size: node.content.length });
  }
  return tree;
}
