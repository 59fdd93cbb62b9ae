import type { ErrorCode } from '../errors/codes.ts';
import { SmbError } from './smb-error.ts';

/**
 * The NTSTATUS values a client of SMB 2 and 3 meets (MS-ERREF 2.3.1). `statusName` prints any of
 * them as `STATUS_` plus its key.
 */
export const Status = {
  SUCCESS: 0x00000000,
  PENDING: 0x00000103,
  NOTIFY_CLEANUP: 0x0000010b,
  NOTIFY_ENUM_DIR: 0x0000010c,
  BUFFER_OVERFLOW: 0x80000005,
  NO_MORE_FILES: 0x80000006,
  STOPPED_ON_SYMLINK: 0x8000002d,
  UNSUCCESSFUL: 0xc0000001,
  NOT_IMPLEMENTED: 0xc0000002,
  INVALID_INFO_CLASS: 0xc0000003,
  INFO_LENGTH_MISMATCH: 0xc0000004,
  INVALID_HANDLE: 0xc0000008,
  INVALID_PARAMETER: 0xc000000d,
  NO_SUCH_DEVICE: 0xc000000e,
  NO_SUCH_FILE: 0xc000000f,
  INVALID_DEVICE_REQUEST: 0xc0000010,
  END_OF_FILE: 0xc0000011,
  MORE_PROCESSING_REQUIRED: 0xc0000016,
  NO_MEMORY: 0xc0000017,
  ACCESS_DENIED: 0xc0000022,
  BUFFER_TOO_SMALL: 0xc0000023,
  OBJECT_NAME_INVALID: 0xc0000033,
  OBJECT_NAME_NOT_FOUND: 0xc0000034,
  OBJECT_NAME_COLLISION: 0xc0000035,
  OBJECT_PATH_INVALID: 0xc0000039,
  OBJECT_PATH_NOT_FOUND: 0xc000003a,
  OBJECT_PATH_SYNTAX_BAD: 0xc000003b,
  SHARING_VIOLATION: 0xc0000043,
  QUOTA_EXCEEDED: 0xc0000044,
  FILE_LOCK_CONFLICT: 0xc0000054,
  LOCK_NOT_GRANTED: 0xc0000055,
  DELETE_PENDING: 0xc0000056,
  PRIVILEGE_NOT_HELD: 0xc0000061,
  NO_SUCH_USER: 0xc0000064,
  WRONG_PASSWORD: 0xc000006a,
  LOGON_FAILURE: 0xc000006d,
  ACCOUNT_RESTRICTION: 0xc000006e,
  INVALID_LOGON_HOURS: 0xc000006f,
  INVALID_WORKSTATION: 0xc0000070,
  PASSWORD_EXPIRED: 0xc0000071,
  ACCOUNT_DISABLED: 0xc0000072,
  DISK_FULL: 0xc000007f,
  INSUFFICIENT_RESOURCES: 0xc000009a,
  MEDIA_WRITE_PROTECTED: 0xc00000a2,
  IO_TIMEOUT: 0xc00000b5,
  FILE_IS_A_DIRECTORY: 0xc00000ba,
  NOT_SUPPORTED: 0xc00000bb,
  BAD_NETWORK_PATH: 0xc00000be,
  UNEXPECTED_NETWORK_ERROR: 0xc00000c4,
  NETWORK_NAME_DELETED: 0xc00000c9,
  NETWORK_ACCESS_DENIED: 0xc00000ca,
  BAD_DEVICE_TYPE: 0xc00000cb,
  BAD_NETWORK_NAME: 0xc00000cc,
  REQUEST_NOT_ACCEPTED: 0xc00000d0,
  INTERNAL_ERROR: 0xc00000e5,
  DIRECTORY_NOT_EMPTY: 0xc0000101,
  NOT_A_DIRECTORY: 0xc0000103,
  NAME_TOO_LONG: 0xc0000106,
  TOO_MANY_OPENED_FILES: 0xc000011f,
  CANCELLED: 0xc0000120,
  CANNOT_DELETE: 0xc0000121,
  FILE_CLOSED: 0xc0000128,
  TIME_DIFFERENCE_AT_DC: 0xc0000133,
  LOGON_TYPE_NOT_GRANTED: 0xc000015b,
  ILLEGAL_CHARACTER: 0xc0000161,
  ACCOUNT_EXPIRED: 0xc0000193,
  USER_SESSION_DELETED: 0xc0000203,
  INSUFF_SERVER_RESOURCES: 0xc0000205,
  CONNECTION_DISCONNECTED: 0xc000020c,
  CONNECTION_RESET: 0xc000020d,
  PASSWORD_MUST_CHANGE: 0xc0000224,
  NOT_FOUND: 0xc0000225,
  ACCOUNT_LOCKED_OUT: 0xc0000234,
  PATH_NOT_COVERED: 0xc0000257,
  VOLUME_DISMOUNTED: 0xc000026e,
  NOT_A_REPARSE_POINT: 0xc0000275,
  NETWORK_SESSION_EXPIRED: 0xc000035c,
  DOWNGRADE_DETECTED: 0xc0000388,
  REQUEST_OUT_OF_SEQUENCE: 0xc000042a,
  IMPLEMENTATION_LIMIT: 0xc000042b,
  SERVER_UNAVAILABLE: 0xc0000466,
  FILE_NOT_AVAILABLE: 0xc0000467,
  SHARE_UNAVAILABLE: 0xc0000480,
  SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP: 0xc05d0000,
} as const;

type StatusKey = keyof typeof Status;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Status).map(([key, value]) => [value, `STATUS_${key}`]),
);

/** What a status means to a caller when nothing more is known about the operation. */
const CODES: Readonly<Partial<Record<StatusKey, ErrorCode>>> = {
  NOTIFY_CLEANUP: 'watch_ended',
  NOT_IMPLEMENTED: 'unsupported',
  INVALID_HANDLE: 'closed',
  NO_SUCH_FILE: 'not_found',
  INVALID_DEVICE_REQUEST: 'unsupported',
  NO_MEMORY: 'insufficient_resources',
  ACCESS_DENIED: 'access_denied',
  OBJECT_NAME_INVALID: 'invalid_path',
  OBJECT_NAME_NOT_FOUND: 'not_found',
  OBJECT_NAME_COLLISION: 'already_exists',
  OBJECT_PATH_INVALID: 'invalid_path',
  OBJECT_PATH_NOT_FOUND: 'not_found',
  OBJECT_PATH_SYNTAX_BAD: 'invalid_path',
  SHARING_VIOLATION: 'sharing_violation',
  QUOTA_EXCEEDED: 'disk_full',
  FILE_LOCK_CONFLICT: 'sharing_violation',
  LOCK_NOT_GRANTED: 'sharing_violation',
  DELETE_PENDING: 'not_found',
  PRIVILEGE_NOT_HELD: 'access_denied',
  NO_SUCH_USER: 'logon_failure',
  WRONG_PASSWORD: 'logon_failure',
  LOGON_FAILURE: 'logon_failure',
  ACCOUNT_RESTRICTION: 'account_restricted',
  INVALID_LOGON_HOURS: 'account_restricted',
  INVALID_WORKSTATION: 'account_restricted',
  PASSWORD_EXPIRED: 'account_restricted',
  ACCOUNT_DISABLED: 'account_restricted',
  DISK_FULL: 'disk_full',
  INSUFFICIENT_RESOURCES: 'insufficient_resources',
  MEDIA_WRITE_PROTECTED: 'access_denied',
  IO_TIMEOUT: 'timeout',
  FILE_IS_A_DIRECTORY: 'is_a_directory',
  NOT_SUPPORTED: 'unsupported',
  BAD_NETWORK_PATH: 'disconnected',
  UNEXPECTED_NETWORK_ERROR: 'disconnected',
  NETWORK_NAME_DELETED: 'disconnected',
  NETWORK_ACCESS_DENIED: 'access_denied',
  BAD_DEVICE_TYPE: 'unsupported',
  BAD_NETWORK_NAME: 'share_not_found',
  REQUEST_NOT_ACCEPTED: 'insufficient_resources',
  DIRECTORY_NOT_EMPTY: 'directory_not_empty',
  NOT_A_DIRECTORY: 'not_a_directory',
  NAME_TOO_LONG: 'invalid_path',
  TOO_MANY_OPENED_FILES: 'insufficient_resources',
  CANCELLED: 'aborted',
  CANNOT_DELETE: 'access_denied',
  FILE_CLOSED: 'closed',
  LOGON_TYPE_NOT_GRANTED: 'account_restricted',
  ILLEGAL_CHARACTER: 'invalid_path',
  ACCOUNT_EXPIRED: 'account_restricted',
  USER_SESSION_DELETED: 'disconnected',
  INSUFF_SERVER_RESOURCES: 'insufficient_resources',
  CONNECTION_DISCONNECTED: 'disconnected',
  CONNECTION_RESET: 'disconnected',
  PASSWORD_MUST_CHANGE: 'account_restricted',
  NOT_FOUND: 'not_found',
  ACCOUNT_LOCKED_OUT: 'account_restricted',
  PATH_NOT_COVERED: 'unsupported',
  VOLUME_DISMOUNTED: 'disconnected',
  NETWORK_SESSION_EXPIRED: 'session_expired',
  DOWNGRADE_DETECTED: 'downgrade_detected',
  IMPLEMENTATION_LIMIT: 'insufficient_resources',
  SERVER_UNAVAILABLE: 'disconnected',
  FILE_NOT_AVAILABLE: 'disconnected',
  SHARE_UNAVAILABLE: 'disconnected',
  SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP: 'unsupported',
};

const CODE_OF_STATUS: ReadonlyMap<number, ErrorCode> = new Map(
  (Object.entries(CODES) as [StatusKey, ErrorCode][]).map(([key, code]) => [Status[key], code]),
);

/** `STATUS_ACCESS_DENIED` for a status listed in `Status`, `0xC0001234` for any other. */
export function statusName(status: number): string {
  return NAMES.get(status) ?? `0x${status.toString(16).toUpperCase().padStart(8, '0')}`;
}

/**
 * The typed error for a status that the server answered with. A status without a code of its own
 * becomes `io_error`; the message always names the status.
 *
 * @param what the operation, as the start of a sentence: `open`, `connect to share data`
 * @param path the path it was about, as the caller gave it
 */
export function errorForStatus(status: number, what: string, path?: string): SmbError {
  const subject = path === undefined ? what : `${what} "${path}"`;
  const code = CODE_OF_STATUS.get(status) ?? 'io_error';
  return new SmbError(code, `${subject}: the server answered ${statusName(status)}`, {
    status,
    path,
  });
}
