import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { Deadlines } from './deadlines.ts';
import { Exchange } from './exchange.ts';

describe('deadlines', () => {
  let clock: ManualClock;
  let overdue: Exchange[];
  let deadlines: Deadlines;

  beforeEach(() => {
    clock = new ManualClock();
    overdue = [];
    deadlines = new Deadlines(clock, (exchange) => overdue.push(exchange));
  });

  const exchangeAt = (sentAt: number): Exchange => {
    const exchange = new Exchange({
      requests: [{ command: 13, body: Buffer.alloc(4) }],
      options: {},
      charge: 1,
      queuedAt: clock.now(),
      outcome: () => undefined,
      transmit: () => undefined,
    });
    exchange.sentAt = sentAt;
    return exchange;
  };

  it('find what was sent and not answered in time, and nothing earlier', () => {
    const exchange = exchangeAt(0);
    deadlines.add(exchange, 5_000);
    clock.advance(4_900);
    expect(overdue).toEqual([]);
    clock.advance(700);
    expect(overdue).toEqual([exchange]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leave alone what was answered, and what may take for ever', () => {
    const answered = exchangeAt(0);
    deadlines.add(answered, 5_000);
    deadlines.add(exchangeAt(0), Infinity);
    deadlines.delete(answered);
    clock.advance(3_600_000);
    expect(overdue).toEqual([]);
  });

  it('give what waits for credits its time from the last progress of the queue', () => {
    const waiting = exchangeAt(-1);
    deadlines.add(waiting, 5_000);
    for (let n = 0; n < 10; n += 1) {
      clock.advance(4_000);
      deadlines.progressed();
    }
    expect(overdue).toEqual([]);
    clock.advance(5_500);
    expect(overdue).toEqual([waiting]);
  });

  it('are not found missed by a process that slept, before it has looked what came meanwhile', () => {
    const exchange = exchangeAt(0);
    deadlines.add(exchange, 5_000);
    clock.sleep(60_000);
    expect(overdue).toEqual([]);
    clock.advance(600);
    expect(overdue).toEqual([exchange]);
  });

  it('are kept also by a process that is always late', () => {
    const exchange = exchangeAt(0);
    deadlines.add(exchange, 5_000);
    for (let n = 0; n < 4; n += 1) clock.sleep(2_000);
    expect(overdue).toEqual([exchange]);
  });

  it('run no timer when there is nothing to wait for', () => {
    expect(clock.pendingTimers).toBe(0);
    deadlines.add(exchangeAt(0), 5_000);
    expect(clock.pendingTimers).toBe(1);
    deadlines.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
