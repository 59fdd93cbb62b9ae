import type { Clock } from '../../src/smb/client/clock.ts';

interface Timer {
  at: number;
  callback: () => void;
}

/** A clock that stands still until a test moves it; timers fire in the order of their time. */
export class ManualClock implements Clock {
  #now = 0;
  #timers = new Set<Timer>();

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** When the next timer is due; Infinity without any. */
  get nextAt(): number {
    return Math.min(...[...this.#timers].map(({ at }) => at));
  }

  now(): number {
    return this.#now;
  }

  /** Milliseconds since 1970; the clock begins at noon of 1 January 2026, UTC. */
  wall(): number {
    return Date.UTC(2026, 0, 1, 12) + this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** Moves time on, firing what is due at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = end;
  }

  /** The machine slept: time has passed, and timers due meanwhile fire late, all at once. */
  sleep(ms: number): void {
    this.#now += ms;
    const due = [...this.#timers].filter(({ at }) => at <= this.#now);
    for (const timer of due) {
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}
