import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SmbError } from '../../src/smb/smb-error.ts';
import { encodeMessage } from '../../src/smb/wire/message.ts';

/** What a decoder made of bytes: a value, or the typed refusal. Any other error fails the test. */
export function outcomeOf<T>(decode: (bytes: Buffer) => T, bytes: Buffer): T | 'refused' {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof SmbError && error.code === 'protocol_error') return 'refused';
    throw error;
  }
}

/** Decodes every prefix of `bytes`. */
export function expectSafePrefixes(decode: (bytes: Buffer) => unknown, bytes: Buffer): void {
  for (let length = 0; length < bytes.length; length++) {
    outcomeOf(decode, bytes.subarray(0, length));
  }
}

/** Decodes `bytes` once with each of its bits turned over. */
export function expectSafeBitFlips(decode: (bytes: Buffer) => unknown, bytes: Buffer): void {
  const damaged = Buffer.from(bytes);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    outcomeOf(decode, damaged);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
  }
}

/** Places that hold lengths and offsets are hit with values that matter there. */
const wildWord = fc.constantFrom(0, 1, 7, 8, 63, 64, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff);

/** A few bytes of `bytes` replaced by words at random places. */
function damagedBy(bytes: Buffer, damage: readonly { at: number; word: number }[]): Buffer {
  const damaged = Buffer.from(bytes);
  for (const { at, word } of damage) {
    const place = at % Math.max(1, bytes.length);
    const size = Math.min(4, bytes.length - place);
    if (size > 0) damaged.writeUIntLE(word % 2 ** (size * 8), place, size);
  }
  return damaged;
}

export interface CodecProperties<T> {
  readonly arbitrary: fc.Arbitrary<T>;
  readonly encode: (value: T) => Buffer;
  readonly decode: (bytes: Buffer) => unknown;
  /** What decoding gives back for a value, where that is not the value itself. */
  readonly expected?: (value: T) => unknown;
}

/**
 * The properties every codec has to have: it reads what it wrote, and whatever bytes it is given
 * end in a value or in `protocol_error`.
 */
export function describeCodec<T>(name: string, codec: CodecProperties<T>): void {
  const { arbitrary, encode, decode, expected = (value: T) => value } = codec;
  describe(name, () => {
    it('reads back what it wrote', () => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          expect(decode(encode(value))).toEqual(expected(value));
        }),
      );
    });

    it('ends every truncation in a value or a typed error', () => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          expectSafePrefixes(decode, encode(value));
        }),
        { numRuns: 30 },
      );
    });

    it('ends every flipped bit in a value or a typed error', () => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          expectSafeBitFlips(decode, encode(value));
        }),
        { numRuns: 8 },
      );
    });

    it('ends wild lengths, offsets and counts in a value or a typed error', () => {
      const damage = fc.array(fc.record({ at: fc.nat(400), word: wildWord }), {
        minLength: 1,
        maxLength: 4,
      });
      fc.assert(
        fc.property(arbitrary, damage, (value, places) => {
          outcomeOf(decode, damagedBy(encode(value), places));
        }),
        { numRuns: 300 },
      );
    });

    it('ends arbitrary bytes in a value or a typed error', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
          outcomeOf(decode, Buffer.from(bytes));
        }),
      );
    });
  });
}

/** The same for the body of a message, which is encoded alone and decoded behind its header. */
export function describeMessageCodec<T>(name: string, codec: CodecProperties<T>): void {
  describeCodec(name, {
    ...codec,
    encode: (value) => encodeMessage({ command: 0 }, codec.encode(value)),
  });
}

/** Number of the widths of the wire. */
export const anyU8: fc.Arbitrary<number> = fc.nat(0xff);
export const anyU16: fc.Arbitrary<number> = fc.nat(0xffff);
export const anyU32: fc.Arbitrary<number> = fc.nat(0xffffffff);
export const anyU64: fc.Arbitrary<bigint> = fc.bigInt(0n, 0xffff_ffff_ffff_ffffn);

/** File sizes and offsets: 64 bits on the wire, safe integers here. */
export const anySize: fc.Arbitrary<number> = fc.nat(Number.MAX_SAFE_INTEGER);

export function anyBytes(minLength: number, maxLength = minLength): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes));
}

export const anyFileId: fc.Arbitrary<Buffer> = anyBytes(16);
export const anyGuid: fc.Arbitrary<Buffer> = anyBytes(16);

/** Text of any UTF-16 units: unpaired surrogates, NUL, everything. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc
    .array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff })), { maxLength: 30 })
    .map((units) => String.fromCharCode(...units)),
);
