import type { StorageChange } from '../storage/storage.ts';
import type { DirectoryChange } from './directory-change.ts';

/**
 * Names of one directory of which the storage said something, until somebody has looked. Nothing is
 * concluded from what it said; it only decides between words for the same fact.
 */
export class Hints {
  readonly #names = new Map<string, StorageChange['action']>();
  /** New names by old ones. */
  #renames: Map<string, string> | undefined;

  get size(): number {
    return this.#names.size;
  }

  get renames(): ReadonlyMap<string, string> {
    return this.#renames ?? NO_RENAMES;
  }

  add({ action, path, oldPath }: StorageChange): void {
    if (action !== 'renamed' || oldPath === undefined) {
      // A file that is new stays new, however often it is written to.
      if (action !== 'modified' || !this.#names.has(path)) this.#names.set(path, action);
      return;
    }
    this.#names.set(oldPath, 'removed');
    this.#names.set(path, 'added');
    this.#renames ??= new Map();
    this.#renames.set(oldPath, path);
  }

  actionOf(name: string): StorageChange['action'] | undefined {
    return this.#names.get(name);
  }

  names(): IterableIterator<string> {
    return this.#names.keys();
  }
}

/** What was heard since a listing began. */
export class LateHints {
  #hints: Hints | undefined;
  /** Something was heard, though perhaps no name was remembered. */
  isHeard = false;

  get hints(): Hints | undefined {
    return this.#hints;
  }

  hear(): void {
    this.isHeard = true;
  }

  add(change: StorageChange): void {
    this.#hints ??= new Hints();
    this.#hints.add(change);
  }

  /** Nothing but a hint says that this name is gone: it may have come since. */
  explains({ action, path, entry }: DirectoryChange): boolean {
    return action === 'removed' && entry === undefined && this.#hints?.actionOf(path) !== undefined;
  }
}

const NO_RENAMES: ReadonlyMap<string, string> = new Map();
