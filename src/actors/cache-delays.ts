import { DEFAULTS } from '../defaults.ts';
import type { CacheTimer } from '../machines/directory-cache-types.ts';
import type { Failure } from '../machines/failure.ts';
import { retryDelay } from '../machines/retry-policy.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import type { Services } from './services.ts';

export interface CacheDelayFacts {
  /** Failures, or losses, in a row. */
  readonly attempt: number;
  readonly retry: RetryPolicy;
  readonly services: Services;
  readonly failure: Failure | undefined;
  /** Everything is listed again this often. */
  readonly rescanMs: number;
  /** How long the last scan took. */
  readonly scanTookMs: number;
}

/** How long a timer of a directory cache runs, in ms; spread, so that many do not fire at once. */
export function cacheDelay(timer: CacheTimer, facts: CacheDelayFacts): number {
  const { attempt, retry, services, failure, rescanMs, scanTookMs } = facts;
  const { limits, random } = services;
  const spread = (ms: number): number => ms * (0.9 + random() / 5);
  switch (timer) {
    case 'retry':
      return retryDelay(retry, attempt, random);
    case 'slow-retry':
      return slowRetryMs(failure, limits) * (0.75 + random() / 4);
    case 'settle':
      return Math.min(limits.cacheSettleMs * 2 ** Math.max(0, attempt - 1), retry.capMs);
    case 'rescan':
      // A server that takes long for it is not kept busy with nothing else.
      return Math.max(spread(rescanMs), scanTookMs);
    case 'sample':
      return spread(limits.cacheSampleMs);
    case 'poll':
      return Math.max(spread(Math.min(limits.cachePollMs, rescanMs)), scanTookMs);
    case 'upgrade':
      return spread(limits.upgradeIntervalMs);
    case 'steady':
      return DEFAULTS.retryResetMs;
  }
}

function slowRetryMs(failure: Failure | undefined, limits: Services['limits']): number {
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
