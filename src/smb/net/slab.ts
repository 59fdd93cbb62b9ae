/**
 * Room for socket reads: one large buffer is filled from front to back and handed out in views, so
 * that a small answer costs no allocation and a large one few, and no byte is copied.
 */
export class Slab {
  #size: number;
  #minimumRoom: number;
  #buffer: Buffer;
  #used = 0;

  constructor(size: number, minimumRoom: number) {
    this.#size = size;
    this.#minimumRoom = minimumRoom;
    this.#buffer = Buffer.allocUnsafeSlow(minimumRoom);
  }

  /** The free rest, at least the minimum room. */
  room(): Buffer {
    if (this.#buffer.length - this.#used < this.#minimumRoom) {
      this.#buffer = Buffer.allocUnsafeSlow(this.#size);
      this.#used = 0;
    }
    return this.#buffer.subarray(this.#used);
  }

  /** The `length` bytes that were just read into the room; never handed out again. */
  take(length: number): Buffer {
    const chunk = this.#buffer.subarray(this.#used, this.#used + length);
    this.#used += length;
    return chunk;
  }
}
