import { SmbError } from '../smb-error.ts';

/** Throws `invalid_argument` for what is no whole number from `least` on that a double can hold. */
export function assertWhole(what: string, value: number, least = 0): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new SmbError('invalid_argument', `${what} cannot be ${value}`);
}
