import type { TidewatchError } from '../errors/tidewatch-error.ts';
import { kindOfFailure } from '../machines/failure.ts';
import type { LinkUser } from './connection-actor.ts';
import { failureOf } from './failure-of.ts';
import type { Place, StorageLease } from './place.ts';

/** The one storage that a directory uses at a time. */
export class LeaseHolder {
  readonly #place: Place;
  readonly #user: LinkUser;
  #lease: StorageLease | undefined;

  constructor(place: Place, user: LinkUser) {
    this.#place = place;
    this.#user = user;
  }

  get current(): StorageLease | undefined {
    return this.#lease;
  }

  /** Gives the old one back and takes a new one; not taken when the signal is aborted meanwhile. */
  async renew(reason: TidewatchError | undefined, signal: AbortSignal): Promise<void> {
    await this.release(reason);
    const lease = await this.#place.open(this.#user);
    if (signal.aborted) await lease.release();
    else this.#lease = lease;
  }

  /** `reason`: why what lived on it has failed. */
  async release(reason: TidewatchError | undefined): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.release(reason);
  }

  /** The same, and the connection with it. */
  async giveBack(reason: TidewatchError | undefined): Promise<void> {
    await this.release(reason);
    this.#place.detach(this.#user);
  }

  /** Whether there is a directory. Also true where nobody could look: only another try can tell. */
  async hasDirectory(path: string): Promise<boolean> {
    if (this.#lease === undefined) return true;
    try {
      return (await this.#lease.storage.stat(path)).kind === 'directory';
    } catch (error) {
      // Not there, or not to be seen: it is looked for again. What else fails may fail for ever on this
      // storage, such as a share that the server has dropped; opening it anew gets another.
      const kind = kindOfFailure(failureOf(error));
      return kind !== 'gone' && kind !== 'denied';
    }
  }
}
