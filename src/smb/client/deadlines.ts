import { SMB_DEFAULTS } from '../defaults.ts';
import type { Clock } from './clock.ts';
import type { Exchange } from './exchange.ts';

/**
 * Which exchanges are overdue: one timer for all of them, running only while there are any.
 *
 * An exchange that was sent is overdue when its answer is. One that still waits for credits is
 * overdue when no waiting exchange at all could be sent for as long: a long queue is no fault.
 */
export class Deadlines {
  #clock: Clock;
  #timed = new Map<Exchange, number>();
  #timer: unknown;
  #lastProgressAt: number;
  #onOverdue: (exchange: Exchange, timeoutMs: number) => void;

  constructor(clock: Clock, onOverdue: (exchange: Exchange, timeoutMs: number) => void) {
    this.#clock = clock;
    this.#lastProgressAt = clock.now();
    this.#onOverdue = onOverdue;
  }

  add(exchange: Exchange, timeoutMs: number): void {
    if (timeoutMs === Infinity) return;
    this.#timed.set(exchange, timeoutMs);
    this.#schedule();
  }

  delete(exchange: Exchange): void {
    this.#timed.delete(exchange);
  }

  /** There were credits to send one. */
  progressed(): void {
    this.#lastProgressAt = this.#clock.now();
  }

  stop(): void {
    this.#timed.clear();
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#sweep();
      if (this.#timed.size > 0) this.#schedule();
    }, SMB_DEFAULTS.sweepIntervalMs);
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const [exchange, timeoutMs] of this.#timed) {
      const since =
        exchange.sentAt >= 0 ? exchange.sentAt : Math.max(exchange.queuedAt, this.#lastProgressAt);
      if (now - since < timeoutMs) continue;
      this.#timed.delete(exchange);
      this.#onOverdue(exchange, timeoutMs);
    }
  }
}
