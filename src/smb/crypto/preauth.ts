import { createHash } from 'node:crypto';

const SIZE = 64;

/**
 * The running SHA-512 over the messages before authentication is complete (MS-SMB2 3.1.4.4.1). The
 * connection mixes in the NEGOTIATE pair; each session goes on from a `copy()`.
 */
export class PreauthHash {
  #value: Buffer;

  /** Starts with 64 zero bytes, or goes on from `value`. */
  constructor(value: Buffer = Buffer.alloc(SIZE)) {
    this.#value = value;
  }

  /** The 64 bytes now. Never changed in place: it may be kept. */
  get value(): Buffer {
    return this.#value;
  }

  /** Mixes in one whole message, given in parts, without the 4 bytes in front of its frame. */
  update(parts: readonly Buffer[]): void {
    const hash = createHash('sha512').update(this.#value);
    for (const part of parts) hash.update(part);
    this.#value = hash.digest();
  }

  copy(): PreauthHash {
    return new PreauthHash(this.#value);
  }
}
