import { DEFAULTS } from '../../defaults.ts';

/** What bounds the use of one S3 service; see `DEFAULTS` for each. */
export interface S3Limits {
  readonly attempts: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  readonly connectMs: number;
  readonly idleMs: number;
  readonly partMs: number;
  /** Requests at once: short ones, and those that carry content. */
  readonly shortRequests: number;
  readonly bulkRequests: number;
  /** Keys of one page of a listing. */
  readonly pageKeys: number;
  /** Of the parts that content is written in, and how many are under way for one file. */
  readonly partBytes: number;
  readonly partsAtOnce: number;
}

export function s3Limits(limits: Partial<S3Limits> = {}): S3Limits {
  return {
    attempts: DEFAULTS.s3Attempts,
    retryBaseMs: DEFAULTS.s3RetryBaseMs,
    retryCapMs: DEFAULTS.s3RetryCapMs,
    connectMs: DEFAULTS.s3ConnectMs,
    idleMs: DEFAULTS.s3IdleMs,
    partMs: DEFAULTS.s3PartMs,
    shortRequests: DEFAULTS.s3ShortRequests,
    bulkRequests: DEFAULTS.s3BulkRequests,
    pageKeys: DEFAULTS.s3PageKeys,
    partBytes: DEFAULTS.s3PartBytes,
    partsAtOnce: DEFAULTS.s3PartsAtOnce,
    ...limits,
  };
}

/** Timers of the outside, so that a test can hold them. */
export interface S3Timers {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const SYSTEM_TIMERS: S3Timers = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
