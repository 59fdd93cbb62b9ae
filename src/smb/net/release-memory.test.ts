import { describe, expect, it } from 'vitest';
import { SMB_DEFAULTS } from '../defaults.ts';
import { framePrefix, FrameReader } from './frame-reader.ts';
import { releaseMemory } from './release-memory.ts';
import { pour } from './transport.ts';

const LARGE = SMB_DEFAULTS.slabBytes + 1;

describe('releasing memory', () => {
  it('empties large bytes that have their memory for themselves', () => {
    const bytes = Buffer.from(new ArrayBuffer(LARGE + 80)).subarray(80);
    releaseMemory(bytes);
    expect(bytes).toHaveLength(0);
  });

  it('leaves alone what shares its memory, and what is small', () => {
    const shared = Buffer.from(new ArrayBuffer(2 * LARGE)).subarray(0, LARGE);
    const small = Buffer.from('small');
    for (const bytes of [shared, small]) {
      const { length } = bytes;
      releaseMemory(bytes);
      expect(bytes).toHaveLength(length);
    }
  });

  it('takes nothing away from those who hold a small frame that came before a large one', () => {
    const frames: Buffer[] = [];
    const reader = new FrameReader(5_000_000, (frame) => {
      frames.push(frame);
      return 'kept';
    });
    // The reader makes room for as much as the last frame took.
    for (const size of [2 * LARGE, 100, 2 * LARGE - 500]) {
      const body = Buffer.alloc(size, size % 251);
      pour(Buffer.concat([framePrefix([body]), body]), reader);
    }
    const [, small, large] = frames;
    releaseMemory(large!);
    expect(small!.equals(Buffer.alloc(100, 100))).toBe(true);
    expect(large).toHaveLength(0);
  });

  it('takes nothing away from what came in the same read, before it or behind', () => {
    const frames: Buffer[] = [];
    const reader = new FrameReader(5_000_000, (frame) => {
      frames.push(frame);
      return 'kept';
    });
    const framed = (size: number, fill: number): Buffer => {
      const body = Buffer.alloc(size, fill);
      return Buffer.concat([framePrefix([body]), body]);
    };
    pour(framed(3 * LARGE, 1), reader);
    // One read fills all the room: two whole frames and the beginning of a third.
    const stream = Buffer.concat([framed(100, 2), framed(3 * LARGE - 400, 3), framed(900, 4)]);
    const room = reader.room();
    expect(room).toHaveLength(3 * LARGE + 4);
    const read = stream.copy(room);
    reader.received(read);
    for (const frame of frames) releaseMemory(frame);
    pour(stream.subarray(read), reader);
    const [, before, , behind] = frames;
    expect(before?.equals(Buffer.alloc(100, 2))).toBe(true);
    expect(behind?.equals(Buffer.alloc(900, 4))).toBe(true);
    expect(frames).toHaveLength(4);
  });

  it('does not disturb the reader that the bytes came from', () => {
    const frames: number[] = [];
    const reader = new FrameReader(5_000_000, (frame) => {
      frames.push(frame[frame.length - 1]!);
      queueMicrotask(() => releaseMemory(frame));
      return 'kept';
    });
    const series = [LARGE, LARGE, LARGE + 1_000, 100, LARGE, 10, LARGE];
    const released = series.map(async (size, index) => {
      const body = Buffer.alloc(size, index + 1);
      pour(Buffer.concat([framePrefix([body]), body]), reader);
      // The bytes of one frame go while the next one comes.
      await Promise.resolve();
    });
    return Promise.all(released).then(() => {
      expect(frames).toEqual(series.map((_, index) => index + 1));
    });
  });
});
