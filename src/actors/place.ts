import type { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Storage } from '../storage/storage.ts';
import type { LinkUser } from './connection-actor.ts';
import type { Turns } from './turns.ts';

/**
 * Where directories are: a share of a server with the account that uses it, or a directory of this
 * machine. Directories of one place share what leads there.
 */
export interface Place {
  /** Equal for all who agree on server, share, account and policy. Tells no secret. */
  readonly key: string;
  readonly kind: 'smb' | 'local' | 's3';
  /** For people; without a password. */
  readonly display: string;
  readonly turns: Turns;
  /** The user is told on a later tick when it may connect, and of every trouble after that. */
  attach(user: LinkUser): void;
  detach(user: LinkUser): void;
  /** The storage, for a user that was told `linkReady`; errors are TidewatchErrors. */
  open(user: LinkUser): Promise<StorageLease>;
  /**
   * The connection of this user takes no more watches. True when it may try again on another one, to
   * which it is attached now; false when there is none.
   */
  moveOn(user: LinkUser): boolean;
}

/** One use of a storage. */
export interface StorageLease {
  readonly storage: Storage;
  /** Ends the use; `reason` is why what lived on it has failed. Never throws. */
  release(reason?: TidewatchError): Promise<void>;
}
