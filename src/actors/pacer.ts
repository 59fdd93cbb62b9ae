/**
 * So many at once and no more; the others wait in the order in which they came. Re-arming thousands of
 * watches at once would starve whoever else needs the server.
 */
export class Pacer {
  readonly #most: number;
  #running = 0;
  #waiting: (() => void)[] = [];
  /** Those before it have been let through; an array is shifted only now and then. */
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length - this.#next;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Resolves when it is one's turn; `leave` must follow. */
  enter(): Promise<void> {
    if (this.#running < this.#most) {
      this.#running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  leave(): void {
    const next = this.#waiting[this.#next];
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#next += 1;
    if (this.#next > 1024 || this.#next === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    next();
  }
}
