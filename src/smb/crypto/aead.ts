import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SmbError } from '../smb-error.ts';

/** Ciphertext in parts and the tag over it and the associated data. */
export interface Sealed {
  readonly parts: Buffer[];
  readonly tag: Buffer;
}

/** Authenticated encryption with one key. Nonces come from the caller and must never repeat. */
export interface Aead {
  seal(nonce: Buffer, associated: Buffer, parts: readonly Buffer[]): Sealed;
  /**
   * The plaintext, with the same boundaries as `parts` (CCM: in one part). Nothing is returned
   * before the tag was checked; a wrong one throws `SmbError('decryption_failed')`.
   */
  open(nonce: Buffer, associated: Buffer, parts: readonly Buffer[], tag: Buffer): Buffer[];
}

export type GcmName = 'aes-128-gcm' | 'aes-256-gcm';
export type CcmName = 'aes-128-ccm' | 'aes-256-ccm';

const TAG_SIZE = 16;

function wrongTag(cause?: unknown): SmbError {
  return new SmbError('decryption_failed', 'The server sent a message that does not decrypt', {
    cause,
  });
}

/** GCM (SP 800-38D) streams: each part is encrypted where it lies, without joining. */
export class GcmAead implements Aead {
  readonly #name: GcmName;
  readonly #key: KeyObject;

  constructor(name: GcmName, key: Buffer) {
    this.#name = name;
    this.#key = createSecretKey(key);
  }

  seal(nonce: Buffer, associated: Buffer, parts: readonly Buffer[]): Sealed {
    const cipher = createCipheriv(this.#name, this.#key, nonce);
    cipher.setAAD(associated);
    const sealed = parts.map((part) => cipher.update(part));
    cipher.final();
    return { parts: sealed, tag: cipher.getAuthTag() };
  }

  open(nonce: Buffer, associated: Buffer, parts: readonly Buffer[], tag: Buffer): Buffer[] {
    const options = { authTagLength: TAG_SIZE };
    const decipher = createDecipheriv(this.#name, this.#key, nonce, options);
    decipher.setAAD(associated);
    decipher.setAuthTag(tag);
    const plain = parts.map((part) => decipher.update(part));
    try {
      decipher.final();
    } catch (cause) {
      throw wrongTag(cause);
    }
    return plain;
  }
}

/**
 * CCM (SP 800-38C) must know the whole length first and OpenSSL takes it in a single piece, so the
 * parts are joined. `tagLength` is 16 except in published examples.
 */
export class CcmAead implements Aead {
  readonly #name: CcmName;
  readonly #key: KeyObject;
  readonly #options: { readonly authTagLength: number };

  constructor(name: CcmName, key: Buffer, tagLength = TAG_SIZE) {
    this.#name = name;
    this.#key = createSecretKey(key);
    this.#options = { authTagLength: tagLength };
  }

  seal(nonce: Buffer, associated: Buffer, parts: readonly Buffer[]): Sealed {
    const plain = join(parts);
    const cipher = createCipheriv(this.#name, this.#key, nonce, this.#options);
    cipher.setAAD(associated, { plaintextLength: plain.length });
    const sealed = cipher.update(plain);
    cipher.final();
    return { parts: [sealed], tag: cipher.getAuthTag() };
  }

  open(nonce: Buffer, associated: Buffer, parts: readonly Buffer[], tag: Buffer): Buffer[] {
    const sealed = join(parts);
    const decipher = createDecipheriv(this.#name, this.#key, nonce, this.#options);
    decipher.setAuthTag(tag);
    decipher.setAAD(associated, { plaintextLength: sealed.length });
    try {
      // CCM checks the tag within `update`; which of the two calls throws depends on Node.
      const plain = decipher.update(sealed);
      decipher.final();
      return [plain];
    } catch (cause) {
      throw wrongTag(cause);
    }
  }
}

function join(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}
