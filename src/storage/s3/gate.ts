import { abortedError } from './s3-error.ts';

/** So many at once; the others wait in the order in which they came, until they are aborted. */
export class Gate {
  readonly #most: number;
  #inside = 0;
  readonly #waiting = new Set<() => void>();

  constructor(most: number) {
    this.#most = most;
  }

  get inside(): number {
    return this.#inside;
  }

  /** Gives how to leave, which may be called again. Throws `aborted`. */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw abortedError(signal);
    if (this.#inside < this.#most) this.#inside += 1;
    else await this.#turn(signal);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      const [next] = this.#waiting;
      if (next === undefined) this.#inside -= 1;
      else next();
    };
  }

  /** Whoever leaves hands the place over, so nobody comes in between. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#waiting.delete(mine);
        signal.removeEventListener('abort', giveUp);
      };
      const mine = (): void => {
        settle();
        resolve();
      };
      const giveUp = (): void => {
        settle();
        reject(abortedError(signal));
      };
      this.#waiting.add(mine);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}
