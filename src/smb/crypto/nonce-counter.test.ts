import { describe, expect, it } from 'vitest';
import { NonceCounter } from './nonce-counter.ts';

const random = (size: number): Buffer => Buffer.alloc(size, 0xab);

describe('nonces', () => {
  it('are a counter, random bytes up to their size and zeros', () => {
    const gcm = new NonceCounter(12, random);
    expect(gcm.next().toString('hex')).toBe('0100000000000000abababab00000000');
    expect(gcm.next().toString('hex')).toBe('0200000000000000abababab00000000');
    expect(new NonceCounter(11, random).next().toString('hex')).toBe(
      '0100000000000000ababab0000000000',
    );
  });

  it('go on above 32 bits', () => {
    const late = new NonceCounter(12, random, 0xffff_ffff);
    expect(late.next().toString('hex')).toBe('0000000001000000abababab00000000');
  });

  it('end before one could repeat', () => {
    const last = new NonceCounter(12, random, Number.MAX_SAFE_INTEGER - 1);
    expect(last.next().toString('hex', 0, 8)).toBe('ffffffffffff1f00');
    expect(() => last.next()).toThrow('used up');
    expect(() => last.next()).toThrow('used up');
  });
});
