import type { Clock } from '../../src/actors/clock.ts';

interface Timer {
  readonly at: number;
  readonly owner: string;
  readonly callback: () => void;
}

/**
 * Time that moves when it is told to. Several owners share it, each with timers of its own, so that it
 * can be told who left some behind.
 */
export class VirtualClock {
  /** Timers that fired so far. */
  fired = 0;
  readonly #startMs: number;
  #now = 0;
  #timers = new Set<Timer>();

  /** `startMs` since 1970. */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  get now(): number {
    return this.#now;
  }

  /** The same time for somebody whose timers count as theirs. */
  for(owner: string): Clock {
    return {
      now: () => this.#now,
      wall: () => this.#startMs + this.#now,
      setTimeout: (callback, delayMs) => {
        const timer = { at: this.#now + Math.max(0, delayMs), owner, callback };
        this.#timers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        this.#timers.delete(timer as Timer);
      },
    };
  }

  pendingOf(owner: string): number {
    let pending = 0;
    for (const timer of this.#timers) if (timer.owner === owner) pending += 1;
    return pending;
  }

  /** When the next timer is due; Infinity without any. */
  get nextAt(): number {
    let next = Infinity;
    for (const { at } of this.#timers) if (at < next) next = at;
    return next;
  }

  /** Moves on to a moment and fires what is due by then, in the order of its time and of its setting. */
  moveTo(moment: number): void {
    this.#now = Math.max(this.#now, moment);
    const due = [...this.#timers].filter(({ at }) => at <= this.#now);
    for (const timer of due.toSorted((one, other) => one.at - other.at)) {
      // One may have cleared another.
      if (!this.#timers.delete(timer)) continue;
      this.fired += 1;
      timer.callback();
    }
  }
}
