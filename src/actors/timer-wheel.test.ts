import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { DEFAULTS } from '../defaults.ts';
import { systemClock } from './clock.ts';
import { TimerWheel } from './timer-wheel.ts';
import type { TimerTask, WheelTimer } from './timer-wheel.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

/** Fires at once what is set for longer than Node can. */
class NodeLikeClock extends ManualClock {
  wakeUps = 0;

  override setTimeout(callback: () => void, delayMs: number): unknown {
    const count = (): void => {
      this.wakeUps += 1;
      callback();
    };
    return super.setTimeout(count, delayMs >= 2 ** 31 ? 1 : delayMs);
  }
}

function wheelWithLog(clock: ManualClock): {
  wheel: TimerWheel;
  log: string[];
  task: (name: string) => TimerTask;
} {
  const log: string[] = [];
  const task = (name: string): TimerTask => ({
    due: () => void log.push(`${name} at ${clock.now()}`),
  });
  return { wheel: new TimerWheel(clock, 10), log, task };
}

describe('a timer wheel', () => {
  it('fires once, never early and less than a tick late', () => {
    const clock = new ManualClock();
    const { wheel, log, task } = wheelWithLog(clock);
    wheel.set(task('a'), 25);
    clock.advance(29);
    expect(log).toEqual([]);
    clock.advance(1_000);
    expect(log).toEqual(['a at 30']);
  });

  it('has one timer of the clock at most, and none while nothing is pending', () => {
    const clock = new ManualClock();
    const { wheel, task } = wheelWithLog(clock);
    expect(clock.pendingTimers).toBe(0);
    const timers = [50, 5_000, 20, 1e9].map((delay) => wheel.set(task('x'), delay));
    expect([wheel.pending, clock.pendingTimers]).toEqual([4, 1]);
    clock.advance(100);
    expect([wheel.pending, clock.pendingTimers]).toEqual([2, 1]);
    for (const timer of timers) wheel.cancel(timer);
    expect([wheel.pending, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('fires timers of one tick in the order in which they were set, from however far', () => {
    const clock = new ManualClock();
    const { wheel, log, task } = wheelWithLog(clock);
    wheel.set(task('first'), 100_000);
    clock.advance(50_000);
    wheel.set(task('second'), 50_000);
    clock.advance(49_900);
    wheel.set(task('third'), 100);
    clock.advance(1_000);
    expect(log).toEqual(['first at 100000', 'second at 100000', 'third at 100000']);
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, YEAR_MS, 40 * YEAR_MS])(
    'waits %d ms with few wake-ups',
    (delay) => {
      const clock = new NodeLikeClock();
      const { wheel, log, task } = wheelWithLog(clock);
      const due = Math.ceil(delay / 10) * 10;
      wheel.set(task('late'), delay);
      clock.advance(due - 1);
      expect(log).toEqual([]);
      clock.advance(1);
      expect(log).toEqual([`late at ${due}`]);
      expect(clock.wakeUps).toBeLessThan(12 + delay / 2 ** 31);
    },
  );

  it('holds a timer without end until it is cancelled', () => {
    const clock = new ManualClock();
    const { wheel, log, task } = wheelWithLog(clock);
    const timer = wheel.set(task('never'), Infinity);
    clock.advance(10 * YEAR_MS);
    expect(log).toEqual([]);
    wheel.cancel(timer);
    expect([wheel.pending, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('fires on the next tick what has no or a negative delay, never inside of set', () => {
    const clock = new ManualClock();
    const { wheel, log, task } = wheelWithLog(clock);
    wheel.set(task('zero'), 0);
    wheel.set(task('negative'), -5);
    expect(log).toEqual([]);
    clock.advance(10);
    expect(log).toEqual(['zero at 10', 'negative at 10']);
  });

  it('fires on the next tick what is set for no number', () => {
    const clock = new ManualClock();
    const { wheel, log, task } = wheelWithLog(clock);
    wheel.set(task('a'), Number.NaN);
    clock.advance(10);
    expect(log).toEqual(['a at 10']);
  });

  it('takes timers that tasks set and cancel while it fires', () => {
    const clock = new ManualClock();
    const { wheel, log, task } = wheelWithLog(clock);
    const later = wheel.set(task('later'), 500);
    wheel.set(
      {
        due: (own) => {
          wheel.cancel(own);
          wheel.cancel(same);
          wheel.cancel(later);
          wheel.set(task('again'), 0);
        },
      },
      10,
    );
    const same = wheel.set(task('same tick'), 10);
    clock.advance(1_000);
    expect(log).toEqual(['again at 20']);
    expect([wheel.pending, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('fires everything once after a sleep of the machine, and no task again at once', () => {
    const clock = new ManualClock();
    const { wheel, log, task } = wheelWithLog(clock);
    wheel.set({ due: () => void wheel.set(task('set on waking'), 0) }, 50);
    wheel.set(task('a'), 2_000);
    wheel.set(task('b'), 70_000);
    clock.sleep(100_000);
    expect(log).toEqual(['a at 100000', 'b at 100000']);
    clock.advance(10);
    expect(log[2]).toBe('set on waking at 100010');
  });

  it('goes on after a task that throws, and reports it', () => {
    const clock = new ManualClock();
    const errors: unknown[] = [];
    const wheel = new TimerWheel(clock, 10, { onError: (error) => errors.push(error) });
    const due = vi.fn<TimerTask['due']>();
    const broken = new Error('broken');
    wheel.set({ due: () => rethrow(broken) }, 10);
    wheel.set({ due }, 10);
    wheel.set({ due }, 10_000);
    clock.advance(20_000);
    expect(errors).toEqual([broken]);
    expect(due).toHaveBeenCalledTimes(2);
  });

  it('is not stuck by an error handler that throws', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock, 10, { onError: rethrow });
    const due = vi.fn<TimerTask['due']>();
    wheel.set({ due: () => rethrow(new Error('broken')) }, 10);
    wheel.set({ due }, 10);
    expect(() => clock.advance(10)).toThrow('broken');
    clock.advance(10);
    expect(due).toHaveBeenCalledTimes(1);
  });

  it('fires nothing after stop, and takes timers that never fire', () => {
    const clock = new ManualClock();
    const { wheel, log, task } = wheelWithLog(clock);
    wheel.set({ due: () => wheel.stop() }, 10);
    wheel.set(task('same tick'), 10);
    const held = wheel.set(task('later'), 10_000);
    clock.advance(20);
    const late = wheel.set(task('too late'), 10);
    expect([wheel.pending, clock.pendingTimers]).toEqual([0, 0]);
    clock.advance(100_000);
    wheel.cancel(held);
    wheel.cancel(late);
    wheel.cancel(undefined);
    wheel.stop();
    expect(log).toEqual([]);
    expect(wheel.pending).toBe(0);
  });

  it('fires as a naive model does', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ set: delays }) },
      { weight: 1, arbitrary: fc.record({ set: delays, child: delays }) },
      { weight: 2, arbitrary: fc.record({ cancel: fc.nat(30) }) },
      { weight: 3, arbitrary: fc.record({ advance: delays }) },
      { weight: 1, arbitrary: fc.record({ sleep: delays }) },
    );
    fc.assert(
      fc.property(fc.nat(50), fc.array(step, { maxLength: 60 }), (start, steps) => {
        const clock = new NodeLikeClock();
        clock.advance(start);
        const expected = new NaiveTimers(clock, start);
        const fired: number[] = [];
        const timers: WheelTimer[] = [];
        const wheel = new TimerWheel(clock, 10, { onError: rethrow });
        const set = (delay: number, child?: number): void => {
          const number = timers.length;
          expected.set(delay);
          const due = (): void => {
            fired.push(number);
            expected.fire(number);
            if (child !== undefined) set(child);
          };
          timers.push(wheel.set({ due }, delay));
        };
        for (const each of steps) {
          if ('set' in each) set(each.set, 'child' in each ? each.child : undefined);
          else if ('cancel' in each) {
            wheel.cancel(timers[each.cancel]);
            expected.cancel(each.cancel);
          } else if ('advance' in each) clock.advance(each.advance);
          else clock.sleep(each.sleep);
          expect([...expected.complaints, ...expected.overdue()]).toEqual([]);
          expect(wheel.pending).toBe(expected.live.size);
          expect(clock.pendingTimers).toBe(expected.live.size === 0 ? 0 : 1);
        }
        expect(new Set(fired).size).toBe(fired.length);
      }),
      { numRuns: 400 },
    );
  });

  it('rounds well where the clock has fractions', async () => {
    const wheel = new TimerWheel(systemClock);
    const begin = performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    wheel.set({ due: () => resolve() }, 15);
    // The wheel keeps no process alive, so something else has to.
    const alive = setTimeout(() => undefined, 10_000);
    await promise;
    clearTimeout(alive);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(15);
    expect(DEFAULTS.wheelTickMs).toBe(10);
    wheel.stop();
  });

  it('holds at most 100 bytes for each of 50,000 timers', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const wheel = new TimerWheel(new ManualClock());
    const task: TimerTask = { due: () => undefined };
    const timers = Array.from<WheelTimer | undefined>({ length: 50_000 });
    // What is made with the first timer is not counted.
    wheel.cancel(wheel.set(task, YEAR_MS));
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < timers.length; index += 1) {
      timers[index] = wheel.set(task, YEAR_MS + index * 1_000);
    }
    collect();
    const bytes = (process.memoryUsage().heapUsed - before) / timers.length;
    expect(bytes).toBeGreaterThan(40);
    expect(bytes).toBeLessThan(100);
    expect(wheel.pending).toBe(50_000);
  });
});

const delays = fc.oneof(
  fc.nat(40),
  fc.nat(1_000),
  fc.nat(1_000_000),
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.nat(2 ** 31 - 1),
);

/** Due ticks in a map; looks through all of them. */
class NaiveTimers {
  readonly live = new Map<number, number>();
  /** What the wheel did otherwise. */
  readonly complaints: string[] = [];
  readonly #clock: ManualClock;
  readonly #origin: number;
  #count = 0;

  constructor(clock: ManualClock, origin: number) {
    this.#clock = clock;
    this.#origin = origin;
  }

  set(delay: number): void {
    const elapsed = this.#clock.now() - this.#origin;
    const tick = Math.max(Math.ceil((elapsed + delay) / 10), Math.floor(elapsed / 10) + 1);
    this.live.set(this.#count, tick);
    this.#count += 1;
  }

  cancel(number: number): void {
    this.live.delete(number);
  }

  /** The wheel fired it: is it the first of those that are due now? */
  fire(number: number): void {
    const tick = this.live.get(number) ?? Infinity;
    const elapsed = this.#clock.now() - this.#origin;
    if (tick * 10 > elapsed + 1e-6) this.complaints.push(`${number} fired at ${elapsed}`);
    for (const [other, otherTick] of this.live) {
      const first = other < number ? otherTick > tick : otherTick >= tick;
      if (!first) this.complaints.push(`${number} of ${tick} before ${other} of ${otherTick}`);
    }
    this.live.delete(number);
  }

  /** What should have fired by now, but for the last millisecond of a fraction. */
  overdue(): number[] {
    const elapsed = this.#clock.now() - this.#origin;
    return [...this.live.values()].filter((tick) => tick * 10 <= elapsed - 1);
  }
}

function rethrow(error: unknown): never {
  throw error;
}
