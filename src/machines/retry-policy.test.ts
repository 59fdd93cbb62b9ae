import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../defaults.ts';
import { DEFAULT_RETRY, isExhausted, retryDelay, retryPolicy } from './retry-policy.ts';
import type { RetryPolicy } from './retry-policy.ts';

const almostOne = (): number => 1 - 2 ** -53;

describe('a policy that is chosen', () => {
  it('keeps what was not chosen, though it is named', () => {
    const chosen = { baseMs: 10, capMs: undefined } as unknown as Partial<RetryPolicy>;
    expect(retryPolicy(DEFAULT_RETRY, chosen)).toEqual({ ...DEFAULT_RETRY, baseMs: 10 });
  });

  it.each([{ baseMs: Number.NaN }, { capMs: -1 }, { maxAttempts: '3' as unknown as number }])(
    'is refused when it cannot be: %j',
    (chosen) => {
      expect(() => retryPolicy(DEFAULT_RETRY, chosen)).toThrow(
        expect.objectContaining({ code: 'invalid_argument' }),
      );
    },
  );
});

describe('the delay before the next try', () => {
  it('grows by the factor up to the cap', () => {
    const policy: RetryPolicy = { ...DEFAULT_RETRY, jitter: 'none' };
    const delays = [1, 2, 3, 7, 8, 9, 5_000].map((attempt) =>
      retryDelay(policy, attempt, Math.random),
    );
    expect(delays).toEqual([500, 1_000, 2_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is a random part of that with full jitter', () => {
    expect(retryDelay(DEFAULT_RETRY, 3, () => 0.25)).toBe(500);
    expect(retryDelay(DEFAULT_RETRY, 3, almostOne)).toBe(2_000);
    expect(retryDelay(DEFAULT_RETRY, 3, () => 0)).toBe(DEFAULTS.retryFloorMs);
  });

  it('is spread evenly', () => {
    const thirds = [0, 0, 0];
    for (let index = 0; index < 3_000; index += 1) {
      const delay = retryDelay(DEFAULT_RETRY, 20, () => index / 3_000);
      const third = Math.min(2, Math.floor(delay / 20_000));
      thirds[third] = (thirds[third] ?? 0) + 1;
    }
    for (const count of thirds) expect(Math.abs(count - 1_000)).toBeLessThan(10);
  });

  it('is a whole number between floor and cap, whatever the policy', () => {
    const finite = fc.double({ min: 0, max: 1e9, noNaN: true });
    const policies: fc.Arbitrary<RetryPolicy> = fc.record({
      baseMs: finite,
      factor: fc.double({ min: 0, max: 1_000, noNaN: true }),
      capMs: fc.oneof(fc.constant(Infinity), finite),
      jitter: fc.constantFrom('full', 'none'),
      maxAttempts: fc.constant(Infinity),
    });
    const random = fc.double({ min: 0, max: almostOne(), noNaN: true });
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 1e6 }), random, (policy, attempt, chance) => {
        const delay = retryDelay(policy, attempt, () => chance);
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(DEFAULTS.retryFloorMs);
        expect(delay).toBeLessThanOrEqual(
          Math.max(DEFAULTS.retryFloorMs, Math.round(policy.capMs)),
        );
      }),
    );
  });
});

describe('a retry policy', () => {
  it('is exhausted by as many failures in a row as it names', () => {
    const policy: RetryPolicy = { ...DEFAULT_RETRY, maxAttempts: 3 };
    expect([1, 2, 3, 4].map((attempt) => isExhausted(policy, attempt))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('is never exhausted by default', () => {
    expect(isExhausted(DEFAULT_RETRY, Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});
