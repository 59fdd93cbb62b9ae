const PAGE = 4_096;
/** A column grows by a sixteenth of itself: what is reserved and unused stays below 6 %. */
const GROWTH_SHIFT = 4;
const LEAST_GROWTH = 4 * PAGE;

/**
 * Memory that grows in place: all of its address space is reserved at once and made real step by step, so
 * nothing is copied when it grows and a worker that was given the buffer sees every later growth.
 */
function growableBuffer(maxBytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(0, { maxByteLength: Math.ceil(maxBytes / PAGE) * PAGE });
}

/** Makes at least `bytes` of it real; gives false where it already was. */
function growBuffer(buffer: SharedArrayBuffer, bytes: number): boolean {
  if (bytes <= buffer.byteLength) return false;
  const step = Math.max(LEAST_GROWTH, buffer.byteLength >> GROWTH_SHIFT);
  const wanted = Math.max(bytes, buffer.byteLength + step);
  const limit = buffer.maxByteLength;
  buffer.grow(Math.min(limit, Math.max(bytes, Math.ceil(wanted / PAGE) * PAGE)));
  return true;
}

/** A growing column of 32-bit integers, zero where nothing was written. */
export class IntColumn {
  readonly buffer: SharedArrayBuffer;
  /** Made anew when the column grows: take it afresh after `ensure`. */
  data: Int32Array;

  constructor(maxLength: number) {
    this.buffer = growableBuffer(maxLength * 4);
    this.data = new Int32Array(this.buffer, 0, 0);
  }

  get bytes(): number {
    return this.buffer.byteLength;
  }

  /** Makes room for `length` numbers. */
  ensure(length: number): void {
    if (length <= this.data.length) return;
    growBuffer(this.buffer, length * 4);
    this.data = new Int32Array(this.buffer, 0, this.buffer.byteLength >> 2);
  }
}

/** A growing column of bytes. */
export class ByteColumn {
  readonly buffer: SharedArrayBuffer;
  /** Made anew when the column grows. */
  data: Buffer<SharedArrayBuffer>;

  constructor(maxLength: number) {
    this.buffer = growableBuffer(maxLength);
    this.data = Buffer.from(this.buffer, 0, 0);
  }

  get bytes(): number {
    return this.buffer.byteLength;
  }

  ensure(length: number): void {
    if (length <= this.data.length) return;
    growBuffer(this.buffer, length);
    this.data = Buffer.from(this.buffer, 0, this.buffer.byteLength);
  }
}
