import type { LinkUser } from '../actors/connection-actor.ts';
import type { Place, StorageLease } from '../actors/place.ts';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Failure } from '../machines/failure.ts';

/**
 * A storage for one use, over the connection that watches share; `await using` gives it back. Who only
 * wants to look is told at once of what those who watch wait out.
 *
 * @throws TidewatchError what keeps it from being connected, `timeout`, `aborted`.
 */
export class StorageUse implements LinkUser, AsyncDisposable {
  readonly #place: Place;
  readonly #ready = Promise.withResolvers<void>();
  #lease: StorageLease | undefined;

  private constructor(place: Place) {
    this.#place = place;
    // Whoever waits has its own way to hear of it.
    this.#ready.promise.catch(() => undefined);
  }

  static async open(place: Place, signal: AbortSignal): Promise<StorageUse> {
    const use = new StorageUse(place);
    const patience = AbortSignal.timeout(DEFAULTS.listingPatienceMs);
    const end = AbortSignal.any([signal, patience]);
    const abort = (): void => use.#ready.reject(patience.aborted ? tooLate(place) : aborted());
    end.addEventListener('abort', abort, { once: true });
    place.attach(use);
    try {
      if (end.aborted) abort();
      await use.#ready.promise;
      use.#lease = await place.open(use);
      return use;
    } catch (error) {
      await use[Symbol.asyncDispose]();
      throw error;
    } finally {
      end.removeEventListener('abort', abort);
    }
  }

  get storage(): StorageLease['storage'] {
    if (this.#lease === undefined) throw new TidewatchError('closed', 'It was given back');
    return this.#lease.storage;
  }

  linkReady(): void {
    this.#ready.resolve();
  }

  linkTrouble({ code, message }: Failure): void {
    this.#ready.reject(new TidewatchError(code, message));
  }

  linkFailed(failure: Failure): void {
    this.linkTrouble(failure);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.release();
    this.#place.detach(this);
  }
}

function aborted(): TidewatchError {
  return new TidewatchError('aborted', 'It was not waited for');
}

function tooLate({ display }: Place): TidewatchError {
  const message = `no answer of ${display} within ${DEFAULTS.listingPatienceMs} ms`;
  return new TidewatchError('timeout', message);
}
