import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** When and how often something that failed is tried again; milliseconds. */
export interface RetryPolicy {
  /** The longest wait after the first failure. */
  readonly baseMs: number;
  /** How much longer each further one may be. */
  readonly factor: number;
  /** No wait is longer. */
  readonly capMs: number;
  /** `full`: a random part of the longest wait. `none`: all of it. */
  readonly jitter: 'full' | 'none';
  /** Failures in a row before it is given up; Infinity: never. */
  readonly maxAttempts: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  baseMs: DEFAULTS.retryBaseMs,
  factor: DEFAULTS.retryFactor,
  capMs: DEFAULTS.retryCapMs,
  jitter: DEFAULTS.retryJitter,
  maxAttempts: DEFAULTS.retryMaxAttempts,
};

/**
 * A policy with what was chosen in place of what it is based on; what is undefined was not chosen.
 *
 * @throws TidewatchError `invalid_argument` for what is no number, or below 0.
 */
export function retryPolicy(base: RetryPolicy, chosen: Partial<RetryPolicy> = {}): RetryPolicy {
  const policy: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(chosen)) {
    if (value !== undefined) policy[name] = value;
  }
  for (const name of ['baseMs', 'factor', 'capMs', 'maxAttempts']) {
    const value = policy[name];
    if (typeof value === 'number' && value >= 0) continue;
    throw new TidewatchError('invalid_argument', `retry.${name} is no number from 0`);
  }
  return policy as unknown as RetryPolicy;
}

/**
 * How long to wait after the `attempt`th failure in a row (1 is the first), in whole milliseconds. With
 * full jitter anything up to min(cap, base · factor^(attempt - 1)), so that the many clients of a server
 * that came back do not return at one instant; but never less than `retryFloorMs`, or what fails at
 * once would, by chance or by a policy of zeros, be tried again in a busy loop.
 *
 * `random` gives numbers from 0 up to 1.
 */
export function retryDelay(policy: RetryPolicy, attempt: number, random: () => number): number {
  const { baseMs, factor, capMs, jitter } = policy;
  // The power of a late attempt is infinite, and 0 · Infinity would be no number.
  const growth = Math.min(factor ** (attempt - 1), Number.MAX_SAFE_INTEGER);
  const longest = Math.min(capMs, baseMs * growth, Number.MAX_SAFE_INTEGER);
  const delay = jitter === 'full' ? random() * longest : longest;
  return Math.max(DEFAULTS.retryFloorMs, Math.round(delay));
}

/** Whether the `attempt`th failure in a row (1 is the first) was the last one that is borne. */
export function isExhausted(policy: RetryPolicy, attempt: number): boolean {
  return attempt >= policy.maxAttempts;
}
