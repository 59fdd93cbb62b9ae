import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SMB_DEFAULTS } from '../defaults.ts';
import { framePrefix, FrameReader } from './frame-reader.ts';
import type { FrameFate } from './frame-reader.ts';
import { pour } from './transport.ts';

const framed = (body: Buffer): Buffer => Buffer.concat([framePrefix([body]), body]);
const refused = expect.objectContaining({ code: 'protocol_error' }) as Error;

function framesOf(chunks: Buffer[], fates: FrameFate[] = [], maxFrameBytes = 5_000_000): Buffer[] {
  const frames: Buffer[] = [];
  const copies: Buffer[] = [];
  const reader = new FrameReader(maxFrameBytes, (frame) => {
    const fate = fates[frames.length] ?? 'kept';
    // A frame that is done may be written over, so only what is kept may be looked at later.
    copies.push(Buffer.from(frame));
    frames.push(fate === 'kept' ? frame : copies.at(-1)!);
    return fate;
  });
  for (const chunk of chunks) pour(chunk, reader);
  expect(frames).toEqual(copies);
  return frames;
}

describe('the frame reader', () => {
  it('gives the same frames wherever the stream is cut, and keeps those that are held', () => {
    const body = fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes));
    const fate = fc.constantFrom<FrameFate>('kept', 'done');
    fc.assert(
      fc.property(
        fc.array(body, { maxLength: 8 }),
        fc.array(fc.nat()),
        fc.array(fate),
        (bodies, cuts, fates) => {
          const stream = Buffer.concat(bodies.map(framed));
          const at = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))];
          at.sort((a, b) => a - b);
          const chunks = [0, ...at].map((from, n) => stream.subarray(from, at[n]));
          expect(framesOf(chunks, fates)).toEqual(bodies);
        },
      ),
    );
  });

  it('does so for frames larger and smaller than a slab, in any order', () => {
    const { slabBytes } = SMB_DEFAULTS;
    const size = fc.oneof(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: slabBytes - 10, max: slabBytes + 10 }),
      fc.integer({ min: slabBytes, max: 3 * slabBytes }),
    );
    const frame = fc.record({ size, fate: fc.constantFrom<FrameFate>('kept', 'done') });
    const frames = fc.array(frame, { maxLength: 8 });
    const chunkBytes = fc.integer({ min: 1_000, max: slabBytes });
    fc.assert(
      fc.property(frames, chunkBytes, (all, chunkSize) => {
        const bodies = all.map((each, index) => Buffer.alloc(each.size, index + 1));
        const stream = Buffer.concat(bodies.map(framed));
        const chunks: Buffer[] = [];
        for (let at = 0; at < stream.length; at += chunkSize) {
          chunks.push(stream.subarray(at, at + chunkSize));
        }
        const fates = all.map((each) => each.fate);
        const read = framesOf(chunks, fates);
        expect(read.map((each) => each.length)).toEqual(bodies.map((each) => each.length));
        expect(read.every((each, index) => each.equals(bodies[index]!))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('takes a stream byte by byte', () => {
    const stream = Buffer.concat([framed(Buffer.from('hello')), framed(Buffer.from('world'))]);
    const bytes = [...stream].map((byte) => Buffer.from([byte]));
    expect(framesOf(bytes).map(String)).toEqual(['hello', 'world']);
  });

  it('uses the same memory again for frames that are done', () => {
    const buffers = new Set<ArrayBufferLike>();
    const reader = new FrameReader(5_000_000, (frame) => {
      buffers.add(frame.buffer);
      return 'done';
    });
    const large = framed(Buffer.alloc(1_000_000, 1));
    for (let n = 0; n < 20; n += 1) pour(large, reader);
    // The slab that took the very first prefix, then one for all that followed.
    expect(buffers.size).toBeLessThanOrEqual(2);
  });

  it('reads a series of large frames to their ends, so that none has to be moved', () => {
    const reader = new FrameReader(5_000_000, () => 'kept');
    const large = framed(Buffer.alloc(1_000_000, 1));
    pour(large, reader);
    expect(reader.room()).toHaveLength(large.length);
  });

  it('holds no memory before the first byte', () => {
    expect(new FrameReader(1_000, () => 'kept').room().length).toBeGreaterThan(0);
  });

  it('refuses frames above the bound before their bytes come', () => {
    const prefix = Buffer.from([0, 0, 4, 0]);
    expect(() => framesOf([prefix], [], 1023)).toThrow(refused);
    expect(() => framesOf([prefix.subarray(0, 2), prefix.subarray(2)], [], 1023)).toThrow(refused);
  });

  it('refuses a stream that does not begin with a frame', () => {
    expect(() => framesOf([Buffer.from('HTTP/1.1 400')])).toThrow(refused);
  });
});
