import { ERROR_CODES } from './codes.ts';
import type { ErrorCode } from './codes.ts';

export interface ErrorOptions {
  readonly cause?: unknown;
  /** What is wrong with which field of what was given: a sentence each. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Before that there is no use in trying again. */
  readonly retryAfterMs?: number;
}

/** The one error class of the product: a stable code, a sentence on what happened, a remedy. */
export class TidewatchError extends Error {
  readonly code: ErrorCode;
  declare readonly fields?: Readonly<Record<string, string>>;
  declare readonly retryAfterMs?: number;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'TidewatchError';
    this.code = code;
    // Only where there are some: errors are compared and printed with all their members.
    if (options.fields !== undefined) this.fields = options.fields;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }

  /** What to do about it, in one sentence. */
  get remedy(): string {
    return ERROR_CODES[this.code].remedy;
  }
}
