import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { DEFAULTS } from '../../defaults.ts';
import type { Caller } from '../caller.ts';
import { KnownCallers } from './known-callers.ts';

const ANN: Caller = { name: 'ann', admin: false, userId: 'u1', tokenId: 't1' };

function setUp() {
  const clock = new ManualClock();
  const known = new KnownCallers(clock);
  let lookups = 0;
  const find = (key = 'a', found: Caller | undefined = ANN): Promise<Caller | undefined> =>
    known.find(key, () => {
      lookups += 1;
      return Promise.resolve(found);
    });
  return { clock, known, find, count: () => lookups };
}

describe('callers that were looked up', () => {
  it('are known for ten seconds', async () => {
    const { clock, count, find } = setUp();
    expect(await find()).toBe(ANN);
    clock.advance(9_999);
    expect(await find()).toBe(ANN);
    expect(count()).toBe(1);
    clock.advance(1);
    await find();
    expect(count()).toBe(2);
  });

  it('are looked up once for all who ask at the same time', async () => {
    const { count, find } = setUp();
    const all = await Promise.all(Array.from({ length: 50 }, () => find()));
    expect(all).toEqual(Array.from({ length: 50 }, () => ANN));
    expect(count()).toBe(1);
  });

  it('that are nobody are not remembered', async () => {
    const { count, known } = setUp();
    expect(await known.find('b', () => Promise.resolve(undefined))).toBeUndefined();
    expect(known.size).toBe(0);
    expect(count()).toBe(0);
  });

  it('are forgotten at once, and so is what was being looked up', async () => {
    const { count, find, known } = setUp();
    await find();
    const slow = Promise.withResolvers<Caller>();
    const before = known.find('b', () => slow.promise);
    known.forget(({ userId }) => userId === 'u1');
    // Whoever asks from here on does not get an answer from before.
    expect(await known.find('b', () => Promise.resolve(undefined))).toBeUndefined();
    slow.resolve(ANN);
    expect(await before).toBe(ANN);
    expect(known.size).toBe(0);
    await find();
    expect(count()).toBe(2);
  });

  it('are asked for again after a look-up failed', async () => {
    const { find, known } = setUp();
    const failing = known.find('a', () => Promise.reject(new Error('no database')));
    await expect(failing).rejects.toThrow('no database');
    expect(await find()).toBe(ANN);
  });

  it('are bounded', async () => {
    const { find, known } = setUp();
    for (let index = 0; index < DEFAULTS.authenticationsKnown + 50; index += 1) {
      await find(`key ${index}`);
    }
    expect(known.size).toBe(DEFAULTS.authenticationsKnown);
  });
});
