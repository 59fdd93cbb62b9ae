import type { Logger } from './world.ts';

/** Tells what happened to all who listen; one that fails keeps the others from nothing. */
export class Listeners<T> {
  readonly #listeners = new Set<(event: T) => void>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Returns how to stop listening. */
  add(listener: (event: T) => void): () => void {
    // Of its own, so that the same function can listen twice.
    const own = (event: T): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  tell(event: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (err) {
        this.#logger.error({ event: 'accounts.listener', err }, 'a listener failed');
      }
    }
  }
}
