import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { BoundedWork } from './bounded-work.ts';

const tooMany = (): TidewatchError => new TidewatchError('too_many_attempts', 'too many');

describe('bounded work', () => {
  it('runs no more at once than allowed, in order of arrival', async () => {
    const work = new BoundedWork({ running: 2, waiting: 10 }, tooMany);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const piece = async (number: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      order.push(number);
      await new Promise(setImmediate);
      running -= 1;
      return number;
    };
    const all = [1, 2, 3, 4, 5, 6].map((number) => work.run(() => piece(number)));
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(order).toEqual([1, 2, 3, 4, 5, 6]);
    expect(most).toBe(2);
    expect(work.idle).toBe(true);
  });

  it('refuses what would wait beyond the bound, and goes on after what failed', async () => {
    const work = new BoundedWork({ running: 1, waiting: 1 }, tooMany);
    const { promise, reject } = Promise.withResolvers<void>();
    const first = work.run(() => promise);
    const second = work.run(() => Promise.resolve('second'));
    await expect(work.run(() => Promise.resolve())).rejects.toMatchObject({
      code: 'too_many_attempts',
    });
    reject(new Error('it failed'));
    await expect(first).rejects.toThrow('it failed');
    expect(await second).toBe('second');
    expect(work.idle).toBe(true);
  });
});
