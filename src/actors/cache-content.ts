import type { DirectoryTree } from '../directory-cache/directory-tree.ts';
import type { TreeEntry } from '../directory-cache/entry.ts';
import type { StorageEntry } from '../storage/storage.ts';
import { treeEntry } from './cache-entry.ts';
import type { CacheMoves } from './cache-moves.ts';

/** Whose content it is. */
export interface ContentOwner {
  readonly tree: DirectoryTree;
  readonly moves: CacheMoves;
  readonly indexFiles: boolean;
  /** Entries handled before other work gets its turn. */
  readonly sliceEntries: number;
}

export interface AdoptOptions {
  /** When the listing began, milliseconds since 1970. */
  readonly at: number;
  /** Names that were heard of. */
  readonly hinted?: ReadonlySet<string> | undefined;
}

/** What a listing brought. */
export interface Adopted {
  /** Numbers of entries that were not there before. */
  readonly added: readonly number[];
  /** Names that are gone, as far as they did not move. */
  readonly removed: readonly string[];
}

const NOTHING: Adopted = { added: [], removed: [] };

/**
 * Brings what was listed into the tree: one listing at a time, in slices, so that nobody waits for the
 * event loop. Nothing is taken away but by a complete listing of the directory it was in.
 */
export class CacheContent {
  readonly #owner: ContentOwner;
  #last: Promise<unknown> = Promise.resolve();

  constructor(owner: ContentOwner) {
    this.#owner = owner;
  }

  /** Takes over a complete listing. */
  adopt(id: number, entries: readonly StorageEntry[], options: AdoptOptions): Promise<Adopted> {
    const adopting = this.#last.then(() => this.#adopt(id, entries, options));
    this.#last = adopting.catch(() => undefined);
    return adopting;
  }

  /** Takes over what stands, or does not stand, under a few names. */
  adoptNames(id: number, found: ReadonlyMap<string, StorageEntry | undefined>): Promise<Adopted> {
    const adopting = this.#last.then(() => this.#adoptNames(id, found));
    this.#last = adopting.catch(() => undefined);
    return adopting;
  }

  /** Everything that was handed over is in the tree. */
  settled(): Promise<unknown> {
    return this.#last;
  }

  async #adopt(
    id: number,
    entries: readonly StorageEntry[],
    { at, hinted }: AdoptOptions,
  ): Promise<Adopted> {
    const { tree, moves } = this.#owner;
    if (tree.pathOf(id) === undefined) return NOTHING;
    let listed = await this.#wanted(entries);
    const before = [...tree.children(id)];
    if (before.length > 0 || moves.pending > 0 || hinted !== undefined) {
      const vanished = await this.#compare(id, before, listed);
      listed = this.#arrive(id, listed, hinted);
      const names = new Set(listed.map(({ name }) => name));
      for (const child of vanished) {
        const kept = this.#kept(id, child);
        if (kept === undefined) continue;
        if (names.has(kept.name)) moves.leaving(child);
        else listed.push(kept);
      }
    }
    if (tree.pathOf(id) === undefined) return NOTHING;
    const steps = tree.replaceChildrenInSteps(id, listed, at);
    for (;;) {
      const step = steps.next();
      if (step.done === true) {
        for (const added of step.value.added) moves.forget(added);
        return step.value;
      }
      await turn();
    }
  }

  async #wanted(entries: readonly StorageEntry[]): Promise<TreeEntry[]> {
    const { indexFiles, sliceEntries } = this.#owner;
    const wanted: TreeEntry[] = [];
    for (let at = 0; at < entries.length; at += sliceEntries) {
      if (at > 0) await turn();
      for (const entry of entries.slice(at, at + sliceEntries)) {
        const kept = treeEntry(entry, indexFiles);
        if (kept !== undefined) wanted.push(kept);
      }
    }
    return wanted;
  }

  /** Which directories the listing does not show any more and are kept for now, since they may move. */
  async #compare(
    id: number,
    before: readonly number[],
    listed: readonly TreeEntry[],
  ): Promise<number[]> {
    const { tree, moves, sliceEntries } = this.#owner;
    const byName = new Map(listed.map((entry) => [entry.name, entry]));
    const vanished: number[] = [];
    for (let at = 0; at < before.length; at += sliceEntries) {
      if (at > 0) await turn();
      for (const child of before.slice(at, at + sliceEntries)) {
        if (tree.pathOf(child) === undefined || tree.parentOf(child) !== id) continue;
        const { name, kind } = tree.info(child);
        if (kind === 'file') continue;
        const entry = byName.get(name);
        if (entry !== undefined && this.#isSame(child, entry)) moves.stayed(child);
        else if (moves.vanished(child)) vanished.push(child);
        else moves.leaving(child);
      }
    }
    return vanished;
  }

  /** Without those that may stand elsewhere still. */
  #arrive(
    id: number,
    listed: readonly TreeEntry[],
    hinted: ReadonlySet<string> | undefined,
  ): TreeEntry[] {
    const { tree, moves } = this.#owner;
    if (moves.pending === 0 && hinted === undefined) return [...listed];
    return listed.filter((entry) => {
      if (entry.kind !== 'directory' || entry.link === true) return true;
      const child = tree.child(id, entry.name);
      if (child !== undefined && this.#isSame(child, entry)) return true;
      if (!moves.appeared(id, entry, hinted?.has(entry.name) ?? false)) return true;
      const now = tree.child(id, entry.name);
      return now !== undefined && this.#isSame(now, entry);
    });
  }

  /** As an entry of the listing, so that it stays; undefined when its name is another's, or it has moved. */
  #kept(id: number, child: number): TreeEntry | undefined {
    const { tree } = this.#owner;
    if (tree.pathOf(child) === undefined || tree.parentOf(child) !== id) return undefined;
    const { name, kind, hidden, system, link } = tree.info(child);
    const fileId = tree.fileId(child);
    return { name, kind, hidden, system, link, ...(fileId !== undefined && { fileId }) };
  }

  #isSame(child: number, entry: TreeEntry): boolean {
    const { tree } = this.#owner;
    if (tree.info(child).kind !== entry.kind) return false;
    const known = tree.fileId(child);
    return known === undefined || entry.fileId === undefined || known === entry.fileId;
  }

  #adoptNames(id: number, found: ReadonlyMap<string, StorageEntry | undefined>): Adopted {
    const { tree, moves, indexFiles } = this.#owner;
    if (tree.pathOf(id) === undefined) return NOTHING;
    const added: number[] = [];
    const removed: string[] = [];
    const entries = [...found].map(
      ([name, entry]) => [name, entry && treeEntry(entry, indexFiles)] as const,
    );
    for (const [name, entry] of entries) {
      const child = tree.child(id, name);
      if (child === undefined) continue;
      if (entry !== undefined && this.#isSame(child, entry)) {
        moves.stayed(child);
        continue;
      }
      const isDirectory = tree.info(child).kind === 'directory';
      if (isDirectory && moves.vanished(child) && entry === undefined) continue;
      if (tree.child(id, name) !== child) continue;
      moves.leaving(child);
      tree.removeNode(child);
      removed.push(name);
    }
    for (const [name, entry] of entries) {
      if (entry === undefined) continue;
      const known = tree.child(id, name);
      const isDirectory = entry.kind === 'directory' && entry.link !== true;
      if (known === undefined && isDirectory && moves.appeared(id, entry, true)) continue;
      const child = tree.addChild(id, entry);
      if (known !== undefined || child === undefined) continue;
      moves.forget(child);
      added.push(child);
    }
    return { added, removed };
  }
}

/** Whatever else has to be done is done first. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
