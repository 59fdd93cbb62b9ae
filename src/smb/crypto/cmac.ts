import { createCipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const BLOCK = 16;
const ZERO_IV = Buffer.alloc(BLOCK);
const CBC = 'aes-128-cbc';

/** Messages up to this size are gathered: copying them costs less than a second call of OpenSSL. */
const GATHER_BYTES = 1024;

/** The ciphertext is thrown away, so large parts go through in pieces that fit the CPU's cache. */
const PIECE_BYTES = 8192;

/** Doubling in GF(2^128), RFC 4493 2.3. */
function double(block: Buffer): Buffer {
  const value = (block.readBigUInt64BE(0) << 64n) | block.readBigUInt64BE(8);
  const doubled = (value << 1n) ^ (value >> 127n === 0n ? 0n : 0x87n);
  const result = Buffer.alloc(BLOCK);
  result.writeBigUInt64BE(BigInt.asUintN(64, doubled >> 64n), 0);
  result.writeBigUInt64BE(BigInt.asUintN(64, doubled), 8);
  return result;
}

/**
 * AES-128-CMAC (RFC 4493): CBC with a zero IV whose last block is first XORed with a subkey. The
 * whole chain is one OpenSSL cipher, so that large messages run at full CBC speed.
 */
export class AesCmac {
  /** XORed into a complete last block. */
  readonly k1: Buffer;
  /** XORed into a last block that had to be padded. */
  readonly k2: Buffer;
  readonly #key: KeyObject;
  readonly #scratch = Buffer.alloc(GATHER_BYTES);

  /** `key` has 16 bytes. */
  constructor(key: Buffer) {
    this.#key = createSecretKey(key);
    this.k1 = double(this.#cipher().update(ZERO_IV));
    this.k2 = double(this.k1);
  }

  /** The 16-byte code over the parts as if they were joined. */
  mac(parts: readonly Buffer[]): Buffer {
    let length = 0;
    for (const part of parts) length += part.length;
    const chained = length === 0 ? 0 : Math.floor((length - 1) / BLOCK) * BLOCK;
    const scratch = this.#scratch;

    if (length <= GATHER_BYTES - BLOCK) {
      let at = 0;
      for (const part of parts) at += part.copy(scratch, at);
      this.#closeBlock(scratch, chained, length - chained);
      return lastBlock(this.#cipher().update(scratch.subarray(0, chained + BLOCK)));
    }

    const cipher = this.#cipher();
    let at = 0;
    let held = 0;
    for (const part of parts) {
      const feed = Math.min(part.length, chained - at);
      for (let from = 0; from < feed; from += PIECE_BYTES) {
        cipher.update(part.subarray(from, Math.min(from + PIECE_BYTES, feed)));
      }
      held += part.copy(scratch, held, Math.max(feed, 0));
      at += feed;
    }
    this.#closeBlock(scratch, 0, held);
    return lastBlock(cipher.update(scratch.subarray(0, BLOCK)));
  }

  #cipher(): ReturnType<typeof createCipheriv> {
    return createCipheriv(CBC, this.#key, ZERO_IV);
  }

  /** Pads the last block where it is short and XORs the subkey into it (RFC 4493 2.4). */
  #closeBlock(bytes: Buffer, at: number, filled: number): void {
    const subkey = filled === BLOCK ? this.k1 : this.k2;
    if (filled < BLOCK) {
      bytes.writeUInt8(0x80, at + filled);
      bytes.fill(0, at + filled + 1, at + BLOCK);
    }
    for (let i = 0; i < BLOCK; i += 4) {
      bytes.writeInt32LE(bytes.readInt32LE(at + i) ^ subkey.readInt32LE(i), at + i);
    }
  }
}

/** A copy, so that the rest of the ciphertext can be freed. */
function lastBlock(ciphertext: Buffer): Buffer {
  return ciphertext.length === BLOCK ? ciphertext : Buffer.from(ciphertext.subarray(-BLOCK));
}
