import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from './fifo.ts';

describe('the queue', () => {
  it('behaves like an array, whatever is pushed, shifted and removed', () => {
    const step = fc.oneof(
      fc.constant('shift' as const),
      fc.constant('peek' as const),
      fc.record({ push: fc.integer() }),
      fc.record({ remove: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new Fifo<number>();
        const model: number[] = [];
        for (const each of steps) {
          if (each === 'shift') expect(queue.shift()).toBe(model.shift());
          else if (each === 'peek') expect(queue.peek()).toBe(model[0]);
          else if ('push' in each) {
            queue.push(each.push);
            model.push(each.push);
          } else {
            const item = model[each.remove % (model.length || 1)];
            const at = item === undefined ? -1 : model.indexOf(item);
            if (at >= 0) model.splice(at, 1);
            expect(item === undefined ? false : queue.remove(item)).toBe(at >= 0);
          }
          expect([...queue]).toEqual(model);
          expect(queue.length).toBe(model.length);
        }
      }),
    );
  });

  it('keeps its order over thousands of entries', () => {
    const queue = new Fifo<number>();
    for (let n = 0; n < 5000; n += 1) queue.push(n);
    for (let n = 0; n < 4000; n += 1) expect(queue.shift()).toBe(n);
    queue.push(5000);
    expect(queue.length).toBe(1001);
    expect(queue.peek()).toBe(4000);
  });
});
