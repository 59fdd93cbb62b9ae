import { TidewatchError } from '../errors/tidewatch-error.ts';

/** A command line that cannot be understood; ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reported already; only the exit code is left to be set. */
export class ReportedFailure extends Error {
  override readonly name = 'ReportedFailure';
}

/**
 * An error for people: what happened, its code, what to do about it. Unknown errors, which are mistakes
 * of this program, come with their stack.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof TidewatchError) {
    return `${error.message} (${error.code})\n  ${error.remedy}`;
  }
  if (error instanceof UsageError) return error.message;
  if (error instanceof Error) return `internal error: ${error.stack ?? error.message}`;
  return `internal error: ${String(error)}`;
}
