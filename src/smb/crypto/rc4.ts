const STATES = 256;

/**
 * An RC4 key stream that goes on from call to call, as NTLM signatures need it (MS-NLMP 3.4.4).
 * Written out because OpenSSL 3 no longer offers it; far too weak for anything else.
 */
export class Rc4 {
  readonly #state = Buffer.from(Array.from({ length: STATES }, (_, i) => i));
  #i = 0;
  #j = 0;

  /** `key` has 1 to 256 bytes. */
  constructor(key: Buffer) {
    let j = 0;
    for (let i = 0; i < STATES; i++) {
      j = (j + this.#state.readUInt8(i) + key.readUInt8(i % key.length)) & 0xff;
      this.#swap(i, j);
    }
  }

  /** The next `data.length` bytes of the key stream XORed with `data`, in a new buffer. */
  update(data: Buffer): Buffer {
    const result = Buffer.from(data);
    for (const [at, byte] of data.entries()) {
      this.#i = (this.#i + 1) & 0xff;
      this.#j = (this.#j + this.#state.readUInt8(this.#i)) & 0xff;
      const sum = this.#swap(this.#i, this.#j);
      result.writeUInt8(byte ^ this.#state.readUInt8(sum & 0xff), at);
    }
    return result;
  }

  /** Exchanges two states; gives their sum. */
  #swap(i: number, j: number): number {
    const [atI, atJ] = [this.#state.readUInt8(i), this.#state.readUInt8(j)];
    this.#state.writeUInt8(atJ, i);
    this.#state.writeUInt8(atI, j);
    return atI + atJ;
  }
}

/** One-shot RC4: encrypts and decrypts alike. */
export function rc4(key: Buffer, data: Buffer): Buffer {
  return new Rc4(key).update(data);
}
