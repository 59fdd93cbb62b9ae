import { describe, expect, it } from 'vitest';
import { timeOrderedIds } from './time-ordered-ids.ts';

describe('time-ordered ids', () => {
  it('are UUIDs of version 7 that tell when they were made', () => {
    const id = timeOrderedIds(() => 0x0192_3456_789a)();
    expect(id).toMatch(/^01923456-789a-7000-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('grow, however many are made in a millisecond and even if the clock is set back', () => {
    let now = 1_800_000_000_000;
    const next = timeOrderedIds(() => now);
    const ids: string[] = [];
    for (let i = 0; i < 10_000; i++) {
      if (i === 6_000) now -= 3_600_000;
      ids.push(next());
    }
    expect(new Set(ids).size).toBe(10_000);
    expect(ids).toEqual([...ids].sort());
  });
});
