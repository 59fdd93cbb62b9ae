import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayRing } from './replay-ring.ts';

interface Numbered {
  readonly seq: number;
}

const seqs = (events: readonly Numbered[] | undefined): number[] | undefined =>
  events?.map(({ seq }) => seq);

function ringUpTo(count: number, limits = { events: 100, bytes: 1_000 }): ReplayRing<Numbered> {
  const ring = new ReplayRing<Numbered>(limits);
  for (let seq = 1; seq <= count; seq += 1) ring.push({ seq }, 10);
  return ring;
}

describe('a replay ring', () => {
  it('gives what came after an event, the same objects in order', () => {
    const ring = new ReplayRing<Numbered>({ events: 10, bytes: 1_000 });
    const events = [1, 2, 3].map((seq) => ({ seq }));
    for (const event of events) ring.push(event, 10);
    expect(ring.since(1)).toEqual(events.slice(1));
    expect(ring.since(1)?.[0]).toBe(events[1]);
    expect(seqs(ring.since(0))).toEqual([1, 2, 3]);
    expect(ring.since(3)).toEqual([]);
  });

  it('does not know the future', () => {
    const ring = ringUpTo(3);
    expect(ring.since(4)).toBeUndefined();
    expect(ring.since(Infinity)).toBeUndefined();
    expect(ring.since(NaN)).toBeUndefined();
    expect(ring.since(-1)).toBeUndefined();
  });

  it('is bounded by the number of events', () => {
    const ring = ringUpTo(250, { events: 100, bytes: 1e9 });
    expect([ring.length, ring.bytes]).toEqual([100, 1_000]);
    expect(ring.since(149)).toBeUndefined();
    expect(ring.since(150)?.length).toBe(100);
  });

  it('is bounded by bytes, and lets go of everything for an event that is too large', () => {
    const ring = ringUpTo(10, { events: 100, bytes: 45 });
    expect([ring.length, ring.bytes]).toEqual([4, 40]);
    expect(ring.since(5)).toBeUndefined();
    expect(seqs(ring.since(6))).toEqual([7, 8, 9, 10]);
    ring.push({ seq: 11 }, 46);
    expect([ring.length, ring.bytes]).toEqual([0, 0]);
    expect(ring.since(10)).toBeUndefined();
    expect(ring.since(11)).toEqual([]);
  });

  it('can tell before the first event that nothing was missed', () => {
    const ring = ringUpTo(0);
    expect(ring.since(0)).toEqual([]);
    expect(ring.since(1)).toBeUndefined();
    expect([ring.length, ring.bytes]).toEqual([0, 0]);
  });

  it('may begin in the middle of a numbering', () => {
    const ring = new ReplayRing<Numbered>({ events: 10, bytes: 100 });
    ring.push({ seq: 8 }, 1);
    expect(ring.since(6)).toBeUndefined();
    expect(seqs(ring.since(7))).toEqual([8]);
  });

  it('goes on with its numbering after it was cleared', () => {
    const ring = ringUpTo(5);
    ring.clear();
    expect([ring.length, ring.bytes]).toEqual([0, 0]);
    expect(ring.since(4)).toBeUndefined();
    expect(ring.since(5)).toEqual([]);
    ring.push({ seq: 6 }, 1);
    expect(seqs(ring.since(5))).toEqual([6]);
  });

  it('refuses an event out of order', () => {
    const ring = ringUpTo(5);
    expect(() => ring.push({ seq: 5 }, 1)).toThrow(RangeError);
    expect(seqs(ring.since(3))).toEqual([4, 5]);
  });

  it('does not change what it gave away', () => {
    const ring = ringUpTo(100);
    const given = ring.since(0);
    for (let seq = 101; seq < 400; seq += 1) ring.push({ seq }, 10);
    expect(given?.length).toBe(100);
    expect(given?.[0]).toEqual({ seq: 1 });
  });

  it('keeps the last events of a long numbering', () => {
    const ring = ringUpTo(10_000, { events: 3, bytes: 1_000 });
    expect(ring.length).toBe(3);
    expect(seqs(ring.since(9_997))).toEqual([9_998, 9_999, 10_000]);
  });

  it('gives what a list of all events would, or undefined', () => {
    const pushes = fc.array(
      fc.record({ gap: fc.integer({ min: 1, max: 3 }), bytes: fc.nat(30), clear: fc.nat(40) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(pushes, fc.nat(20), fc.nat(200), (steps, events, bytes) => {
        const ring = new ReplayRing<Numbered>({ events, bytes });
        const all: { seq: number; bytes: number }[] = [];
        let kept = 0;
        let seq = 0;
        for (const step of steps) {
          seq += step.gap;
          all.push({ seq, bytes: step.bytes });
          ring.push({ seq }, step.bytes);
          kept += 1;
          const sum = (): number =>
            all.slice(all.length - kept).reduce((total, each) => total + each.bytes, 0);
          while (kept > events || sum() > bytes) kept -= 1;
          if (step.clear === 0) {
            ring.clear();
            kept = 0;
          }
          expect([ring.length, ring.bytes]).toEqual([kept, kept === 0 ? 0 : sum()]);
        }
        const oldest = all.length - kept;
        // Whoever has seen the last one that is gone has missed nothing.
        const known = all[oldest - 1]?.seq ?? Math.max(0, (all[0]?.seq ?? 1) - 1);
        for (let from = 0; from <= seq + 1; from += 1) {
          const expected = all.filter((each) => each.seq > from).map((each) => each.seq);
          const available = from >= known && from <= seq;
          expect(seqs(ring.since(from))).toEqual(available ? expected : undefined);
        }
      }),
    );
  });
});
