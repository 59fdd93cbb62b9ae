import type { ErrorCode } from './codes.ts';
import { TidewatchError } from './tidewatch-error.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'access_denied',
  EPERM: 'access_denied',
  EEXIST: 'already_exists',
  EISDIR: 'is_a_directory',
  EMFILE: 'insufficient_resources',
  ENFILE: 'insufficient_resources',
  ENAMETOOLONG: 'invalid_path',
  ENOENT: 'not_found',
  ENOTDIR: 'not_a_directory',
  ENOTEMPTY: 'directory_not_empty',
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
};

/**
 * The TidewatchError for a failed operation on a file of this machine; anything that is no error of
 * the operating system is given back as it is.
 */
export function fromNodeError(error: unknown, path: string): unknown {
  if (error instanceof TidewatchError || !(error instanceof Error) || !('syscall' in error)) {
    return error;
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // "ENOENT: no such file or directory, open '/x'": the middle is what people need.
  const reason = /^[A-Z0-9]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
  const message = `${path}: ${reason}`;
  return new TidewatchError(CODES[code] ?? 'io_error', message, { cause: error });
}
