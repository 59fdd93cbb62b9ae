import { TidewatchError } from '../../errors/tidewatch-error.ts';

/** SQLSTATE of PostgreSQL (appendix A of its manual) to codes of ours. */
const STATES = {
  '28000': 'database_login_failed',
  '28P01': 'database_login_failed',
  '3D000': 'database_missing',
  '42501': 'database_rights_missing',
} as const;

/**
 * What went wrong with a database server, as an error that says what to do.
 *
 * @param otherwise The code of what PostgreSQL has no telling state for.
 */
export function toldError(
  cause: unknown,
  otherwise: 'database_unreachable' | 'database_failed',
): TidewatchError {
  if (cause instanceof TidewatchError) return cause;
  const error = cause as Error & { code?: string };
  const { code = '' } = error;
  if (Object.hasOwn(STATES, code)) {
    return new TidewatchError(STATES[code as keyof typeof STATES], error.message, { cause });
  }
  // An AggregateError of several addresses has no message of its own.
  const message = error.message || code || 'no answer';
  return new TidewatchError(otherwise, message, { cause });
}
