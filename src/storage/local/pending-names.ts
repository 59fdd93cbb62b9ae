import { DEFAULTS } from '../../defaults.ts';
import type { DirectoryEvent } from './directory-watches.ts';
import type { WatchedDirectory } from './watched-directory.ts';

/** What was heard of the names in a directory. */
export type HeardNames = ReadonlyMap<string, DirectoryEvent>;

/** Names that something was heard of and that are still to be looked up, each once. */
export class PendingNames {
  readonly #limit: number;
  #directories = new Map<WatchedDirectory, Map<string, DirectoryEvent>>();
  #names = 0;
  #lost = false;

  constructor(limit: number = DEFAULTS.localPendingNames) {
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#directories.size === 0 && !this.#lost;
  }

  add(directory: WatchedDirectory, event: DirectoryEvent, name: string): void {
    if (this.#lost) return;
    const names = this.check(directory);
    const before = names.get(name);
    if (before === 'entries') return;
    names.set(name, event);
    if (before === undefined && ++this.#names > this.#limit) this.lose();
  }

  /** Only the directory itself is to be looked at. */
  check(directory: WatchedDirectory): Map<string, DirectoryEvent> {
    let names = this.#directories.get(directory);
    if (names === undefined) {
      names = new Map<string, DirectoryEvent>();
      this.#directories.set(directory, names);
    }
    return names;
  }

  /** Something was missed: single names no longer matter. */
  lose(): void {
    this.#lost = true;
    this.#directories.clear();
    this.#names = 0;
  }

  /** Everything so far; `lost` when it is not everything that happened. */
  take(): { readonly lost: boolean; readonly directories: Map<WatchedDirectory, HeardNames> } {
    const taken = { lost: this.#lost, directories: this.#directories };
    this.#directories = new Map();
    this.#names = 0;
    this.#lost = false;
    return taken;
  }
}
