import { TidewatchError } from '../errors/tidewatch-error.ts';

/**
 * Percent-decoded; `what` names it in messages, which show nothing of it.
 *
 * @throws TidewatchError `invalid_argument` for what is no UTF-8, `invalid_path` for a NUL.
 */
export function decode(text: string, what: string): string {
  let decoded;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw invalid(`${what} has a % that starts no escape of UTF-8: write % as %25`);
  }
  refuseNul(decoded);
  return decoded;
}

export function refuseNul(text: string): void {
  if (text.includes('\0')) throw new TidewatchError('invalid_path', 'the location has a NUL in it');
}

export function invalid(message: string): TidewatchError {
  return new TidewatchError('invalid_argument', message);
}
