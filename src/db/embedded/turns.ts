import { TidewatchError } from '../../errors/tidewatch-error.ts';

interface Waiting {
  readonly start: () => void;
}

/** One after the other, in the order of asking; who waits too long is told so instead of hanging. */
export class Turns {
  readonly #maxWaitMs: number;
  readonly #waiting = new Set<Waiting>();
  #taken = false;

  constructor(maxWaitMs: number) {
    this.#maxWaitMs = maxWaitMs;
  }

  /**
   * Resolves when it is the caller's turn, with how to end it (calling it again does nothing).
   *
   * @throws TidewatchError `database_busy` when the turn does not come in time.
   */
  take(maxWaitMs = this.#maxWaitMs): Promise<() => void> {
    if (!this.#taken) {
      this.#taken = true;
      return Promise.resolve(this.#release());
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        start: () => {
          clearTimeout(timer);
          resolve(this.#release());
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        const seconds = maxWaitMs / 1000;
        reject(
          new TidewatchError('database_busy', `a transaction has been open for ${seconds} seconds`),
        );
      }, maxWaitMs);
      this.#waiting.add(waiting);
    });
  }

  #release(): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const [next] = this.#waiting;
      if (next === undefined) {
        this.#taken = false;
        return;
      }
      this.#waiting.delete(next);
      next.start();
    };
  }
}
