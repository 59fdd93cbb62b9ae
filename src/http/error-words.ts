import type { ErrorCode } from '../errors/codes.ts';

/** The codes of `error` on the WebSocket; section 4 of the contract. */
export type SocketErrorCode =
  | 'invalid_message'
  | 'invalid_path'
  | 'not_found'
  | 'limit_exceeded'
  | 'unavailable';

const WORDS: Partial<Record<ErrorCode, SocketErrorCode>> = {
  invalid_argument: 'invalid_message',
  invalid_path: 'invalid_path',
  not_found: 'not_found',
  not_a_directory: 'not_found',
  share_not_found: 'not_found',
  // Who may not see it is not told that it is there.
  access_denied: 'not_found',
  insufficient_resources: 'limit_exceeded',
};

/** The word that a client gets for an error of the runtime. */
export function socketErrorCode(code: ErrorCode): SocketErrorCode {
  return WORDS[code] ?? 'unavailable';
}
