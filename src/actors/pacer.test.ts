import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { Pacer } from './pacer.ts';

describe('a pacer', () => {
  it('lets so many run at once, and the others in the order in which they came', async () => {
    const pacer = new Pacer(2);
    const order: number[] = [];
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const runs = gates.map(({ promise }, i) =>
      pacer.run(async () => {
        order.push(i);
        await promise;
        return i;
      }),
    );
    await settle();
    expect([order, pacer.running, pacer.waiting]).toEqual([[0, 1], 2, 3]);
    gates[1]!.resolve();
    await settle();
    expect([order, pacer.running, pacer.waiting]).toEqual([[0, 1, 2], 2, 2]);
    for (const { resolve } of gates) resolve();
    expect(await Promise.all(runs)).toEqual([0, 1, 2, 3, 4]);
    expect([order, pacer.running, pacer.waiting]).toEqual([[0, 1, 2, 3, 4], 0, 0]);
  });

  it('goes on after work that failed', async () => {
    const pacer = new Pacer(1);
    const failed = pacer.run(() => Promise.reject(new Error('no')));
    const next = pacer.run(() => Promise.resolve('next'));
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
    expect(pacer.running).toBe(0);
  });

  it('lets thousands through without losing one', async () => {
    const pacer = new Pacer(3);
    let most = 0;
    const order: number[] = [];
    const runs = Array.from({ length: 5_000 }, (_, i) =>
      pacer.run(async () => {
        most = Math.max(most, pacer.running);
        order.push(i);
        await Promise.resolve();
      }),
    );
    await Promise.all(runs);
    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
    expect([pacer.running, pacer.waiting]).toEqual([0, 0]);
  });

  it('hands a turn over when one leaves by itself', async () => {
    const pacer = new Pacer(1);
    await pacer.enter();
    const second = pacer.enter();
    expect(pacer.waiting).toBe(1);
    pacer.leave();
    await second;
    expect([pacer.running, pacer.waiting]).toEqual([1, 0]);
    pacer.leave();
    expect(pacer.running).toBe(0);
  });
});
