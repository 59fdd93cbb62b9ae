/** Time as accounts need it; the clock of the runtime fits. */
export interface Clock {
  /** Milliseconds that never go backwards. */
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** Where is written what happens: the logger of the runtime fits. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What comes from outside. */
export interface World {
  readonly clock: Clock;
  readonly logger: Logger;
}
