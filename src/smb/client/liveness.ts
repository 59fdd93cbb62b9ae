import type { Clock } from './clock.ts';
import { SMB_DEFAULTS } from '../defaults.ts';

export interface LivenessOptions {
  clock: Clock;
  echoAfterMs: number;
  echoTimeoutMs: number;
  /** Probes without an answer that make a link dead. */
  misses: number;
  /** Silence that makes it dead when not even a probe can be sent. */
  patienceMs: number;
  /**
   * Sends an ECHO; any byte that comes back counts. False when it, or one before it, still waits to be
   * sent.
   */
  probe: () => boolean;
  /** The link is dead: `silentMs` since the last byte. */
  onDead: (silentMs: number) => void;
}

/**
 * Finds dead links by silence: any byte is life; after a while without one an ECHO is sent, and
 * when a second one stays without an answer too, the link is dead. A probe that could not be sent
 * proves nothing: then those requests decide that hold what it needs. A timer that fires much too
 * late means that this process slept, not that the server did: the count starts over.
 */
export class Liveness {
  #options: LivenessOptions;
  #lastByteAt: number;
  #misses = 0;
  #probing: 'no' | 'sent' | 'waiting' = 'no';
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
    this.#probing = 'no';
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
    const { clock, echoAfterMs } = this.#options;
    const slept = clock.now() - dueAt > delayMs * (SMB_DEFAULTS.sleepFactor - 1);
    const silentMs = this.silentMs;
    if (slept) {
      this.#misses = 0;
      this.#probe();
    } else if (this.#probing !== 'no') this.#missed(silentMs);
    else if (silentMs < echoAfterMs) this.#wait(echoAfterMs - silentMs);
    else this.#probe();
  }

  #missed(silentMs: number): void {
    const { misses, onDead, patienceMs } = this.#options;
    if (this.#probing === 'sent') this.#misses += 1;
    if (this.#misses < misses && (this.#probing === 'sent' || silentMs < patienceMs)) this.#probe();
    else {
      this.stop();
      onDead(silentMs);
    }
  }

  #probe(): void {
    this.#probing = this.#options.probe() ? 'sent' : 'waiting';
    this.#wait(this.#options.echoTimeoutMs);
  }
}
