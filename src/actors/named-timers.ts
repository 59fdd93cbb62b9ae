import type { TimerTask, TimerWheel, WheelTimer } from './timer-wheel.ts';

/** The timers of one actor, each of them once. */
export class NamedTimers<Name extends string> implements TimerTask {
  readonly #wheel: TimerWheel;
  readonly #owner: { timerDue(name: Name): void };
  readonly #timers: Partial<Record<Name, WheelTimer | undefined>> = {};

  constructor(wheel: TimerWheel, owner: { timerDue(name: Name): void }) {
    this.#wheel = wheel;
    this.#owner = owner;
  }

  /** In place of the one of this name that may run. */
  set(name: Name, delayMs: number): void {
    this.#wheel.cancel(this.#timers[name]);
    this.#timers[name] = this.#wheel.set(this, delayMs);
  }

  cancel(name: Name): void {
    // Nor is there room taken for one that never ran.
    if (this.#timers[name] === undefined) return;
    this.#wheel.cancel(this.#timers[name]);
    this.#forget(name);
  }

  cancelAll(): void {
    for (const name of Object.keys(this.#timers) as Name[]) this.cancel(name);
  }

  /** Deleting would turn the object into a dictionary, which takes five times the memory. */
  #forget(name: Name): void {
    this.#timers[name] = undefined;
  }

  due(fired: WheelTimer): void {
    for (const name of Object.keys(this.#timers) as Name[]) {
      if (this.#timers[name] !== fired) continue;
      this.#forget(name);
      this.#owner.timerDue(name);
      return;
    }
  }
}
