import { ERROR_CODES } from './codes.ts';
import type { ErrorCode } from './codes.ts';

/** The one error class of the product: a stable code, a sentence on what happened, a remedy. */
export class TidewatchError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'TidewatchError';
    this.code = code;
  }

  /** What to do about it, in one sentence. */
  get remedy(): string {
    return ERROR_CODES[this.code].remedy;
  }
}
