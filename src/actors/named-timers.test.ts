import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { NamedTimers } from './named-timers.ts';
import { TimerWheel } from './timer-wheel.ts';

type Name = 'a' | 'b';

function timersWithLog(): {
  clock: ManualClock;
  wheel: TimerWheel;
  timers: NamedTimers<Name>;
  log: string[];
} {
  const clock = new ManualClock();
  const wheel = new TimerWheel(clock, 10);
  const log: string[] = [];
  const timerDue = (name: Name): void => void log.push(`${name} at ${clock.now()}`);
  return { clock, wheel, timers: new NamedTimers<Name>(wheel, { timerDue }), log };
}

describe('named timers', () => {
  it('fire by name, each at its time and once', () => {
    const { clock, timers, log } = timersWithLog();
    timers.set('b', 200);
    timers.set('a', 100);
    clock.advance(1_000);
    expect(log).toEqual(['a at 100', 'b at 200']);
  });

  it('are replaced by one of the same name', () => {
    const { clock, wheel, timers, log } = timersWithLog();
    timers.set('a', 100);
    timers.set('a', 300);
    expect(wheel.pending).toBe(1);
    clock.advance(1_000);
    expect(log).toEqual(['a at 300']);
  });

  it('can be set again by the one that they call', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock, 10);
    const at: number[] = [];
    const timers: NamedTimers<'a'> = new NamedTimers<'a'>(wheel, {
      timerDue: () => {
        at.push(clock.now());
        if (at.length < 3) timers.set('a', 100);
      },
    });
    timers.set('a', 100);
    clock.advance(1_000);
    expect(at).toEqual([100, 200, 300]);
    expect(wheel.pending).toBe(0);
  });

  it('leave nothing on the wheel when they are cancelled, one or all', () => {
    const { clock, wheel, timers, log } = timersWithLog();
    timers.cancel('a');
    timers.set('a', 100);
    timers.set('b', 100);
    timers.cancel('a');
    expect(wheel.pending).toBe(1);
    timers.set('a', 100);
    timers.cancelAll();
    expect([wheel.pending, clock.pendingTimers]).toEqual([0, 0]);
    clock.advance(1_000);
    expect(log).toEqual([]);
  });
});
