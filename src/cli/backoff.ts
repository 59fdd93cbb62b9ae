import { DEFAULTS } from '../defaults.ts';

/**
 * How long to wait before the next try, in ms: a random time up to `base · factor^attempt`, capped, so
 * that many clients of a server that came back do not return at the same instant.
 *
 * `attempt` counts failures in a row, from 0 on; `random` gives numbers from 0 up to 1.
 */
export function backoffDelay(attempt: number, random: () => number): number {
  const { retryBaseMs, retryFactor, retryCapMs } = DEFAULTS;
  const ceiling = Math.min(retryCapMs, retryBaseMs * retryFactor ** attempt);
  return Math.round(random() * ceiling);
}
