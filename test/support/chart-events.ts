import type { ErrorCode } from '../../src/errors/codes.ts';
import { kindOfFailure } from '../../src/machines/failure.ts';
import type { Failure, FailureKind } from '../../src/machines/failure.ts';

/** One code for each kind of failure, and `unreachable`, which some guards single out. */
const CODES = {
  passing: 'timeout',
  refused: 'logon_failure',
  denied: 'access_denied',
  gone: 'not_found',
  unnotifiable: 'notify_unsupported',
  lasting: 'signing_required',
} as const satisfies Record<FailureKind, ErrorCode>;

export const FAILURE_KINDS = Object.keys(CODES) as FailureKind[];

export function failureOfKind(kind: FailureKind): Failure {
  const failure = { code: CODES[kind], message: `it is ${kind}` };
  if (kindOfFailure(failure) !== kind) throw new Error(`${failure.code} is not ${kind}`);
  return failure;
}

export const UNREACHABLE: Failure = { code: 'unreachable', message: 'nobody answers' };

/** A failure of each kind. */
export const FAILURES: readonly Failure[] = [...FAILURE_KINDS.map(failureOfKind), UNREACHABLE];
