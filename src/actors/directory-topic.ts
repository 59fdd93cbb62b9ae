import type { Failure } from '../machines/failure.ts';
import type { ResyncReason } from '../machines/resync-reason.ts';
import type { WatchState } from '../machines/watch-state.ts';
import type { StorageChange } from '../storage/storage.ts';
import type { DirectoryActor } from './directory-actor.ts';
import { toChange } from './directory-change.ts';
import type { DirectoryChange } from './directory-change.ts';
import type { DirectoryConsumer } from './directory-consumer.ts';
import { ReadableParents } from './readable-parents.ts';
import { Topic } from './topic.ts';
import type { Detail, StateEvent } from './watch-events.ts';

/** One directory alone, or with what the server itself reports from below. */
export class DirectoryTopic extends Topic implements DirectoryConsumer {
  readonly wantsBelow: boolean;
  #directory: DirectoryActor;
  #parents: ReadableParents | undefined;
  /** Somebody may have listed what was told to be watched. */
  #wasArmed = false;

  constructor(directory: DirectoryActor, wantsBelow: boolean, onEmpty: () => void) {
    super(directory.options.services, onEmpty);
    this.wantsBelow = wantsBelow;
    this.#directory = directory;
    directory.add(this);
  }

  get directory(): DirectoryActor {
    return this.#directory;
  }

  /** The server says that another watch is on the very same directory. */
  moveTo(directory: DirectoryActor): void {
    this.#directory.remove(this);
    this.#directory = directory;
    directory.add(this);
    // A gap that waited for its listing would stay behind.
    if (this.#wasArmed) this.tellResync('reopened');
    this.stateMoved();
  }

  get word(): WatchState {
    return this.#directory.status.word;
  }

  get isArmed(): boolean {
    return this.#directory.isArmed;
  }

  hasBaseline(detail: Detail): boolean {
    return this.#directory.hasBaseline(detail);
  }

  get stateEvent(): StateEvent {
    return this.#directory.stateEvent;
  }

  get failure(): Failure | undefined {
    return this.#directory.failure;
  }

  refresh(): void {
    this.#directory.refresh();
  }

  detailChanged(): void {
    this.#directory.detailChanged();
  }

  doubt(): void {
    this.#directory.content.uncertain = true;
  }

  changed(changes: readonly DirectoryChange[]): void {
    this.tell(changes.map(toChange));
  }

  changedBelow(changes: readonly StorageChange[]): void {
    if (!this.wantsDetail) {
      this.tell([]);
      return;
    }
    this.#parents ??= new ReadableParents(this.#directory);
    const known = this.#parents.readable(changes);
    // Names from directories that this account may not read are none of its business.
    if (known.length < changes.length) this.tellResync('recheck');
    if (known.length > 0) {
      this.tell(known.map(({ action, path, oldPath }) => toChange({ action, path, oldPath })));
    }
  }

  resync(reason: ResyncReason): void {
    this.tellResync(reason);
  }

  stateChanged(): void {
    this.stateMoved();
  }

  listed(): void {
    this.#wasArmed = true;
    this.consider();
  }
}
