import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../defaults.ts';
import type { TidewatchError } from '../../errors/tidewatch-error.ts';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { LoginLimits } from './login-limits.ts';

const MINUTE = 60_000;

function setUp() {
  const clock = new ManualClock();
  const limits = new LoginLimits(clock);
  const good = (account = 'ann', address = '192.0.2.1'): Promise<string | undefined> =>
    limits.attempt(account, address, () => Promise.resolve('in'));
  const bad = (account = 'ann', address = '192.0.2.1'): Promise<string | undefined> =>
    limits.attempt<string>(account, address, () => Promise.resolve(undefined));
  /** How long a try is put off; 0 when it was made. */
  const wait = async (account = 'ann', address = '192.0.2.1'): Promise<number> => {
    try {
      await bad(account, address);
      return 0;
    } catch (error) {
      return (error as TidewatchError).retryAfterMs ?? Number.NaN;
    }
  };
  return { clock, limits, good, bad, wait };
}

describe('failed logins to one account', () => {
  it('have growing delays after the fifth, up to five minutes', async () => {
    const { clock, wait } = setUp();
    const delays = [];
    for (let round = 0; round < 5; round += 1) expect(await wait()).toBe(0);
    for (let round = 0; round < 12; round += 1) {
      const delay = await wait();
      delays.push(delay / 1_000);
      clock.advance(delay);
      expect(await wait()).toBe(0);
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  });

  it('put the right password off as well, which tells nothing about it', async () => {
    const { good, wait } = setUp();
    for (let round = 0; round < 5; round += 1) await wait();
    await expect(good()).rejects.toMatchObject({ code: 'too_many_attempts', retryAfterMs: 1_000 });
  });

  it('are forgotten after a login that succeeds', async () => {
    const { clock, good, wait } = setUp();
    for (let round = 0; round < 5; round += 1) await wait();
    clock.advance(1_000);
    expect(await good()).toBe('in');
    for (let round = 0; round < 5; round += 1) expect(await wait()).toBe(0);
  });

  it('are forgotten after an hour without one, and when the password was set anew', async () => {
    const { clock, limits, wait } = setUp();
    for (let round = 0; round < 10; round += 1) {
      await wait();
      clock.advance(MINUTE);
    }
    clock.advance(60 * MINUTE);
    for (let round = 0; round < 5; round += 1) expect(await wait()).toBe(0);
    expect(await wait()).toBe(1_000);
    limits.forgive('ann');
    expect(await wait()).toBe(0);
  });

  it('do not put other accounts off', async () => {
    const { good, wait } = setUp();
    for (let round = 0; round < 6; round += 1) await wait();
    expect(await good('bob')).toBe('in');
  });

  it('are counted one after another, however many come at once', async () => {
    const { limits } = setUp();
    let checked = 0;
    const attempts = Array.from({ length: 100 }, (_, index) =>
      limits.attempt('ann', `198.51.100.${index}`, async () => {
        checked += 1;
        await new Promise(setImmediate);
        return undefined;
      }),
    );
    const settled = await Promise.allSettled(attempts);
    expect(checked).toBe(5);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(95);
  });

  it('that broke off for another reason are none', async () => {
    const { limits, wait } = setUp();
    for (let round = 0; round < 20; round += 1) {
      const broken = limits.attempt('ann', '192.0.2.1', () => Promise.reject(new Error('no disk')));
      await expect(broken).rejects.toThrow('no disk');
    }
    expect(await wait()).toBe(0);
  });
});

describe('failed logins from one address', () => {
  it('are put off after thirty, whatever the accounts', async () => {
    const { good, wait } = setUp();
    for (let round = 0; round < 30; round += 1) expect(await wait(`user${round}`)).toBe(0);
    expect(await wait('ann')).toBe(1_000);
    expect(await good('ann', '192.0.2.2')).toBe('in');
  });

  it('count on after a login to an account of the guesser', async () => {
    const { good, wait } = setUp();
    for (let round = 0; round < 30; round += 1) {
      if (round % 4 === 0) await good('mallory');
      expect(await wait(`user${round}`)).toBe(0);
    }
    expect(await wait('ann')).toBe(1_000);
  });

  it('count together for one network of IPv6', async () => {
    const { wait } = setUp();
    for (let round = 0; round < 30; round += 1) {
      expect(await wait(`user${round}`, `2001:db8:1:2::${round.toString(16)}`)).toBe(0);
    }
    expect(await wait('ann', '2001:db8:1:2:ffff::1')).toBe(1_000);
    expect(await wait('ann', '2001:db8:1:3::1')).toBe(0);
  });
});

describe('the last administrator', () => {
  it('comes in from a known address however long others fail on purpose', async () => {
    const { clock, good, wait } = setUp();
    await good('admin', '192.0.2.10');
    for (let round = 0; round < 500; round += 1) {
      clock.advance(await wait('admin', `198.51.${round % 250}.1`));
      if (round % 100 === 0) expect(await good('admin', '192.0.2.10')).toBe('in');
    }
    await wait('admin', '203.0.113.1');
    expect(await wait('admin', '203.0.113.1')).toBeGreaterThan(0);
    expect(await good('admin', '192.0.2.10')).toBe('in');
  });

  it('is put off from a known address by failures from there alone', async () => {
    const { clock, good, wait } = setUp();
    await good('admin', '192.0.2.10');
    for (let round = 0; round < 5; round += 1) expect(await wait('admin', '192.0.2.10')).toBe(0);
    expect(await wait('admin', '192.0.2.10')).toBe(1_000);
    clock.advance(1_000);
    expect(await good('admin', '192.0.2.10')).toBe('in');
  });

  it('waits five minutes at most from any address once the guessing ends', async () => {
    const { clock, good, wait } = setUp();
    for (let round = 0; round < 40; round += 1) clock.advance(await wait('admin'));
    clock.advance(5 * MINUTE);
    expect(await good('admin', '203.0.113.9')).toBe('in');
  });

  it('is no longer known at an address after thirty days', async () => {
    const { clock, good, wait } = setUp();
    await good('admin', '192.0.2.10');
    clock.advance(31 * 24 * 60 * MINUTE);
    for (let round = 0; round < 5; round += 1) await wait('admin', '198.51.100.1');
    expect(await wait('admin', '192.0.2.10')).toBe(1_000);
  });
});

describe('what is remembered of logins', () => {
  it('is bounded', async () => {
    const { good, limits, wait } = setUp();
    for (let round = 0; round < 3 * DEFAULTS.loginsRemembered; round += 1) {
      const address = `10.${round >> 16}.${(round >> 8) & 255}.${round & 255}`;
      await wait(`user${round}`, address);
      await good(`user${round}`, address);
    }
    expect(limits.size).toBeLessThanOrEqual(3 * DEFAULTS.loginsRemembered);
  });
});
