import { DEFAULTS } from '../defaults.ts';
import type { Clock } from './clock.ts';

/** What a timer calls; one task may have any number of timers. */
export interface TimerTask {
  due(timer: WheelTimer): void;
}

export interface TimerWheelOptions {
  /**
   * Hears what a task threw; must not throw itself. Without it the error is thrown where nobody can
   * catch it, as from any other timer.
   */
  readonly onError?: (error: unknown) => void;
}

/** 32 slots a level, so that one integer tells which of them are occupied. */
const SLOT_BITS = 5;
const SLOTS = 2 ** SLOT_BITS;
/** 2^50 ticks: more than 30,000 years of milliseconds. */
const LEVELS = 10;
const LAST_TICK = SLOTS ** LEVELS - 1;
/** Longer delays than this fire at once in Node and in browsers. */
const MAX_CLOCK_DELAY_MS = 2 ** 31 - 1;

/**
 * A timer that was set; to be handed to `cancel`. It is a link of the list of its slot, and the head of
 * each list is one as well: 20,000 of them live at once, hence no object besides.
 */
class WheelTimer {
  /** Undefined when nothing will happen any more, and in the head of a list. */
  task: TimerTask | undefined;
  /** When it is due; in the head of a list the number of the slot. */
  tick: number;
  previous: WheelTimer = this;
  next: WheelTimer = this;

  constructor(task: TimerTask | undefined, tick: number) {
    this.task = task;
    this.tick = tick;
  }
}

export type { WheelTimer };

/**
 * A hierarchical timing wheel: any number of timers on one timer of the clock, and none while nothing
 * is pending. Setting and cancelling take constant time. A timer fires never early and at most one tick
 * late (plus what the clock is late), those of one tick in the order in which they were set.
 *
 * A timer stands on the lowest level on which it and the present differ in their slot alone. So nothing
 * ever wraps around, each level is due before the next one, and a timer moves down at most once for
 * each level.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #onError: (error: unknown) => void;
  readonly #origin: number;
  /** By level and slot; made when first needed. */
  readonly #heads: (WheelTimer | undefined)[] = [];
  /** For each level, a bit for each slot that holds timers. */
  readonly #occupied: number[] = Array.from({ length: LEVELS }, () => 0);
  /** Everything up to this tick has fired. */
  #current = 0;
  #pending = 0;
  #clockTimer: unknown;
  /** What the timer of the clock is set for. */
  #armedTick = Infinity;
  #firing = false;
  #stopped = false;

  constructor(
    clock: Clock,
    tickMs: number = DEFAULTS.wheelTickMs,
    options: TimerWheelOptions = {},
  ) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#onError = options.onError ?? throwUncaught;
    this.#origin = clock.now();
  }

  /** Timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Calls `task.due` once, after `delayMs` and never before `set` has returned. Delays below 0, and NaN,
   * count as 0. After `stop` the timer never fires.
   */
  set(task: TimerTask, delayMs: number): WheelTimer {
    if (this.#stopped) return new WheelTimer(undefined, 0);
    const elapsed = this.#clock.now() - this.#origin;
    const present = Math.floor(elapsed / this.#tickMs);
    // With nothing on the wheel the present may move freely; else timers would begin too far up.
    if (this.#pending === 0 && !this.#firing) this.#current = Math.max(this.#current, present);
    // Written so that NaN counts as 0: it would never find its slot.
    const due = Math.ceil((elapsed + (delayMs > 0 ? delayMs : 0)) / this.#tickMs);
    const timer = new WheelTimer(task, Math.min(LAST_TICK, Math.max(due, present + 1)));
    this.#insert(timer);
    this.#pending += 1;
    if (!this.#firing && timer.tick < this.#armedTick) this.#arm();
    return timer;
  }

  /** It will not fire. Nothing happens when it has fired, was cancelled or is undefined. */
  cancel(timer: WheelTimer | undefined): void {
    if (timer?.task === undefined) return;
    this.#remove(timer);
    if (this.#pending === 0) this.#disarm();
  }

  /** Forgets every timer; nothing fires any more. */
  stop(): void {
    this.#stopped = true;
    this.#disarm();
    for (const head of this.#heads) {
      while (head !== undefined && head.next !== head) this.#remove(head.next);
    }
  }

  #insert(timer: WheelTimer): void {
    let level = 0;
    let span = 1;
    while (Math.floor(timer.tick / (span * SLOTS)) !== Math.floor(this.#current / (span * SLOTS))) {
      level += 1;
      span *= SLOTS;
    }
    const slot = Math.floor(timer.tick / span) % SLOTS;
    const head = this.#head(level * SLOTS + slot);
    timer.previous = head.previous;
    timer.next = head;
    head.previous.next = timer;
    head.previous = timer;
    this.#occupied[level] = (this.#occupied[level] ?? 0) | (1 << slot);
  }

  #head(number: number): WheelTimer {
    return (this.#heads[number] ??= new WheelTimer(undefined, number));
  }

  /** Takes it from its list. It keeps nothing alive then, whoever may still hold it. */
  #unlink(timer: WheelTimer): void {
    const { previous, next } = timer;
    previous.next = next;
    next.previous = previous;
    timer.previous = timer;
    timer.next = timer;
    // Only the head is left.
    if (previous === next) {
      const level = Math.floor(next.tick / SLOTS);
      this.#occupied[level] = (this.#occupied[level] ?? 0) & ~(1 << (next.tick % SLOTS));
    }
  }

  #remove(timer: WheelTimer): void {
    this.#unlink(timer);
    timer.task = undefined;
    this.#pending -= 1;
  }

  /** The lowest level with timers; undefined when there are none. */
  #lowestLevel(): number | undefined {
    const level = this.#occupied.findIndex((slots) => slots !== 0);
    return level < 0 ? undefined : level;
  }

  /** The first occupied slot of a level, and the tick at which it begins. */
  #firstSlot(level: number): { slot: number; tick: number } {
    const occupied = this.#occupied[level] ?? 0;
    const slot = 31 - Math.clz32(occupied & -occupied);
    const span = SLOTS ** level;
    const begin = Math.floor(this.#current / (span * SLOTS)) * span * SLOTS;
    return { slot, tick: begin + slot * span };
  }

  #arm(): void {
    this.#disarm();
    const level = this.#lowestLevel();
    if (level === undefined || this.#stopped) return;
    const { tick } = this.#firstSlot(level);
    const delay = this.#origin + tick * this.#tickMs - this.#clock.now();
    this.#armedTick = tick;
    this.#clockTimer = this.#clock.setTimeout(
      () => this.#wake(),
      // Clocks cut fractions off; a whole millisecond keeps the wheel from waking in vain.
      Math.min(MAX_CLOCK_DELAY_MS, Math.max(1, Math.ceil(delay))),
    );
  }

  #disarm(): void {
    if (this.#clockTimer === undefined) return;
    this.#clock.clearTimeout(this.#clockTimer);
    this.#clockTimer = undefined;
    this.#armedTick = Infinity;
  }

  #wake(): void {
    this.#clockTimer = undefined;
    this.#armedTick = Infinity;
    this.#firing = true;
    try {
      this.#fireUntil(Math.floor((this.#clock.now() - this.#origin) / this.#tickMs));
    } finally {
      this.#firing = false;
      this.#arm();
    }
  }

  #fireUntil(present: number): void {
    for (;;) {
      const level = this.#lowestLevel();
      if (level === undefined) break;
      const { slot, tick } = this.#firstSlot(level);
      if (tick > present) break;
      this.#current = tick;
      const head = this.#head(level * SLOTS + slot);
      if (level === 0) this.#fire(head);
      else this.#moveDown(head);
    }
    this.#current = Math.max(this.#current, present);
  }

  /** What tasks set meanwhile is due after the present, so it never comes into this list. */
  #fire(head: WheelTimer): void {
    while (head.next !== head) {
      const timer = head.next;
      const { task } = timer;
      this.#remove(timer);
      try {
        task?.due(timer);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #moveDown(head: WheelTimer): void {
    while (head.next !== head) {
      const timer = head.next;
      this.#unlink(timer);
      this.#insert(timer);
    }
  }
}

function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
