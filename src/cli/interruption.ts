import { DEFAULTS } from '../defaults.ts';

/**
 * What Ctrl-C does: the first one asks for an orderly end; who asks again does not want to wait for it
 * and `force` is called. What follows the first at once is the same Ctrl-C once more: the terminal sends
 * it to npm and to this process, and npm passes it on.
 */
export class Interruption {
  #controller = new AbortController();
  #first = 0;
  #now: () => number;
  #force: () => void;

  /** `now` in ms, from any moment on. */
  constructor(options: { now: () => number; force: () => void }) {
    this.#now = options.now;
    this.#force = options.force;
  }

  /** Aborted by the first. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  interrupt(): void {
    if (!this.signal.aborted) {
      this.#first = this.#now();
      this.#controller.abort();
    } else if (this.#now() - this.#first >= DEFAULTS.interruptEchoMs) this.#force();
  }
}
