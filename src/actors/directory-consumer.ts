import type { ResyncReason } from '../machines/resync-reason.ts';
import type { StorageChange } from '../storage/storage.ts';
import type { DirectoryChange } from './directory-change.ts';

/** Who is told of a directory; calls are synchronous. */
export interface DirectoryConsumer {
  /** Wants kind, size and time of what changes; false: only that something did. */
  readonly wantsDetail: boolean;
  /** Wants what the storage says of subdirectories, too. */
  readonly wantsBelow: boolean;
  /** In the directory itself; empty when nobody wants detail. */
  changed(changes: readonly DirectoryChange[]): void;
  /** Below it, as the storage said: nobody has looked. */
  changedBelow(changes: readonly StorageChange[]): void;
  /** Something may have been missed. */
  resync(reason: ResyncReason): void;
  /** The state, as a word, has changed; or the next try is known. */
  stateChanged(): void;
  /** A listing of it is complete: the first one, or one after a gap. */
  listed(): void;
}
