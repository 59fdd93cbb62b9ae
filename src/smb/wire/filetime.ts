import { SmbError } from '../smb-error.ts';

/** A FILETIME that is not set: in requests "leave as it is", in answers "not known". */
export const FILETIME_UNSET = 0n;

/** Milliseconds between 1601-01-01, where FILETIME begins, and 1970-01-01. */
const EPOCH_DISTANCE_MS = 11_644_473_600_000;

/*
 * 2^32 units of 100 ns are 429496.7296 ms. Splitting off the whole part keeps every step but one
 * division exact: a FILETIME of whole milliseconds becomes a whole number.
 */
const HIGH_WHOLE_MS = 429_496;
const HIGH_REST = 7296;

function combine(high: number, low: number): number {
  if (high === 0 && low === 0) return 0;
  return high * HIGH_WHOLE_MS - EPOCH_DISTANCE_MS + (high * HIGH_REST + low) / 10_000;
}

/**
 * Milliseconds since 1970 of a FILETIME (100 ns since 1601, MS-DTYP 2.3.3), with the fraction that
 * a double can hold (about 0.25 us today). `FILETIME_UNSET` becomes 0.
 */
export function filetimeToMs(filetime: bigint): number {
  return combine(Number((filetime >> 32n) & 0xffffffffn), Number(filetime & 0xffffffffn));
}

/** The same, straight from 8 bytes at `at`; the caller has checked that they exist. */
export function readFiletimeMs(bytes: Buffer, at: number): number {
  return combine(bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at));
}

/**
 * The FILETIME of a moment in milliseconds since 1970. 0 is 1970 itself: to leave a time unset pass
 * `FILETIME_UNSET` where a FILETIME is expected. Throws `invalid_argument` for what is no number or
 * lies before 1601.
 */
export function msToFiletime(ms: number): bigint {
  const whole = Math.floor(ms);
  if (!(whole >= -EPOCH_DISTANCE_MS && whole < Number.MAX_SAFE_INTEGER - EPOCH_DISTANCE_MS)) {
    throw new SmbError('invalid_argument', `${ms} is not a time a file can have`);
  }
  return BigInt(whole + EPOCH_DISTANCE_MS) * 10_000n + BigInt(Math.round((ms - whole) * 10_000));
}
