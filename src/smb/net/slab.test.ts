import { describe, expect, it } from 'vitest';
import { Slab } from './slab.ts';

describe('a slab', () => {
  it('hands out every byte once, and always has the minimum room', () => {
    const slab = new Slab(100, 10);
    const chunks: Buffer[] = [];
    for (let n = 1; n <= 50; n += 1) {
      const room = slab.room();
      expect(room.length).toBeGreaterThanOrEqual(10);
      room.fill(n, 0, 7);
      chunks.push(slab.take(7));
    }
    for (const [index, chunk] of chunks.entries()) {
      expect([...chunk]).toEqual(Array.from({ length: 7 }, () => index + 1));
    }
  });

  it('begins small: an idle connection holds no large buffer', () => {
    expect(new Slab(1_000_000, 10).room()).toHaveLength(10);
  });
});
