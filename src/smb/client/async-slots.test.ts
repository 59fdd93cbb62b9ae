import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { SMB_DEFAULTS } from '../defaults.ts';
import { AsyncSlots } from './async-slots.ts';

const { asyncSlotRetryMs } = SMB_DEFAULTS;

function slots(pending: number): { clock: ManualClock; slots: AsyncSlots } {
  const clock = new ManualClock();
  const all = new AsyncSlots(clock);
  for (let i = 0; i < pending; i += 1) all.took();
  return { clock, slots: all };
}

describe('the slots for operations that stay open', () => {
  it('are without number until the server refuses one', () => {
    const { slots: all } = slots(10_000);
    expect(all).toMatchObject({ pending: 10_000, limit: undefined, full: false });
    all.refused();
    expect(all).toMatchObject({ limit: 10_000, full: true });
    all.freed();
    expect(all.full).toBe(false);
    all.took();
    expect(all.full).toBe(true);
  });

  it('are at least one, also when the very first is refused', () => {
    const { slots: all } = slots(0);
    all.refused();
    expect(all).toMatchObject({ limit: 1, full: false });
  });

  it('let one more try after a while, and again as long after its refusal', () => {
    const { clock, slots: all } = slots(64);
    all.refused();
    for (let round = 0; round < 3; round += 1) {
      clock.advance(asyncSlotRetryMs - 1);
      expect(all.full).toBe(true);
      clock.advance(1);
      expect(all).toMatchObject({ limit: 65, full: false });
      all.refused();
      expect(all).toMatchObject({ limit: 64, full: true });
    }
  });

  it('grow where the one that tried was taken', () => {
    const { clock, slots: all } = slots(64);
    all.refused();
    clock.advance(asyncSlotRetryMs);
    all.took();
    expect(all).toMatchObject({ limit: 65, full: true });
    clock.advance(asyncSlotRetryMs);
    expect(all).toMatchObject({ limit: 66, full: false });
  });

  it('are as many as there prove to be, when a refusal came before some that were taken', () => {
    const { slots: all } = slots(400);
    all.refused();
    for (let i = 400; i < 512; i += 1) all.took();
    all.refused();
    expect(all).toMatchObject({ pending: 512, limit: 512, full: true });
  });
});
