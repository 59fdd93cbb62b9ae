import { expect, it, vi } from 'vitest';
import { DEFAULTS } from '../defaults.ts';
import { Interruption } from './interruption.ts';

it('ends in order at the first Ctrl-C, at once at a later one, and takes no echo for one', () => {
  let now = 5_000;
  const force = vi.fn<() => void>();
  const interruption = new Interruption({ now: () => now, force });
  expect(interruption.signal.aborted).toBe(false);
  interruption.interrupt();
  expect(interruption.signal.aborted).toBe(true);
  interruption.interrupt();
  now += DEFAULTS.interruptEchoMs - 1;
  interruption.interrupt();
  expect(force).not.toHaveBeenCalled();
  now += 1;
  interruption.interrupt();
  expect(force).toHaveBeenCalledOnce();
});
