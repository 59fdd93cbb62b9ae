import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Failure } from '../machines/failure.ts';

/** An error as machines see it; one that is none of ours is a mistake of ours. */
export function failureOf(error: unknown): Failure {
  if (error instanceof TidewatchError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal_error', message };
}
