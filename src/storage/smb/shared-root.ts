import type { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { SmbError, SmbTree, Watch, WatchEvent } from '../../smb/index.ts';
import type { FilterName, LossReason, StorageChange } from '../storage.ts';
import { WatchIndex } from './watch-index.ts';
import type { Place } from './watch-index.ts';

/** A watch as the handle that bears it sees it. None of the calls throws. */
export interface BorneWatch {
  readonly recursive: boolean;
  changed(changes: readonly StorageChange[]): void;
  lost(reason: LossReason): void;
  /** Its directory, or one above, was removed or renamed; it is borne no more. */
  gone(): void;
  /** The handle is no more, after it was armed. */
  ended(reason: TidewatchError): void;
}

export interface SharedRootOptions {
  readonly tree: SmbTree;
  /** The directory whose whole tree the handle reports. */
  readonly base: string;
  readonly filter: readonly FilterName[] | undefined;
  /** The handle is closed or lost: whoever comes next needs another. */
  readonly onOver: (root: SharedRoot) => void;
}

/**
 * One handle that reports everything below a directory (WATCH_TREE, MS-SMB2 2.2.35), for all watches
 * there. It lives for as long as there are any.
 */
export class SharedRoot {
  readonly base: string;
  /** Resolves when it is armed, or with the reason why it never will be. */
  readonly arming: Promise<TidewatchError | undefined>;
  readonly #index = new WatchIndex<BorneWatch>();
  readonly #onOver: (root: SharedRoot) => void;
  readonly #watch: Watch;
  #decide!: (failure: TidewatchError | undefined) => void;
  #isArmed = false;
  #isOver = false;

  /** Throws `invalid_argument` for a filter that is none. */
  constructor({ tree, base, filter, onOver }: SharedRootOptions) {
    this.base = base;
    this.#onOver = onOver;
    this.arming = new Promise((resolve) => (this.#decide = resolve));
    this.#watch = tree.watch(base, {
      recursive: true,
      ...(filter !== undefined && { filter }),
      listener: this,
    });
  }

  get directoryId(): bigint | undefined {
    return this.#watch.directoryId?.file;
  }

  /** `path` is relative to the base. From now on the watch is told what happens there. */
  join(path: string, watch: BorneWatch): Place<BorneWatch> {
    return this.#index.add(path, watch);
  }

  /** Resolves when nothing is held for this watch any more: with the last one the handle is closed. */
  leave(place: Place<BorneWatch>, watch: BorneWatch): Promise<void> {
    const isHere = this.#index.remove(place, watch);
    return isHere ? this.#closeUnused() : Promise.resolve();
  }

  armed(): void {
    this.#isArmed = true;
    this.#decide(undefined);
  }

  event(event: WatchEvent): void {
    if (event.type === 'rescan') {
      for (const watch of this.#index.all()) watch.lost(event.reason);
      return;
    }
    const { told, gone } = this.#index.dispatch(event.changes);
    // Nothing is held for those who hear that they are over.
    if (gone.length > 0) void this.#closeUnused();
    for (const [watch, changes] of told) watch.changed(changes);
    for (const watch of gone) watch.gone();
  }

  ended(reason: SmbError): void {
    this.#finish();
    if (!this.#isArmed) this.#decide(reason);
    else for (const watch of this.#index.all()) watch.ended(reason);
  }

  #closeUnused(): Promise<void> {
    if (this.#isOver || this.#index.size > 0) return Promise.resolve();
    this.#finish();
    return this.#watch.close();
  }

  #finish(): void {
    this.#isOver = true;
    this.#onOver(this);
  }
}
