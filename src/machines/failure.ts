import type { ErrorCode } from '../errors/codes.ts';

/** What went wrong, as machines see it. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * What a failure means for trying again:
 *
 * - `passing`: the network or the server may be back any moment
 * - `refused`: the account; asking again soon could lock it
 * - `denied`: a right is missing; somebody has to grant it
 * - `gone`: there is nothing at the path, now
 * - `unnotifiable`: it can be listed but not watched
 * - `lasting`: only a person can mend it
 */
export type FailureKind = 'passing' | 'refused' | 'denied' | 'gone' | 'unnotifiable' | 'lasting';

const KINDS: Readonly<Partial<Record<ErrorCode, FailureKind>>> = {
  logon_failure: 'refused',
  account_restricted: 'refused',
  guest_refused: 'refused',
  access_denied: 'denied',
  not_found: 'gone',
  share_not_found: 'gone',
  not_a_directory: 'gone',
  directory_deleted: 'gone',
  notify_unsupported: 'unnotifiable',
  insufficient_resources: 'unnotifiable',
  address_forbidden: 'lasting',
  unsupported: 'lasting',
  encryption_required: 'lasting',
  signing_required: 'lasting',
  downgrade_detected: 'lasting',
  invalid_argument: 'lasting',
  invalid_path: 'lasting',
};

/** Codes without an entry pass: trying again is harmless, silence is not. */
export function kindOfFailure({ code }: Failure): FailureKind {
  return KINDS[code] ?? 'passing';
}
