import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { partsLength } from './byte-parts.ts';
import type { ByteSink } from './transport.ts';

const PREFIX = 4;
const NOTHING = Buffer.alloc(0);

/**
 * What is done with a frame: `kept`, somebody may still hold views of it, or `done`, its memory may
 * be written over.
 */
export type FrameFate = 'kept' | 'done';

/**
 * Cuts a byte stream into frames: `00`, a 24-bit big-endian length, the messages (MS-SMB2 2.1).
 *
 * The socket reads straight into the memory of the frame it is at, so each frame lies in one piece
 * and is copied by nobody. Small frames share a slab; a large one gets a buffer of its own size as
 * soon as its length is known, and the read stops at its end:
 *
 *     slab    [frame][frame][frame][pre…        room          ]
 *     large                        [prefix, first bytes|  room  ]
 */
export class FrameReader implements ByteSink {
  /** Frames longer than this end the conversation; raised once the limits are negotiated. */
  maxFrameBytes: number;
  #onFrame: (frame: Buffer) => FrameFate;
  #buffer: Buffer = NOTHING;
  /** Where the frame begins that is not complete yet, and where the bytes received end. */
  #start = 0;
  #end = 0;
  /** Somebody holds a frame of this buffer: what lies before `#start` must stay as it is. */
  #isHeld = false;
  #lastFrameBytes = 0;

  constructor(maxFrameBytes: number, onFrame: (frame: Buffer) => FrameFate) {
    this.maxFrameBytes = maxFrameBytes;
    this.#onFrame = onFrame;
  }

  room(): Buffer {
    const { slabBytes, slabMinimumRoomBytes } = SMB_DEFAULTS;
    const frameBytes = this.#frameBytes();
    if (frameBytes === undefined) {
      const wanted = this.#end - this.#start + slabMinimumRoomBytes;
      // Large frames come in series: the next one will need as much as the last.
      this.#provide(wanted, Math.max(slabBytes, this.#lastFrameBytes));
      return this.#buffer.subarray(this.#end);
    }
    const isLarge = frameBytes > slabBytes;
    // See `#lend`: in front of it there may be nothing either.
    if (isLarge && this.#start > 0) this.#move(frameBytes);
    else this.#provide(frameBytes, isLarge ? frameBytes : slabBytes);
    return this.#buffer.subarray(this.#end, isLarge ? this.#start + frameBytes : undefined);
  }

  /** Throws `protocol_error`; whatever the frames' taker throws passes through. */
  received(length: number): void {
    this.#end += length;
    for (;;) {
      const frameBytes = this.#frameBytes();
      if (frameBytes === undefined || this.#end - this.#start < frameBytes) break;
      const from = this.#start + PREFIX;
      this.#start += frameBytes;
      this.#lastFrameBytes = frameBytes;
      this.#lend(this.#buffer.subarray(from, this.#start));
    }
    if (this.#start < this.#end) {
      // The frame that has begun must not lie in memory that others may free.
      if (this.#isHeld && this.#isForLarge) this.#move(this.#buffer.length);
    } else if (!this.#isHeld) this.#start = this.#end = 0;
    else if (this.#buffer.length - this.#end < SMB_DEFAULTS.slabMinimumRoomBytes) this.#letGo();
  }

  /**
   * Whoever reads a large frame may free its memory, so no other frame may be held in there. Of what
   * came along with it in one read, small ones are lent as copies.
   */
  #lend(frame: Buffer): void {
    const isShared = this.#isForLarge && frame.length + PREFIX <= SMB_DEFAULTS.slabBytes;
    const fate = this.#onFrame(isShared ? Buffer.from(frame) : frame);
    if (fate === 'kept' && !isShared) this.#isHeld = true;
  }

  get #isForLarge(): boolean {
    return this.#buffer.length > SMB_DEFAULTS.slabBytes;
  }

  /** Bytes of the frame at `#start` with its prefix; undefined while the prefix is not there. */
  #frameBytes(): number | undefined {
    if (this.#end - this.#start < PREFIX) return undefined;
    const first = this.#buffer[this.#start];
    if (first !== 0) {
      throw new SmbError('protocol_error', `A frame starts with byte ${first} instead of 0`);
    }
    const length = this.#buffer.readUIntBE(this.#start + 1, 3);
    if (length > this.maxFrameBytes) {
      throw new SmbError(
        'protocol_error',
        `A frame of ${length} bytes where at most ${this.maxFrameBytes} are allowed`,
      );
    }
    return PREFIX + length;
  }

  /** The buffer is full of frames of others, who may release it. */
  #letGo(): void {
    this.#buffer = NOTHING;
    this.#start = this.#end = 0;
    this.#isHeld = false;
  }

  /** Sees to it that `wanted` bytes from `#start` on fit, if need be in a buffer of `size`. */
  #provide(wanted: number, size: number): void {
    if (this.#start + wanted <= this.#buffer.length) return;
    if (this.#isHeld || wanted > this.#buffer.length) this.#move(Math.max(size, wanted));
    else {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
  }

  /** Goes on in a fresh buffer with the frame that has begun. */
  #move(size: number): void {
    const fresh = Buffer.allocUnsafeSlow(size);
    this.#end = this.#buffer.copy(fresh, 0, this.#start, this.#end);
    this.#start = 0;
    this.#buffer = fresh;
    this.#isHeld = false;
  }
}

/** The four bytes before a frame made of `parts`. */
export function framePrefix(parts: readonly Buffer[]): Buffer {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUIntBE(partsLength(parts), 1, 3);
  return prefix;
}
