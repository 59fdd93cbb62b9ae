import type { FilterName, StorageChange } from '../storage.ts';

/** What is told unless a filter is named: section 1 of the contract. */
const USUAL = ['file_name', 'dir_name', 'size', 'last_write', 'attributes', 'creation'] as const;

/**
 * Which changes a watch wants. inotify says less than the filter asks: names are told apart from all the
 * rest, and files from directories only while they exist.
 */
export class ChangeFilter {
  readonly #files: boolean;
  readonly #directories: boolean;
  readonly #content: boolean;
  /** The time of a directory, which changes with its entries. */
  readonly directoryTimes: boolean;

  constructor(names: readonly FilterName[] = USUAL) {
    const wanted = new Set(names);
    this.#files = wanted.delete('file_name');
    this.#directories = wanted.delete('dir_name');
    this.#content = wanted.size > 0;
    this.directoryTimes = wanted.has('last_write');
  }

  /** `isDirectory`: undefined when that is not known (any more). */
  wants(action: StorageChange['action'], isDirectory: boolean | undefined): boolean {
    if (action === 'modified') return this.#content;
    if (isDirectory === undefined) return this.#files || this.#directories;
    return isDirectory ? this.#directories : this.#files;
  }
}
