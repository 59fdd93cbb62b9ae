import { SmbError } from '../smb-error.ts';
import { gather, partsLength, sliceParts } from './byte-parts.ts';

const PREFIX = 4;

/**
 * Cuts a byte stream into frames: `00`, a 24-bit big-endian length, the messages (MS-SMB2 2.1).
 * Chunks are kept in a list and handed on as views; nothing is joined but a prefix that a chunk
 * boundary cuts through.
 */
export class FrameReader {
  /** Frames longer than this end the conversation; raised once the limits are negotiated. */
  maxFrameBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #frameLength = -1;

  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Bytes of a frame that is not complete yet. */
  get buffered(): number {
    return this.#buffered;
  }

  /** Takes a chunk and calls `onFrame` for each frame it completes. Throws `protocol_error`. */
  push(chunk: Buffer, onFrame: (parts: Buffer[]) => void): void {
    let rest = chunk;
    if (this.#buffered > 0) {
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
      if (!this.#knowsLength() || this.#buffered < PREFIX + this.#frameLength) return;
      const boundary = this.#buffered - (PREFIX + this.#frameLength);
      const frame = sliceParts(this.#chunks, PREFIX, PREFIX + this.#frameLength);
      rest = boundary === 0 ? Buffer.alloc(0) : chunk.subarray(chunk.length - boundary);
      this.#reset();
      onFrame(frame);
    }
    let at = 0;
    while (rest.length - at >= PREFIX) {
      const length = this.#parsePrefix(rest, at);
      if (rest.length - at - PREFIX < length) break;
      const start = at + PREFIX;
      at = start + length;
      onFrame([rest.subarray(start, at)]);
    }
    if (at < rest.length) {
      this.#chunks = [rest.subarray(at)];
      this.#buffered = rest.length - at;
      this.#knowsLength();
    }
  }

  #knowsLength(): boolean {
    if (this.#frameLength >= 0) return true;
    if (this.#buffered < PREFIX) return false;
    const first = this.#chunks[0]!;
    const prefix = first.length >= PREFIX ? first : gather(sliceParts(this.#chunks, 0, PREFIX));
    this.#frameLength = this.#parsePrefix(prefix, 0);
    return true;
  }

  #parsePrefix(bytes: Buffer, at: number): number {
    if (bytes[at] !== 0) {
      throw new SmbError('protocol_error', `Frame starts with byte ${bytes[at]} instead of 0`);
    }
    const length = bytes.readUIntBE(at + 1, 3);
    if (length > this.maxFrameBytes) {
      throw new SmbError(
        'protocol_error',
        `Frame of ${length} bytes where at most ${this.maxFrameBytes} are allowed`,
      );
    }
    return length;
  }

  #reset(): void {
    this.#chunks = [];
    this.#buffered = 0;
    this.#frameLength = -1;
  }
}

/** The four bytes before a frame made of `parts`. */
export function framePrefix(parts: readonly Buffer[]): Buffer {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUIntBE(partsLength(parts), 1, 3);
  return prefix;
}
