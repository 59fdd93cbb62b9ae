import { describe, expect, it } from 'vitest';
import { md4 } from './md4.ts';

describe('MD4', () => {
  it('pads messages around the block size so that each length has its own digest', () => {
    const digests = Array.from({ length: 140 }, (_, size) =>
      md4(Buffer.alloc(size)).toString('hex'),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('leaves its input as it was', () => {
    const input = Buffer.from('a password');
    md4(input);
    expect(input.toString()).toBe('a password');
  });
});
