import type { Failure } from '../machines/failure.ts';
import { kindOfFailure } from '../machines/failure.ts';
import { retryDelay } from '../machines/retry-policy.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import type { Services } from './services.ts';
import type { TimerTask, WheelTimer } from './timer-wheel.ts';

/** One directory that could not be listed. */
export interface DirectoryFailure {
  readonly failure: Failure;
  /** Times in a row. */
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

interface Waiting extends DirectoryFailure {
  readonly timer: WheelTimer;
}

/** Directories that could not be listed: what is known of them is kept, and each is tried again. */
export class CacheFailures implements TimerTask {
  readonly #services: Services;
  readonly #retry: RetryPolicy;
  readonly #again: (id: number) => void;
  readonly #byId = new Map<number, Waiting>();
  readonly #byTimer = new Map<WheelTimer, number>();
  /** Of those that a scan waits for. */
  #hopeful = 0;

  constructor(services: Services, retry: RetryPolicy, again: (id: number) => void) {
    this.#services = services;
    this.#retry = retry;
    this.#again = again;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** So many failed that a scan waits for them to be tried again. */
  get hopeful(): number {
    return this.#hopeful;
  }

  has(id: number): boolean {
    return this.#byId.has(id);
  }

  /** The first few. */
  *some(most: number): Generator<readonly [id: number, failure: DirectoryFailure], void> {
    let given = 0;
    for (const entry of this.#byId) {
      if (given >= most) return;
      given += 1;
      yield entry;
    }
  }

  /** It could not be listed; it is tried again after a while. Gives how often that was in a row. */
  add(id: number, failure: Failure, before: number): number {
    this.delete(id);
    const attempts = before + 1;
    const { wheel, clock } = this.#services;
    const timer = wheel.set(this, this.#delay(failure, attempts));
    this.#byTimer.set(timer, id);
    const waiting = { failure, attempts, at: clock.wall(), timer };
    this.#byId.set(id, waiting);
    if (this.#isHopeful(waiting)) this.#hopeful += 1;
    return attempts;
  }

  attempts(id: number): number {
    return this.#byId.get(id)?.attempts ?? 0;
  }

  delete(id: number): void {
    const waiting = this.#byId.get(id);
    if (waiting === undefined) return;
    this.#byId.delete(id);
    this.#byTimer.delete(waiting.timer);
    this.#services.wheel.cancel(waiting.timer);
    if (this.#isHopeful(waiting)) this.#hopeful -= 1;
  }

  /** Those that were not found at their path. */
  gone(): number[] {
    return [...this.#byId]
      .filter(([, { failure }]) => kindOfFailure(failure) === 'gone')
      .map(([id]) => id);
  }

  /** Forgets those that are no longer there. */
  prune(isThere: (id: number) => boolean): void {
    for (const id of [...this.#byId.keys()]) if (!isThere(id)) this.delete(id);
  }

  clear(): void {
    for (const id of [...this.#byId.keys()]) this.delete(id);
  }

  due(timer: WheelTimer): void {
    const id = this.#byTimer.get(timer);
    if (id === undefined) return;
    this.#byTimer.delete(timer);
    this.#again(id);
  }

  #isHopeful({ failure, attempts }: DirectoryFailure): boolean {
    const isPassing = kindOfFailure(failure) === 'passing';
    return isPassing && attempts < this.#services.limits.cacheScanTries;
  }

  #delay(failure: Failure, attempts: number): number {
    const { limits, random } = this.#services;
    const delay = retryDelay(this.#retry, attempts, random);
    switch (kindOfFailure(failure)) {
      case 'denied':
      case 'refused':
        return limits.deniedRetryMs * (0.75 + random() / 4);
      case 'gone':
        // What was moved meanwhile stands at its new path by the next try.
        if (attempts < limits.cacheScanTries) return delay;
        return Math.max(limits.deletedRetryMs * (0.75 + random() / 4), delay);
      default:
        return delay;
    }
  }
}
