import type { ErrorCode } from '../../errors/codes.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';

/** Codes of S3 (and of radosgw) that say more than their status does. */
const BY_NAME: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'access_denied',
  AccountProblem: 'account_restricted',
  AllAccessDisabled: 'account_restricted',
  AuthorizationHeaderMalformed: 'invalid_argument',
  BadDigest: 'io_error',
  ExpiredToken: 'logon_failure',
  IllegalLocationConstraintException: 'invalid_argument',
  InternalError: 'unavailable',
  InvalidAccessKeyId: 'logon_failure',
  InvalidBucketName: 'invalid_argument',
  InvalidRange: 'io_error',
  InvalidToken: 'logon_failure',
  KeyTooLongError: 'invalid_path',
  NoSuchBucket: 'not_found',
  NoSuchKey: 'not_found',
  NoSuchUpload: 'not_found',
  NotFound: 'not_found',
  NotImplemented: 'unsupported',
  NotSignedUp: 'account_restricted',
  OperationAborted: 'unavailable',
  PermanentRedirect: 'invalid_argument',
  QuotaExceeded: 'disk_full',
  RequestTimeTooSkewed: 'logon_failure',
  RequestTimeout: 'timeout',
  ServiceUnavailable: 'unavailable',
  SignatureDoesNotMatch: 'logon_failure',
  SlowDown: 'unavailable',
  Throttling: 'unavailable',
  ThrottlingException: 'unavailable',
  TooManyRequests: 'unavailable',
  UserSuspended: 'account_restricted',
};

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  301: 'invalid_argument',
  307: 'invalid_argument',
  401: 'logon_failure',
  403: 'access_denied',
  404: 'not_found',
  405: 'unsupported',
  408: 'timeout',
  409: 'unavailable',
  412: 'changed_while_reading',
  429: 'unavailable',
  501: 'unsupported',
  507: 'disk_full',
};

/** Words of Node for a network that failed. */
const BY_SYSTEM: Readonly<Record<string, ErrorCode>> = {
  EAI_AGAIN: 'unreachable',
  ECONNABORTED: 'disconnected',
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'disconnected',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'unreachable',
  EPIPE: 'disconnected',
  ERR_STREAM_PREMATURE_CLOSE: 'disconnected',
  ETIMEDOUT: 'timeout',
};

const HINTS: Readonly<Record<string, string>> = {
  AuthorizationHeaderMalformed: ': name the region of the bucket',
  PermanentRedirect: ': name the region of the bucket',
  RequestTimeTooSkewed: ': the clocks of this machine and of the service differ',
};

/** What an error of the SDK holds, if it is one. */
interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The HTTP status that an error came with; undefined when nobody answered. */
export function statusOf(error: unknown): number | undefined {
  const status = sdkError(error).$metadata?.httpStatusCode;
  return typeof status === 'number' ? status : undefined;
}

/** Headers of the answer that an error came with, their names in lower case. */
export function headersOf(error: unknown): Readonly<Record<string, string>> {
  return sdkError(error).$response?.headers ?? {};
}

/**
 * An error of the SDK or of Node as a TidewatchError; one of ours stays. `what` says what was tried.
 *
 * What the service wrote and what was sent is not in it, neither as message nor as cause: a signature
 * that does not match comes back with the headers that were signed, the session token among them.
 */
export function s3Error(error: unknown, what: string): TidewatchError {
  if (error instanceof TidewatchError) return error;
  const status = statusOf(error);
  if (status === undefined) return networkError(error, what);
  const name = wordOf(error);
  const code = BY_NAME[name] ?? BY_STATUS[status] ?? otherwise(status);
  const region = headersOf(error)['x-amz-bucket-region'];
  const elsewhere =
    code === 'invalid_argument' && region !== undefined && /^[a-z0-9-]{1,32}$/.test(region)
      ? `: the bucket is in the region ${region}`
      : (HINTS[name] ?? '');
  return new TidewatchError(code, `${what}: ${name} (HTTP ${status})${elsewhere}`);
}

/** What cannot be read although it was called a success is no answer of S3. */
function otherwise(status: number): ErrorCode {
  if (status >= 500) return 'unavailable';
  return status < 300 ? 'protocol_error' : 'io_error';
}

function networkError(error: unknown, what: string): TidewatchError {
  const { name } = sdkError(error);
  const system = systemWord(error);
  const code = BY_SYSTEM[system];
  if (code !== undefined) return new TidewatchError(code, `${what}: ${system}`);
  if (name === 'TimeoutError') return new TidewatchError('timeout', `${what}: no answer in time`);
  if (/CERT|TLS|SSL|UNABLE_TO_VERIFY|EPROTO/.test(system)) {
    const message = `${what}: ${system}; name the certificate authority in NODE_EXTRA_CA_CERTS`;
    return new TidewatchError('unreachable', message);
  }
  if (system.startsWith('HPE_')) return new TidewatchError('protocol_error', `${what}: ${system}`);
  const word = system === '' ? wordOf(error) : system;
  return new TidewatchError('protocol_error', `${what}: ${word}`);
}

/** A code of the network, of the error or of one of those it is made of (several addresses). */
function systemWord(error: unknown): string {
  const { code } = sdkError(error);
  if (typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code)) return code;
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return first === undefined ? '' : systemWord(first);
}

/** The word of the service for it, and never more than a word. */
function wordOf(error: unknown): string {
  const { name, Code } = sdkError(error);
  const word = [Code, name].find((one) => typeof one === 'string' && /^[\w.-]{1,64}$/.test(one));
  return typeof word === 'string' ? word : 'an unknown error';
}

function sdkError(error: unknown): SdkError {
  return typeof error === 'object' && error !== null ? error : {};
}

export function abortedError(signal: AbortSignal): TidewatchError {
  return new TidewatchError('aborted', 'The operation was aborted', { cause: signal.reason });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedError(signal);
}

export function changedError(path: string): TidewatchError {
  return new TidewatchError('changed_while_reading', `${path} changed while it was read`);
}
