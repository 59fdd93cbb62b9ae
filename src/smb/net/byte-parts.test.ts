import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gather, partsLength, sliceParts, withHead } from './byte-parts.ts';

const partsArbitrary = fc.array(
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  { minLength: 1, maxLength: 8 },
);

describe('bytes in parts', () => {
  it('are sliced as one buffer would be', () => {
    fc.assert(
      fc.property(partsArbitrary, fc.nat(200), fc.nat(200), (parts, a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const whole = Buffer.concat(parts);
        expect(Buffer.concat(sliceParts(parts, start, end))).toEqual(whole.subarray(start, end));
        expect(partsLength(parts)).toBe(whole.length);
        expect(gather(parts)).toEqual(whole);
      }),
    );
  });

  it('get a head of the size asked for, and keep all their bytes', () => {
    fc.assert(
      fc.property(partsArbitrary, fc.integer({ min: 1, max: 200 }), (parts, size) => {
        const result = withHead(parts, size);
        const whole = Buffer.concat(parts);
        expect(Buffer.concat(result)).toEqual(whole);
        expect(result[0]!.length).toBeGreaterThanOrEqual(Math.min(size, whole.length));
      }),
    );
  });

  it('are not copied when they lie in one part already', () => {
    const part = Buffer.from('abc');
    expect(gather([part])).toBe(part);
  });
});
