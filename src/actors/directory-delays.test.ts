import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ActorServices } from '../../test/support/actor-services.ts';
import { DEFAULTS } from '../defaults.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { DEFAULT_RETRY } from '../machines/retry-policy.ts';
import type { DirectoryTimer } from '../machines/watched-directory-types.ts';
import { delayOf } from './directory-delays.ts';

const LOWEST = 0;
const HIGHEST = 1 - Number.EPSILON;

function delay(timer: DirectoryTimer, random: number, code?: ErrorCode, isFresh = false): number {
  return delayOf(timer, {
    attempt: 1,
    retry: DEFAULT_RETRY,
    services: new ActorServices({
      random: () => random,
      limits: { earlyVerifyMs: DEFAULTS.earlyVerifyMs },
    }),
    failure: code === undefined ? undefined : { code, message: '' },
    pollMs: 10_000,
    isFresh,
  });
}

describe('how long timers of a directory run', () => {
  it('checks never later than promised, and not long before', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: HIGHEST, noNaN: true }), (random) => {
        const ms = delay('verify', random);
        expect(ms).toBeLessThanOrEqual(DEFAULTS.verifyIntervalMs);
        expect(ms).toBeGreaterThanOrEqual(DEFAULTS.verifyIntervalMs * 0.8);
      }),
    );
  });

  it('checks soon what a server has just armed', () => {
    expect(delay('verify', HIGHEST, undefined, true)).toBeLessThanOrEqual(DEFAULTS.earlyVerifyMs);
  });

  it.each(['retry', 'slow-retry', 'poll', 'upgrade', 'verify'] as const)(
    'spreads %s, so that thousands do not fire at once',
    (timer) => {
      const [low, high] = [delay(timer, LOWEST), delay(timer, HIGHEST)];
      expect(high).toBeGreaterThan(low * 1.2);
    },
  );

  it.each([
    ['not_found', DEFAULTS.deletedRetryMs],
    ['share_not_found', DEFAULTS.deletedRetryMs],
    ['not_a_directory', DEFAULTS.deletedRetryMs],
    ['directory_deleted', DEFAULTS.deletedRetryMs],
    ['access_denied', DEFAULTS.deniedRetryMs],
    ['logon_failure', DEFAULTS.refusedRetryMs],
    ['unsupported', DEFAULTS.refusedRetryMs],
  ] as const)('tries again after %s within %d ms, and not at once', (code, most) => {
    expect(delay('slow-retry', HIGHEST, code)).toBeLessThanOrEqual(most);
    expect(delay('slow-retry', LOWEST, code)).toBeGreaterThanOrEqual(most * 0.75);
  });

  it('polls about as often as it is told to', () => {
    expect(delay('poll', LOWEST)).toBe(9_000);
    expect(delay('poll', 0.5)).toBe(10_000);
  });

  it('calls a watch steady after the same time for all', () => {
    expect(delay('steady', LOWEST)).toBe(DEFAULTS.retryResetMs);
    expect(delay('steady', HIGHEST)).toBe(DEFAULTS.retryResetMs);
  });

  it('waits longer after each failure of a row', () => {
    const services = new ActorServices({ random: () => HIGHEST });
    const after = (attempt: number): number =>
      delayOf('retry', {
        ...{
          attempt,
          services,
          retry: DEFAULT_RETRY,
          failure: undefined,
          pollMs: 0,
          isFresh: false,
        },
      });
    expect([1, 2, 3, 20].map(after)).toEqual([500, 1_000, 2_000, DEFAULTS.retryCapMs]);
  });
});
