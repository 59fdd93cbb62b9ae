import { describe, expect, it } from 'vitest';
import { orderedMap } from './ordered-map.ts';

describe('an ordered map', () => {
  it('gives results in order, with no more at work than allowed', async () => {
    let working = 0;
    let most = 0;
    const items = Array.from({ length: 50 }, (_, i) => i);
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, ++working);
      for (let turns = (item * 7) % 5; turns >= 0; turns--) await new Promise(setImmediate);
      working--;
      return item * 2;
    };
    const results: number[] = [];
    for await (const result of orderedMap(items, 8, work)) results.push(result);
    expect(results).toEqual(items.map((item) => item * 2));
    expect(most).toBe(8);
  });

  it('passes on a failure after all that started has ended', async () => {
    let working = 0;
    const work = async (item: number): Promise<number> => {
      working++;
      if (item === 2) throw new Error('no 2');
      await new Promise(setImmediate);
      working--;
      return item;
    };
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const result of orderedMap([1, 2, 3, 4], 3, work)) seen.push(result);
    };
    await expect(run()).rejects.toThrow('no 2');
    expect(seen).toEqual([1]);
    expect(working).toBe(1);
  });

  it('ends at once for no items', async () => {
    const results = orderedMap([], 4, () => Promise.reject(new Error('never')));
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });
});
