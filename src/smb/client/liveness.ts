import type { Clock } from './clock.ts';
import { SMB_DEFAULTS } from '../defaults.ts';

export interface LivenessOptions {
  clock: Clock;
  echoAfterMs: number;
  echoTimeoutMs: number;
  misses: number;
  /** Sends an ECHO; any byte that comes back counts, so there is nothing to return. */
  probe: () => void;
  /** The link is dead: `silentMs` since the last byte. */
  onDead: (silentMs: number) => void;
}

/**
 * Finds dead links by silence: any byte is life; after a while without one an ECHO is sent, and
 * when a second one stays without an answer too, the link is dead. A timer that fires much too
 * late means that this process slept, not that the server did: the count starts over.
 */
export class Liveness {
  #options: LivenessOptions;
  #lastByteAt: number;
  #misses = 0;
  #probing = false;
  #timer: unknown;
  #stopped = false;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#lastByteAt = options.clock.now();
    this.#wait(options.echoAfterMs);
  }

  /** Milliseconds since the last byte of the server. */
  get silentMs(): number {
    return this.#options.clock.now() - this.#lastByteAt;
  }

  /** A byte came. Cheap: the timer finds out by itself when it fires. */
  heard(): void {
    this.#lastByteAt = this.#options.clock.now();
    this.#misses = 0;
    this.#probing = false;
  }

  stop(): void {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
  }

  #wait(delayMs: number): void {
    const { clock } = this.#options;
    const dueAt = clock.now() + delayMs;
    this.#timer = clock.setTimeout(() => this.#check(dueAt, delayMs), delayMs);
  }

  #check(dueAt: number, delayMs: number): void {
    if (this.#stopped) return;
    const { clock, echoAfterMs, misses, onDead } = this.#options;
    const slept = clock.now() - dueAt > delayMs * (SMB_DEFAULTS.sleepFactor - 1);
    const silentMs = this.silentMs;
    if (slept) {
      this.#misses = 0;
      this.#probe();
    } else if (this.#probing) {
      this.#misses += 1;
      if (this.#misses < misses) this.#probe();
      else {
        this.stop();
        onDead(silentMs);
      }
    } else if (silentMs < echoAfterMs) this.#wait(echoAfterMs - silentMs);
    else this.#probe();
  }

  #probe(): void {
    this.#probing = true;
    this.#options.probe();
    this.#wait(this.#options.echoTimeoutMs);
  }
}
