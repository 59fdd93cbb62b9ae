import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { Liveness } from './liveness.ts';

describe('liveness', () => {
  let clock: ManualClock;
  let probes: number[];
  let dead: number[];
  let liveness: Liveness;
  let canSend: boolean;

  beforeEach(() => {
    clock = new ManualClock();
    probes = [];
    dead = [];
    canSend = true;
    liveness = new Liveness({
      clock,
      echoAfterMs: 10_000,
      echoTimeoutMs: 10_000,
      misses: 2,
      patienceMs: 60_000,
      probe: () => {
        if (canSend) probes.push(clock.now());
        return canSend;
      },
      onDead: (silentMs) => dead.push(silentMs),
    });
  });

  it('probes after silence', () => {
    clock.advance(9_999);
    expect(probes).toEqual([]);
    clock.advance(1);
    expect(probes).toEqual([10_000]);
  });

  it('does not probe while bytes keep coming', () => {
    for (let n = 0; n < 100; n += 1) {
      clock.advance(5_000);
      liveness.heard();
    }
    expect(probes).toEqual([]);
  });

  it('takes the link for dead after a second probe without an answer', () => {
    clock.advance(29_999);
    expect(dead).toEqual([]);
    clock.advance(1);
    expect(probes).toEqual([10_000, 20_000]);
    expect(dead).toEqual([30_000]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('starts over at any byte, even after one miss', () => {
    clock.advance(25_000);
    liveness.heard();
    clock.advance(14_999);
    expect(dead).toEqual([]);
    expect(probes).toEqual([10_000, 20_000, 35_000]);
    clock.advance(20_001);
    expect(dead).toEqual([30_000]);
  });

  it('forgives the server when this machine slept', () => {
    clock.advance(15_000);
    clock.sleep(8 * 3_600_000);
    expect(dead).toEqual([]);
    expect(probes).toHaveLength(2);
    clock.advance(5_000);
    liveness.heard();
    clock.advance(9_000);
    expect(dead).toEqual([]);
  });

  it('finds a dead link after sleep, with the full number of probes', () => {
    clock.sleep(3_600_000);
    clock.advance(20_000);
    expect(dead).toHaveLength(1);
  });

  it('gives no verdict from probes that could not be sent', () => {
    canSend = false;
    clock.advance(45_000);
    expect(dead).toEqual([]);
    canSend = true;
    clock.advance(15_000);
    expect(probes).toEqual([50_000, 60_000]);
    expect(dead).toEqual([]);
    liveness.heard();
    canSend = false;
    clock.advance(59_999);
    expect(dead).toEqual([]);
  });

  it('has no patience without end either when none can be sent', () => {
    canSend = false;
    clock.advance(59_999);
    expect(dead).toEqual([]);
    clock.advance(1);
    expect(dead).toEqual([60_000]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no timer when stopped', () => {
    liveness.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
