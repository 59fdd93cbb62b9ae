/** Time and chance as the runtime sees them; tests and simulations bring their own. */
export interface Clock {
  /** Milliseconds that never go backwards. */
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The clock of the machine. Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** A number from 0 up to 1. */
export type Random = () => number;
