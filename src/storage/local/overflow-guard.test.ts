import { describe, expect, it } from 'vitest';
import { OverflowGuard, inotifyQueueLength } from './overflow-guard.ts';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('the guard against overflow', () => {
  it('tells of as many events in one turn as a quarter of the queue', async () => {
    let overflows = 0;
    const guard = new OverflowGuard(400, () => overflows++);
    for (let event = 0; event < 100; event++) guard.count();
    expect(overflows).toBe(0);
    await turn();
    expect(overflows).toBe(1);
  });

  it('does not add up what comes in several turns', async () => {
    let overflows = 0;
    const guard = new OverflowGuard(400, () => overflows++);
    for (let round = 0; round < 5; round++) {
      for (let event = 0; event < 99; event++) guard.count();
      await turn();
    }
    expect(overflows).toBe(0);
  });

  it('knows the queue of this machine', () => {
    expect(inotifyQueueLength()).toBeGreaterThan(0);
  });
});
