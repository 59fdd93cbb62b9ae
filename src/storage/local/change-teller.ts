import { DEFAULTS } from '../../defaults.ts';
import type { StorageChange } from '../storage.ts';
import type { ChangeFilter } from './change-filter.ts';

/** Collects changes that are wanted and tells them in batches, in their order. */
export class ChangeTeller {
  readonly filter: ChangeFilter;
  readonly #told: (changes: readonly StorageChange[]) => void;
  #changes: StorageChange[] = [];

  constructor(filter: ChangeFilter, told: (changes: readonly StorageChange[]) => void) {
    this.filter = filter;
    this.#told = told;
  }

  /** `isDirectory`: undefined when that is not known. */
  tell(action: StorageChange['action'], path: string, isDirectory?: boolean): void {
    if (!this.filter.wants(action, isDirectory)) return;
    this.#changes.push({ action, path });
    if (this.#changes.length >= DEFAULTS.localChangesPerCall) this.flush();
  }

  flush(): void {
    if (this.#changes.length === 0) return;
    const changes = this.#changes;
    this.#changes = [];
    this.#told(changes);
  }
}
