import type { Services } from './services.ts';
import type { TimerTask, WheelTimer } from './timer-wheel.ts';

/**
 * What was heard of directories and nobody has looked at: names, or only that something happened. What
 * changes all the time rests between two looks, longer where looking takes long.
 */
export class CacheHints implements TimerTask {
  readonly #services: Services;
  readonly #due: (id: number) => void;
  readonly #names = new Map<number, Set<string> | 'any'>();
  readonly #resting = new Map<number, WheelTimer>();
  readonly #byTimer = new Map<WheelTimer, number>();

  /** `due`: something was heard of a directory, and it has rested. */
  constructor(services: Services, due: (id: number) => void) {
    this.#services = services;
    this.#due = due;
  }

  /** Directories that something was heard of. */
  get size(): number {
    return this.#names.size;
  }

  has(id: number): boolean {
    return this.#names.has(id);
  }

  isResting(id: number): boolean {
    return this.#resting.has(id);
  }

  /** Undefined: to any of its entries. */
  add(id: number, name: string | undefined): void {
    const names = this.#names.get(id) ?? new Set<string>();
    if (names === 'any') return;
    if (name !== undefined) names.add(name);
    const isAny = name === undefined || names.size > this.#services.limits.cachePendingNames;
    this.#names.set(id, isAny ? 'any' : names);
  }

  /** Somebody looks now. */
  take(id: number): ReadonlySet<string> | 'any' | undefined {
    const names = this.#names.get(id);
    this.#names.delete(id);
    return names;
  }

  /** Somebody has looked, which took so long. */
  rest(id: number, tookMs: number): void {
    const { wheel, limits } = this.#services;
    wheel.cancel(this.#resting.get(id));
    const timer = wheel.set(this, Math.max(limits.cacheRelistMs, tookMs));
    this.#resting.set(id, timer);
    this.#byTimer.set(timer, id);
  }

  forget(id: number): void {
    this.#names.delete(id);
    const timer = this.#resting.get(id);
    if (timer === undefined) return;
    this.#services.wheel.cancel(timer);
    this.#resting.delete(id);
    this.#byTimer.delete(timer);
  }

  clear(): void {
    for (const id of [...this.#resting.keys()]) this.forget(id);
    this.#names.clear();
  }

  due(timer: WheelTimer): void {
    const id = this.#byTimer.get(timer);
    if (id === undefined) return;
    this.#byTimer.delete(timer);
    this.#resting.delete(id);
    if (this.#names.has(id)) this.#due(id);
  }
}
