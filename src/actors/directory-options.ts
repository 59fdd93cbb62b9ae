import type { RetryPolicy } from '../machines/retry-policy.ts';
import type { FilterName } from '../storage/storage.ts';
import type { Place } from './place.ts';
import type { Services } from './services.ts';

/** Who made a directory. */
export interface DirectoryOwner {
  /** Calls `hint` when something happened beside the directory; returns how to stop. */
  watchParent(directory: DirectoryOptions, hint: () => void): () => void;
  /** It is watched, and the server may have said which directory it is. */
  directoryArmed(directory: DirectoryOptions): void;
  /** It is over; nothing of it is left. */
  directoryOver(directory: DirectoryOptions): void;
}

export interface DirectoryOptions {
  readonly id: string;
  /** Equal for those who can share it. */
  readonly key: string;
  readonly place: Place;
  /** Below the root of the place. */
  readonly path: string;
  readonly filter: readonly FilterName[] | undefined;
  readonly retry: RetryPolicy;
  readonly stopOnDelete: boolean;
  readonly services: Services;
  readonly owner: DirectoryOwner;
}
