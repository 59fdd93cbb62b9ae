/**
 * An RC4 key stream that goes on from call to call, as NTLM signatures need it (MS-NLMP 3.4.4).
 * Written out because OpenSSL 3 no longer offers it; far too weak for anything else.
 */
export class Rc4 {
  readonly #state = new Uint8Array(256);
  #i = 0;
  #j = 0;

  /** `key` has 1 to 256 bytes. */
  constructor(key: Buffer) {
    const state = this.#state;
    for (let i = 0; i < 256; i++) state[i] = i;
    let j = 0;
    for (let i = 0; i < 256; i++) {
      const swapped = state[i]!;
      j = (j + swapped + key[i % key.length]!) & 255;
      state[i] = state[j]!;
      state[j] = swapped;
    }
  }

  /** The next `data.length` bytes of the key stream XORed with `data`, in a new buffer. */
  update(data: Buffer): Buffer {
    const state = this.#state;
    const result = Buffer.allocUnsafe(data.length);
    for (let at = 0; at < data.length; at++) {
      this.#i = (this.#i + 1) & 255;
      const swapped = state[this.#i]!;
      this.#j = (this.#j + swapped) & 255;
      const other = state[this.#j]!;
      state[this.#i] = other;
      state[this.#j] = swapped;
      result[at] = data[at]! ^ state[(swapped + other) & 255]!;
    }
    return result;
  }
}

/** One-shot RC4: encrypts and decrypts alike. */
export function rc4(key: Buffer, data: Buffer): Buffer {
  return new Rc4(key).update(data);
}
