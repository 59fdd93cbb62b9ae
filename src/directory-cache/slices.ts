import { setImmediate as turn } from 'node:timers/promises';
import { DEFAULTS } from '../defaults.ts';

/** Lets other work have its turn now and then: `await slices.next()` costs nothing in between. */
export class Slices {
  #since = performance.now();

  /** Whether it is time to let others have their turn; look every few hundred steps. */
  get due(): boolean {
    return performance.now() - this.#since >= DEFAULTS.cacheSliceMs;
  }

  async pause(): Promise<void> {
    await turn();
    this.#since = performance.now();
  }
}
