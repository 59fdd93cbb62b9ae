import type { StorageChange } from '../storage/storage.ts';

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

const NO_RENAMES: ReadonlyMap<string, string> = new Map();
