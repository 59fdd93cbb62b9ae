import { DEFAULTS } from '../../defaults.ts';

interface Count {
  failures: number;
  /** When the last one was, in ms of the clock that never goes backwards. */
  at: number;
}

/** Failures by name, and the growing delays that follow from them. So many names are remembered. */
export class FailureCounts {
  /** Oldest failure first. */
  readonly #counts = new Map<string, Count>();
  readonly #free: number;

  /** @param free failures that have no delay. */
  constructor(free: number) {
    this.#free = free;
  }

  get size(): number {
    return this.#counts.size;
  }

  /** How long to wait before the next try, in ms; 0: no longer. */
  delay(name: string, now: number): number {
    const count = this.#current(name, now);
    if (count === undefined) return 0;
    const over = count.failures - this.#free;
    if (over < 0) return 0;
    const { loginDelayMs, loginMaxDelayMs } = DEFAULTS;
    const wait = Math.min(loginDelayMs * 2 ** Math.min(over, 30), loginMaxDelayMs);
    return Math.max(0, count.at + wait - now);
  }

  failed(name: string, now: number): void {
    const failures = (this.#current(name, now)?.failures ?? 0) + 1;
    this.#counts.delete(name);
    this.#counts.set(name, { failures, at: now });
    // Who fills this with names forgets them in the order of their failures; each costs a failure of
    // an address, which has delays of its own.
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > DEFAULTS.loginsRemembered && oldest !== undefined) {
      this.#counts.delete(oldest);
    }
  }

  clear(name: string): void {
    this.#counts.delete(name);
  }

  #current(name: string, now: number): Count | undefined {
    const count = this.#counts.get(name);
    if (count === undefined || now - count.at < DEFAULTS.loginForgetMs) return count;
    this.#counts.delete(name);
    return undefined;
  }
}
