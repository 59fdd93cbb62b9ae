import { DEFAULTS } from '../../defaults.ts';
import type { Caller } from '../caller.ts';
import type { Clock } from '../world.ts';

interface Known {
  readonly caller: Caller;
  /** Until when it counts, in ms of the clock that never goes backwards. */
  readonly until: number;
}

/**
 * Callers that were looked up a moment ago. Whoever changes an account or token calls `forget`, from
 * then on nothing counts that was looked up before, also not what is being looked up right now.
 */
export class KnownCallers {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #known = new Map<string, Known>();
  #changes = 0;
  readonly #lookups = new Map<string, Promise<Caller | undefined>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#known.size;
  }

  /**
   * Who stands behind `key`: as known, else as `lookUp` finds; undefined when nobody. Those who ask at
   * the same time wait for one look-up.
   */
  find(key: string, lookUp: () => Promise<Caller | undefined>): Promise<Caller | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#clock.now()) {
      return Promise.resolve(known.caller);
    }
    const under = this.#lookups.get(key);
    if (under !== undefined) return under;
    const lookup = this.#lookUp(key, lookUp).finally(() => {
      if (this.#lookups.get(key) === lookup) this.#lookups.delete(key);
    });
    this.#lookups.set(key, lookup);
    return lookup;
  }

  /** Nothing counts any more that was known of these. */
  forget(concerns: (caller: Caller) => boolean): void {
    for (const [key, { caller }] of this.#known) {
      if (concerns(caller)) this.#known.delete(key);
    }
    // What is being looked up may be of before the change: it is not kept, and who asks now asks anew.
    this.#changes += 1;
    this.#lookups.clear();
  }

  async #lookUp(
    key: string,
    lookUp: () => Promise<Caller | undefined>,
  ): Promise<Caller | undefined> {
    const changes = this.#changes;
    const until = this.#clock.now() + DEFAULTS.authenticationKnownMs;
    const caller = await lookUp();
    if (caller !== undefined && changes === this.#changes) this.#keep(key, { caller, until });
    return caller;
  }

  #keep(key: string, known: Known): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > DEFAULTS.authenticationsKnown && oldest !== undefined) {
      this.#known.delete(oldest);
    }
  }
}
