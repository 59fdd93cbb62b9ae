import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';

const forever = new AbortController().signal;

describe('a gate', () => {
  it('lets so many in, and the others in their order', async () => {
    const gate = new Gate(2);
    const order: number[] = [];
    const leave: (() => void)[] = [];
    const visits = [0, 1, 2, 3].map(async (visitor) => {
      leave[visitor] = await gate.enter(forever);
      order.push(visitor);
    });
    await visits[1];
    expect(order).toEqual([0, 1]);
    leave[1]?.();
    // Leaving again lets nobody else in.
    leave[1]?.();
    await visits[2];
    expect(order).toEqual([0, 1, 2]);
    expect(gate.inside).toBe(2);
    leave[0]?.();
    await visits[3];
    leave[2]?.();
    leave[3]?.();
    expect(gate.inside).toBe(0);
  });

  it('lets those go who give up, and keeps no place for them', async () => {
    const gate = new Gate(1);
    const leave = await gate.enter(forever);
    const controller = new AbortController();
    const waiting = gate.enter(controller.signal);
    const next = gate.enter(forever);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await expect(gate.enter(controller.signal)).rejects.toMatchObject({ code: 'aborted' });
    leave();
    (await next)();
    expect(gate.inside).toBe(0);
  });
});
