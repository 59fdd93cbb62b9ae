import type { NodeKind, TreeEntry } from '../../src/directory-cache/entry.ts';

interface Known {
  kind: NodeKind;
  fileId?: bigint | undefined;
}

/** What a tree means, as plainly as can be: a map of paths. For tests. */
export class TreeModel {
  #known = new Map<string, Known>();

  paths(): Map<string, string> {
    const sorted = [...this.#known].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return new Map(sorted.map(([path, { kind }]) => [path, kind]));
  }

  count(kind: NodeKind): number {
    return [...this.#known.values()].filter((each) => each.kind === kind).length;
  }

  add(path: string, kind: NodeKind): void {
    for (const above of aboveOf(path)) {
      const known = this.#known.get(above);
      this.#known.set(above, { ...known, kind: 'directory' });
    }
    const known = this.#known.get(path);
    if (known !== undefined && known.kind !== kind) this.#removeBelow(path);
    this.#known.set(path, { ...known, kind });
  }

  remove(path: string): boolean {
    this.#removeBelow(path);
    return this.#known.delete(path);
  }

  move(from: string, to: string): boolean {
    if (!this.#known.has(from) || to.startsWith(`${from}/`)) return false;
    if (from === to) return true;
    for (const above of aboveOf(to)) this.add(above, 'directory');
    const moved = [...this.#known].filter(([path]) => path === from || isBelow(path, from));
    this.remove(from);
    this.remove(to);
    for (const [path, known] of moved) this.#known.set(to + path.slice(from.length), known);
    return true;
  }

  replaceChildren(
    path: string,
    entries: readonly TreeEntry[],
  ): { readonly added: string[]; readonly removed: string[] } {
    const added: string[] = [];
    const removed: string[] = [];
    const listed = new Set(entries.map(({ name }) => `${path}/${name}`));
    for (const child of this.#childrenOf(path)) {
      if (listed.has(child)) continue;
      removed.push(child.slice(path.length + 1));
      this.remove(child);
    }
    for (const { name, kind = 'directory', fileId } of entries) {
      const child = `${path}/${name}`;
      const known = this.#known.get(child);
      const other = fileId !== undefined && (known?.fileId ?? fileId) !== fileId;
      if (known !== undefined && (known.kind !== kind || other)) {
        removed.push(name);
        this.remove(child);
      }
      if (!this.#known.has(child)) added.push(name);
      const kept = this.#known.get(child);
      this.#known.set(child, { kind, fileId: fileId ?? kept?.fileId });
    }
    return { added: added.toSorted(), removed: removed.toSorted() };
  }

  #childrenOf(path: string): string[] {
    return [...this.#known.keys()].filter(
      (each) => isBelow(each, path) && !each.slice(path.length + 1).includes('/'),
    );
  }

  #removeBelow(path: string): void {
    for (const each of this.#known.keys()) if (isBelow(each, path)) this.#known.delete(each);
  }
}

function isBelow(path: string, above: string): boolean {
  return path.startsWith(`${above}/`);
}

function aboveOf(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, i) => segments.slice(0, i + 1).join('/'));
}
