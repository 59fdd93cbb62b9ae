import { parentOf } from '../storage/paths.ts';
import type { StorageChange } from '../storage/storage.ts';
import type { DirectoryActor } from './directory-actor.ts';

/** A right may be taken away: it is asked for again after this time. */
const VALID_MS = 60_000;
const MOST = 1_024;

/**
 * Which directories below a watched one its account may list. A recursive watch reports names from
 * directories that it may not (samba.md 2.2): those are told only once the directory was listed.
 */
export class ReadableParents {
  readonly #directory: DirectoryActor;
  readonly #until = new Map<string, number>();
  readonly #asking = new Set<string>();

  constructor(directory: DirectoryActor) {
    this.#directory = directory;
  }

  /** Those changes whose directories are known to be readable; of the others it is found out. */
  readable(changes: readonly StorageChange[]): StorageChange[] {
    return changes.filter(({ path, oldPath }) => {
      const one = this.#isReadable(parentOf(path) ?? '');
      const other = oldPath === undefined || this.#isReadable(parentOf(oldPath) ?? '');
      return one && other;
    });
  }

  #isReadable(parent: string): boolean {
    if (parent === '') return true;
    const now = this.#directory.options.services.clock.now();
    if ((this.#until.get(parent) ?? -Infinity) > now) return true;
    this.#until.delete(parent);
    if (!this.#asking.has(parent) && this.#asking.size < MOST) void this.#ask(parent);
    return false;
  }

  async #ask(parent: string): Promise<void> {
    const { lease, options } = this.#directory;
    if (lease === undefined) return;
    this.#asking.add(parent);
    try {
      const path = options.path === '' ? parent : `${options.path}/${parent}`;
      // The first page does: nobody gets one who may not list.
      const pages = lease.storage.list(path)[Symbol.asyncIterator]();
      await pages.next();
      await pages.return?.();
      if (this.#until.size >= MOST) this.#until.clear();
      this.#until.set(parent, options.services.clock.now() + VALID_MS);
    } catch {
      // Not readable, or gone: no name is told.
    } finally {
      this.#asking.delete(parent);
    }
  }
}
