import { DEFAULTS } from '../defaults.ts';
import { ERROR_CODES } from '../errors/codes.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** Statuses of errors; what is not listed is a mistake of ours. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  invalid_argument: 400,
  invalid_path: 400,
  aborted: 400,
  bad_login: 401,
  unauthenticated: 401,
  access_denied: 403,
  address_forbidden: 403,
  forbidden: 403,
  directory_deleted: 404,
  not_a_directory: 404,
  not_found: 404,
  share_not_found: 404,
  method_not_allowed: 405,
  already_exists: 409,
  changed_while_reading: 409,
  directory_not_empty: 409,
  is_a_directory: 409,
  last_admin: 409,
  limit_exceeded: 409,
  owns_things: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  secret_required: 422,
  too_many_attempts: 429,
  unavailable: 503,
};

/** What a file server, the way to it, or the database made impossible: no request could mend it. */
const UPSTREAM: readonly ErrorCode[] = [
  ...(['data_folder_unusable', 'database_busy', 'database_failed', 'database_in_use'] as const),
  ...(['database_login_failed', 'database_missing', 'database_newer'] as const),
  ...(['database_not_empty', 'database_rights_missing', 'database_too_old'] as const),
  ...(['database_unreachable', 'disk_full', 'secret_key_missing', 'secret_key_wrong'] as const),
  ...(['account_restricted', 'closed', 'decryption_failed', 'disconnected'] as const),
  ...(['downgrade_detected', 'encryption_required', 'guest_refused'] as const),
  ...(['insufficient_resources', 'io_error', 'logon_failure', 'notify_unsupported'] as const),
  ...(['protocol_error', 'secret_unreadable', 'session_expired', 'sharing_violation'] as const),
  ...(['signature_invalid', 'signing_required', 'timeout', 'unreachable'] as const),
  ...(['unsupported', 'watch_ended'] as const),
];

/** What no request should ever meet: failures of commands, and mistakes. */
const MISTAKES: readonly string[] = [
  ...['address_in_use', 'dump_damaged', 'internal_error', 'passphrase_wrong'],
  ...['snapshot_corrupt', 'snapshot_foreign'],
];

/** Codes that nobody has decided on; a test asserts that there are none. */
export function undecidedCodes(): readonly ErrorCode[] {
  const all = Object.keys(ERROR_CODES) as ErrorCode[];
  return all.filter(
    (code) => !(code in STATUS) && !UPSTREAM.includes(code) && !MISTAKES.includes(code),
  );
}

export interface ErrorBody {
  /** A sentence. */
  readonly detail: string;
  readonly code: ErrorCode;
  /** What is wrong with which field: a sentence each. */
  readonly fields?: Readonly<Record<string, string>>;
}

export interface ErrorAnswer {
  readonly status: number;
  readonly body: ErrorBody;
  /** Seconds, for the header `Retry-After`. */
  readonly retryAfter?: number;
}

/** What a client is told of a failure: section 5 of the contract. Nothing of what it does not know. */
export function errorResponse(error: unknown): ErrorAnswer {
  if (!(error instanceof TidewatchError)) return MISTAKE;
  const { code, fields, message, retryAfterMs } = error;
  if (UPSTREAM.includes(code)) {
    // Whatever a server or a disk said may name what is ours alone, such as a directory of this machine.
    return withRetry({ status: 503, body: { detail: ERROR_CODES[code].meaning, code } });
  }
  const known = STATUS[code];
  if (known === undefined) return MISTAKE;
  // A request that can be read, with fields that cannot be.
  const status = code === 'invalid_argument' && fields !== undefined ? 422 : known;
  const body = { detail: message, code, ...(fields === undefined ? {} : { fields }) };
  return status === 429 || status === 503
    ? withRetry({ status, body }, retryAfterMs)
    : { status, body };
}

const MISTAKE: ErrorAnswer = {
  status: 500,
  body: { detail: 'The server made a mistake; its log tells more.', code: 'internal_error' },
};

function withRetry(answer: ErrorAnswer, retryAfterMs?: number): ErrorAnswer {
  const seconds =
    retryAfterMs === undefined
      ? DEFAULTS.httpRetryAfterSeconds
      : Math.max(1, Math.ceil(retryAfterMs / 1000));
  return { ...answer, retryAfter: seconds };
}

/**
 * A failure of a file server or a disk as clients are told it: its code with the words of the table,
 * because the message may name places of this machine.
 */
export function withoutPlaces(error: unknown): unknown {
  if (!(error instanceof TidewatchError) || error.code === 'invalid_argument') return error;
  return new TidewatchError(error.code, ERROR_CODES[error.code].meaning, { cause: error });
}
