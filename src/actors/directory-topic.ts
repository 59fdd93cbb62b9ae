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
    // A gap that waited for its listing would stay behind, and what is below may not be watched yet.
    this.owe('reopened');
    // So would the doubt about what readers list before there is anything to compare it with.
    if (!this.hasBaseline(this.wantsDetail ? 'changes' : 'refresh')) this.doubt();
    this.stateMoved();
  }

  get word(): WatchState {
    return this.#directory.status.word;
  }

  get isArmed(): boolean {
    return this.#directory.isArmed && !this.#isWidening;
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
    // Of what happens below until it is watched only another one can tell.
    if (this.#isWidening) this.owe(reason);
  }

  stateChanged(): void {
    this.stateMoved();
  }

  listed(): void {
    this.consider();
  }

  get #isWidening(): boolean {
    return this.wantsBelow && this.#directory.isWidening;
  }
}
