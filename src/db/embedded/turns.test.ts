import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Turns } from './turns.ts';

describe('turns', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('come one after the other, in the order of asking', async () => {
    const turns = new Turns(1_000);
    const order: number[] = [];
    const take = async (number: number): Promise<void> => {
      const end = await turns.take();
      order.push(number);
      await Promise.resolve();
      expect(order.at(-1)).toBe(number);
      end();
      // A second end takes nobody's turn away.
      end();
    };
    await Promise.all([1, 2, 3, 4].map(take));
    expect(order).toEqual([1, 2, 3, 4]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that do not come in time are told, and come to nobody later', async () => {
    const turns = new Turns(1_000);
    const end = await turns.take();
    const late = expect(turns.take()).rejects.toMatchObject({
      code: 'database_busy',
      message: 'a transaction has been open for 1 seconds',
    });
    await vi.advanceTimersByTimeAsync(1_000);
    await late;
    const next = turns.take();
    end();
    const endNext = await next;
    endNext();
    (await turns.take())();
    expect(vi.getTimerCount()).toBe(0);
  });
});
