import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SmbError } from '../smb-error.ts';
import { FILETIME_UNSET, filetimeToMs, msToFiletime, readFiletimeMs } from './filetime.ts';

const anyFiletime = fc.bigInt(0n, 0xffff_ffff_ffff_ffffn);

describe('FILETIME', () => {
  it('counts 100 ns from 1601', () => {
    expect(filetimeToMs(116_444_736_000_000_000n)).toBe(0);
    expect(new Date(filetimeToMs(131_277_024_000_000_000n)).toISOString()).toBe(
      '2017-01-01T00:00:00.000Z',
    );
    expect(msToFiletime(Date.UTC(2017, 0, 1))).toBe(131_277_024_000_000_000n);
  });

  it('becomes 0 when it is not set', () => {
    expect(filetimeToMs(FILETIME_UNSET)).toBe(0);
  });

  it('keeps 1970 itself apart from a time that is not set', () => {
    expect(msToFiletime(0)).toBe(116_444_736_000_000_000n);
  });

  it('gives whole numbers for whole milliseconds, there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -11_644_473_599_999, max: 253_402_300_799_999 }), (ms) => {
        expect(filetimeToMs(msToFiletime(ms))).toBe(ms);
      }),
    );
  });

  it('is less than a microsecond off for any time of this century', () => {
    const century = fc.bigInt(125_911_584_000_000_000n, 157_469_184_000_000_000n);
    fc.assert(
      fc.property(century, (filetime) => {
        const error = msToFiletime(filetimeToMs(filetime)) - filetime;
        expect(error >= -3n && error <= 3n).toBe(true);
      }),
    );
  });

  it('is the same from bytes and from a number', () => {
    fc.assert(
      fc.property(anyFiletime, (filetime) => {
        const bytes = Buffer.alloc(9);
        bytes.writeBigUInt64LE(filetime, 1);
        expect(readFiletimeMs(bytes, 1)).toBe(filetimeToMs(filetime));
      }),
    );
  });

  it('keeps the order of times', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2n ** 64n - 1n), fc.bigInt(1n, 2n ** 64n - 1n), (a, b) => {
        if (a < b) expect(filetimeToMs(a)).toBeLessThanOrEqual(filetimeToMs(b));
      }),
    );
  });

  it('refuses what is no time', () => {
    for (const ms of [Number.NaN, Infinity, -Infinity, -11_644_473_600_001]) {
      expect(() => msToFiletime(ms)).toThrow(SmbError);
    }
  });
});
