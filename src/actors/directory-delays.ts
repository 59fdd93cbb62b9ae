import { DEFAULTS } from '../defaults.ts';
import type { Failure } from '../machines/failure.ts';
import { retryDelay } from '../machines/retry-policy.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import type { DirectoryTimer } from '../machines/watched-directory-types.ts';
import type { Limits } from './limits.ts';
import type { Place } from './place.ts';
import type { Services } from './services.ts';

export interface DelayFacts {
  /** Failures in a row. */
  readonly attempt: number;
  readonly retry: RetryPolicy;
  readonly services: Services;
  readonly failure: Failure | undefined;
  /** It was armed on a server and not checked since. */
  readonly isFresh: boolean;
  /** How often it is polled now. */
  readonly pollMs: number;
}

/** How long a timer of a watched directory runs, in ms; spread, so that thousands do not fire at once. */
export function delayOf(timer: DirectoryTimer, facts: DelayFacts): number {
  const { limits, random } = facts.services;
  switch (timer) {
    case 'retry':
    case 'rest':
      return retryDelay(facts.retry, facts.attempt, random);
    case 'slow-retry':
      return slowRetryMs(facts.failure, limits) * (0.75 + random() / 4);
    case 'poll':
      return facts.pollMs * (0.9 + random() / 5);
    case 'upgrade':
      return limits.upgradeIntervalMs * (0.9 + random() / 5);
    case 'verify': {
      // Never later than promised; soon after arming, since a busy server may arm later than it says.
      const { verifyIntervalMs, earlyVerifyMs } = limits;
      const longest = facts.isFresh ? Math.min(earlyVerifyMs, verifyIntervalMs) : verifyIntervalMs;
      return longest * (0.8 + random() / 5);
    }
    case 'steady':
      return DEFAULTS.retryResetMs;
  }
}

/** S3 never learns to report changes, and each try would make readers list again. */
export function isPointless(timer: DirectoryTimer, { kind }: Pick<Place, 'kind'>): boolean {
  return timer === 'upgrade' && kind === 's3';
}

/** Something is tried again when it fires. */
export function isTry(timer: DirectoryTimer): boolean {
  return timer === 'retry' || timer === 'slow-retry' || timer === 'rest';
}

function slowRetryMs(failure: Failure | undefined, limits: Limits): number {
  switch (failure?.code) {
    case 'not_found':
    case 'share_not_found':
    case 'not_a_directory':
    case 'directory_deleted':
      return limits.deletedRetryMs;
    case 'access_denied':
      return limits.deniedRetryMs;
    default:
      return limits.refusedRetryMs;
  }
}
