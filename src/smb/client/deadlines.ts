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
  /** Once in a row, or a process that is always late would wait for ever. */
  #wasExcused = false;
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
    if (this.#timer !== undefined) return;
    const { sleepFactor, sweepIntervalMs } = SMB_DEFAULTS;
    const dueAt = this.#clock.now() + sweepIntervalMs;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      // This process slept: what came meanwhile is looked at before anything is called missing.
      const slept = this.#clock.now() - dueAt > sweepIntervalMs * (sleepFactor - 1);
      const isExcused = slept && !this.#wasExcused;
      this.#wasExcused = isExcused;
      if (!isExcused) this.#sweep();
      if (this.#timed.size > 0) this.#schedule();
    }, sweepIntervalMs);
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
