import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framePrefix, FrameReader } from './frame-reader.ts';
import { gather } from './byte-parts.ts';

function framesOf(chunks: Buffer[], maxFrameBytes = 1000): Buffer[] {
  const reader = new FrameReader(maxFrameBytes);
  const frames: Buffer[] = [];
  for (const chunk of chunks) reader.push(chunk, (parts) => frames.push(gather(parts)));
  return frames;
}

const framed = (body: Buffer): Buffer => Buffer.concat([framePrefix([body]), body]);

describe('the frame reader', () => {
  it('gives the same frames wherever the stream is cut', () => {
    const body = fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(body, { maxLength: 6 }), fc.array(fc.nat()), (bodies, cuts) => {
        const stream = Buffer.concat(bodies.map(framed));
        const at = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
        const chunks = [0, ...at].map((from, n) => stream.subarray(from, at[n] ?? stream.length));
        expect(framesOf(chunks)).toEqual(bodies);
      }),
    );
  });

  it('takes a stream byte by byte', () => {
    const stream = Buffer.concat([framed(Buffer.from('hello')), framed(Buffer.from('world'))]);
    const bytes = [...stream].map((byte) => Buffer.from([byte]));
    expect(framesOf(bytes).map(String)).toEqual(['hello', 'world']);
  });

  it('copies nothing that lies in one chunk', () => {
    const chunk = framed(Buffer.from('hello'));
    new FrameReader(100).push(chunk, ([part]) => {
      expect(part!.buffer).toBe(chunk.buffer);
      expect(part!.byteOffset).toBe(chunk.byteOffset + 4);
    });
    expect.assertions(2);
  });

  it('refuses frames above the bound before their bytes come', () => {
    const prefix = Buffer.from([0, 0, 4, 0]);
    expect(() => framesOf([prefix], 1023)).toThrow(
      expect.objectContaining({ code: 'protocol_error' }),
    );
    expect(() => framesOf([prefix.subarray(0, 2), prefix.subarray(2)], 1023)).toThrow(
      expect.objectContaining({ code: 'protocol_error' }),
    );
  });

  it('refuses a stream that does not begin with a frame', () => {
    expect(() => framesOf([Buffer.from('HTTP/1.1 400')])).toThrow(
      expect.objectContaining({ code: 'protocol_error' }),
    );
  });
});
