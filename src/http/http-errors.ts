import type { ErrorCode } from '../errors/codes.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** Statuses of errors; what is not listed is a mistake of ours. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  invalid_argument: 400,
  invalid_path: 400,
  unauthenticated: 401,
  not_found: 404,
  method_not_allowed: 405,
  unavailable: 503,
};

export interface ErrorBody {
  /** A sentence. */
  readonly detail: string;
  readonly code: ErrorCode;
}

/** What a client is told of a failure: section 5 of the contract. Nothing of what it does not know. */
export function errorResponse(error: unknown): { status: number; body: ErrorBody } {
  if (error instanceof TidewatchError) {
    const status = STATUS[error.code];
    if (status !== undefined) return { status, body: { detail: error.message, code: error.code } };
  }
  return {
    status: 500,
    body: { detail: 'The server made a mistake; its log tells more.', code: 'internal_error' },
  };
}
