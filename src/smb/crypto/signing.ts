import { createCipheriv, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { HEADER_SIZE, SIGNATURE_OFFSET } from '../wire/header.ts';
import { AesCmac } from './cmac.ts';

/** HMAC-SHA256 up to 2.1, AES-CMAC from 3.0, AES-GMAC where 3.1.1 negotiated it. */
export type SigningAlgorithmName = 'hmac-sha256' | 'aes-cmac' | 'aes-gmac';

/** What AES-GMAC binds into its nonce besides the message id; the others ignore it. */
export interface SigningFlags {
  /** Sent by the server. */
  readonly response: boolean;
  /** A CANCEL request: it shares the message id of the request it cancels. */
  readonly cancel: boolean;
}

/** Signs messages with one key (MS-SMB2 3.1.4.1). */
export interface Signer {
  readonly algorithm: SigningAlgorithmName;
  /**
   * The 16 signature bytes of a message given in parts. Its signature field has to be zero already
   * and SIGNED set; padding behind an element of a compound belongs to the message.
   */
  sign(parts: readonly Buffer[], messageId: number, flags: SigningFlags): Buffer;
}

const SIGNATURE_SIZE = 16;

/** `key` is the signing key: 16 bytes (for HMAC-SHA256 any length). It is copied. */
export function createSigner(algorithm: SigningAlgorithmName, key: Buffer): Signer {
  if (algorithm === 'aes-gmac') return new GmacSigner(key);
  if (algorithm === 'aes-cmac') return new CmacSigner(key);
  return new HmacSigner(key);
}

/**
 * Whether a received message carries the signature that its bytes deserve. `parts[0]` holds at
 * least the 64-byte header; nothing is changed. Constant in time over the signature.
 */
export function verifySignature(
  signer: Signer,
  parts: readonly Buffer[],
  messageId: number,
  flags: SigningFlags,
): boolean {
  const [first, ...rest] = parts;
  if (first === undefined || first.length < HEADER_SIZE) return false;
  const header = Buffer.allocUnsafe(HEADER_SIZE);
  first.copy(header, 0, 0, SIGNATURE_OFFSET);
  header.fill(0, SIGNATURE_OFFSET);
  const expected = signer.sign([header, first.subarray(HEADER_SIZE), ...rest], messageId, flags);
  const found = first.subarray(SIGNATURE_OFFSET, SIGNATURE_OFFSET + SIGNATURE_SIZE);
  return timingSafeEqual(expected, found);
}

class HmacSigner implements Signer {
  readonly algorithm = 'hmac-sha256';
  readonly #key: KeyObject;

  constructor(key: Buffer) {
    this.#key = createSecretKey(key);
  }

  sign(parts: readonly Buffer[]): Buffer {
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest().subarray(0, SIGNATURE_SIZE);
  }
}

class CmacSigner implements Signer {
  readonly algorithm = 'aes-cmac';
  readonly #cmac: AesCmac;

  constructor(key: Buffer) {
    this.#cmac = new AesCmac(key);
  }

  sign(parts: readonly Buffer[]): Buffer {
    return this.#cmac.mac(parts);
  }
}

/** Up to here the parts are copied together: cheaper than one more call of OpenSSL per part. */
const GATHER_BYTES = 4096;

class GmacSigner implements Signer {
  readonly algorithm = 'aes-gmac';
  readonly #key: KeyObject;
  readonly #nonce = Buffer.alloc(12);
  readonly #scratch = Buffer.alloc(GATHER_BYTES);

  constructor(key: Buffer) {
    this.#key = createSecretKey(key);
  }

  sign(parts: readonly Buffer[], messageId: number, flags: SigningFlags): Buffer {
    const nonce = this.#nonce;
    nonce.writeUInt32LE(messageId >>> 0, 0);
    nonce.writeUInt32LE(Math.floor(messageId / 0x1_0000_0000) >>> 0, 4);
    nonce[8] = (flags.response ? 1 : 0) | (flags.cancel ? 2 : 0);
    const cipher = createCipheriv('aes-128-gcm', this.#key, nonce);
    let length = 0;
    for (const part of parts) length += part.length;
    if (parts.length > 1 && length <= GATHER_BYTES) {
      let at = 0;
      for (const part of parts) at += part.copy(this.#scratch, at);
      cipher.setAAD(this.#scratch.subarray(0, length));
    } else {
      for (const part of parts) cipher.setAAD(part);
    }
    cipher.final();
    return cipher.getAuthTag();
  }
}
