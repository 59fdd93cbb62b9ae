import { SmbError } from '../smb-error.ts';

/** Bytes of the nonce field of a transform header (MS-SMB2 2.2.41). */
const FIELD_SIZE = 16;

/**
 * Nonces that never repeat for one key: a 64-bit counter, then bytes that were random once, then
 * zeros up to the 16 of the header field. A random number for each message would meet itself on a
 * session that lives for months.
 */
export class NonceCounter {
  readonly #field = Buffer.alloc(FIELD_SIZE);
  #count: number;

  /** `size` bytes of the field count: 12 for GCM, 11 for CCM. */
  constructor(size: number, random: (size: number) => Buffer, start = 0) {
    random(size - 8).copy(this.#field, 8);
    this.#count = start;
  }

  /** The field for the next message, valid until the next call. Throws `session_expired` at the end. */
  next(): Buffer {
    if (this.#count >= Number.MAX_SAFE_INTEGER) {
      throw new SmbError('session_expired', 'All nonces of the encryption key are used up');
    }
    this.#count += 1;
    this.#field.writeUInt32LE(this.#count % 0x1_0000_0000, 0);
    this.#field.writeUInt32LE(Math.floor(this.#count / 0x1_0000_0000), 4);
    return this.#field;
  }
}
