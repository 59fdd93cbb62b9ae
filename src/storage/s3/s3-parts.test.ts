import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inParts, partSize } from './s3-parts.ts';

describe('content in parts', () => {
  it('is the same content, in parts of one size but for the last', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        async (pieces, size, isWhole) => {
          const content = Buffer.concat(pieces);
          async function* given(): AsyncGenerator<Uint8Array> {
            for (const piece of pieces) {
              yield await Promise.resolve(piece);
              // It was lent until now.
              piece.fill(0);
            }
          }
          const parts: Buffer[] = [];
          for await (const part of inParts(isWhole ? content : given(), size, undefined)) {
            parts.push(part as Buffer);
          }
          expect(Buffer.concat(parts)).toEqual(content);
          expect(parts.every((part) => part.length > 0)).toBe(true);
          expect(parts.slice(0, -1).every((part) => part.length === size)).toBe(true);
        },
      ),
    );
  });

  it('has room for very long files in the 10,000 parts that services take', () => {
    const MIB = 1_048_576;
    expect(partSize(8 * MIB, 1)).toBe(8 * MIB);
    expect(partSize(8 * MIB, 2_001)).toBe(16 * MIB);
    let total = 0;
    for (let number = 1; number <= 10_000; number += 1) total += partSize(8 * MIB, number);
    expect(total).toBeGreaterThan(480 * 1024 * MIB);
  });
});
