import type { TidewatchError } from '../../errors/tidewatch-error.ts';

/** Lets so many pieces of work run at once, in order of arrival, and so many wait. */
export class BoundedWork {
  readonly #limit: { readonly running: number; readonly waiting: number };
  readonly #tooMany: () => TidewatchError;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit: { running: number; waiting: number }, tooMany: () => TidewatchError) {
    this.#limit = limit;
    this.#tooMany = tooMany;
  }

  /** Nothing runs and nothing waits. */
  get idle(): boolean {
    return this.#running === 0;
  }

  /** Throws what `tooMany` makes when no more may wait. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limit.running) this.#running += 1;
    else await this.#turn();
    try {
      return await work();
    } finally {
      // The place goes to the next at once: nobody who comes between gets ahead.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#limit.waiting) throw this.#tooMany();
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
