import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  loadImohashVectors,
  patternBytes,
  patternReader,
} from '../../test/support/imohash-vectors.ts';
import {
  imohash,
  imohashFromWindows,
  imohashRanges,
  imohashSize,
  imohashWindows,
} from './index.ts';
import { readUvarint, uvarint } from './varint.ts';

const { vectors, pairs, uvarint: varints } = loadImohashVectors();
const label = (v: { pattern: string; size: number }): string => `${v.pattern} of ${v.size} bytes`;
/** Everything but the largest ones, which only a virtual reader can hold. */
const inMemory = vectors.filter((vector) => vector.pattern !== 'sparse');

describe('imohash', () => {
  it.each(inMemory.map((v) => [label(v), v] as const))('of bytes: %s', (_, vector) => {
    expect(imohash(patternBytes(vector), vector)).toBe(vector.hex);
  });

  it.each(vectors.map((v) => [label(v), v] as const))('by ranges: %s', async (_, vector) => {
    const read = patternReader(vector);
    expect(await imohashRanges(vector.size, read, vector)).toBe(vector.hex);
  });

  it.each(vectors.map((v) => [label(v), v] as const))('from windows: %s', (_, vector) => {
    const read = patternReader(vector);
    const windows = imohashWindows(vector.size, vector);
    const contents = windows.map(({ offset, length }) => read(offset, length));
    expect(imohashFromWindows(vector.size, contents, vector)).toBe(vector.hex);
  });

  it.each(pairs.map((p) => [p.note, p] as const))('tells apart what it can: %s', (_, pair) => {
    const a = patternBytes(pair);
    const b = Buffer.from(a);
    for (const [from, to, mask] of pair.flip) {
      for (let i = from; i < to; i++) b[i] = (b[i] ?? 0) ^ mask;
    }
    expect(imohash(a)).toBe(pair.hexA);
    expect(imohash(b)).toBe(pair.hexB);
    expect(imohash(a) === imohash(b)).toBe(pair.equal);
  });

  it('has vectors for sizes beyond 32 bits', () => {
    expect(Math.max(...vectors.map((vector) => vector.size))).toBeGreaterThan(2 ** 40);
  });

  it('reads on after short reads', async () => {
    const bytes = patternBytes({ pattern: 'lcg', size: 200_001 });
    const sizes: number[] = [];
    const read = (offset: number, length: number): Uint8Array => {
      sizes.push(length);
      return bytes.subarray(offset, offset + Math.min(length, 1000));
    };
    expect(await imohashRanges(bytes.length, read)).toBe(imohash(bytes));
    expect(sizes.slice(0, 3)).toEqual([16_384, 15_384, 14_384]);
  });

  it('reads a large file hashed whole in pieces', async () => {
    const bytes = Buffer.alloc(3_000_000, 'tide');
    const options = { sampleSize: 0 };
    const lengths: number[] = [];
    const read = (offset: number, length: number): Uint8Array => {
      lengths.push(length);
      return bytes.subarray(offset, offset + length);
    };
    const hash = await imohashRanges(bytes.length, read, options);
    expect(hash).toBe(imohash(bytes, options));
    expect(lengths).toEqual([1_048_576, 1_048_576, 902_848]);
  });

  it('reports a file that ends before its size as changed', async () => {
    const bytes = patternBytes({ pattern: 'lcg', size: 199_999 });
    const read = (offset: number, length: number): Uint8Array =>
      bytes.subarray(offset, offset + length);
    await expect(imohashRanges(200_000, read)).rejects.toMatchObject({
      code: 'changed_while_reading',
    });
    const windows = imohashWindows(200_000);
    const contents = windows.map(({ offset, length }) => read(offset, length));
    expect(() => imohashFromWindows(200_000, contents)).toThrow(
      expect.objectContaining({ code: 'changed_while_reading' }),
    );
  });

  it('passes on what reading rejects with', async () => {
    const failure = new Error('the disk is on fire');
    await expect(imohashRanges(10, () => Promise.reject(failure))).rejects.toBe(failure);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses %s as a size', (size) => {
    expect(() => imohashWindows(size)).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });

  it('refuses windows that are missing or too long, and reads of more than was asked', async () => {
    const refused: unknown = expect.objectContaining({ code: 'invalid_argument' });
    expect(() => imohashFromWindows(5, [])).toThrow(refused);
    expect(() => imohashFromWindows(5, [Buffer.alloc(6)])).toThrow(refused);
    await expect(imohashRanges(5, () => Buffer.alloc(6))).rejects.toEqual(refused);
    expect(() => imohashWindows(5, { sampleSize: 0.5 })).toThrow(refused);
  });

  it('asks for windows inside the file, of one length', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(100_000), fc.nat(300_000), (size, sample, threshold) => {
        const options = { sampleSize: sample, sampleThreshold: threshold };
        const windows = imohashWindows(size, options);
        for (const { offset, length } of windows) {
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(length).toBeGreaterThan(0);
          expect(offset + length).toBeLessThanOrEqual(size);
        }
        if (windows.length === 3) expect(new Set(windows.map((w) => w.length)).size).toBe(1);
      }),
    );
  });
});

describe('the size in front of the hash', () => {
  it.each(varints.map((v) => [v.n, v.hex] as const))('of %i is %s', (n, hex) => {
    expect(Buffer.from(uvarint(n)).toString('hex')).toBe(hex);
  });

  it('reads back to the number', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.uint8Array(), (n, more) => {
        expect(readUvarint(Buffer.concat([uvarint(n), more]))).toBe(n);
      }),
    );
  });

  it('is told by the hash', () => {
    for (const { hex, size } of vectors) expect(imohashSize(hex)).toBe(size);
    for (const wrong of ['', '00', 'f'.repeat(32), 'g'.repeat(32), '0'.repeat(33)]) {
      expect(() => imohashSize(wrong)).toThrow(
        expect.objectContaining({ code: 'invalid_argument' }),
      );
    }
  });
});
