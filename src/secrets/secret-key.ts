import { hkdfSync } from 'node:crypto';
import { TidewatchError } from '../errors/tidewatch-error.ts';

export const SECRET_KEY_BYTES = 32;
/** Bytes of a key id, and of the same in the head of what was sealed. */
export const KEY_ID_BYTES = 8;

/** A key that everything secret of a database is encrypted under, by keys derived from it. */
export interface SecretKey {
  /** Tells keys apart without telling anything of them: 16 hexadecimal digits, derived from the key. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** @throws TidewatchError `secret_key_wrong` unless there are 32 bytes. */
export function secretKey(bytes: Uint8Array): SecretKey {
  if (bytes.byteLength !== SECRET_KEY_BYTES) throw wrong();
  const own = Buffer.from(bytes);
  return { id: expand(own, 'tidewatch key id', KEY_ID_BYTES).toString('hex'), bytes: own };
}

/**
 * A key as people write it: base64 of 32 bytes, of either alphabet, with or without padding.
 *
 * @throws TidewatchError `secret_key_wrong`, whose message has nothing of the text.
 */
export function parseSecretKey(text: string): SecretKey {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) throw wrong();
  return secretKey(Buffer.from(text, 'base64'));
}

export function formatSecretKey(key: SecretKey): string {
  return Buffer.from(key.bytes).toString('base64');
}

/**
 * A key for one purpose (HKDF of RFC 5869 with SHA-256): who learns one learns nothing of the others.
 * Microseconds, since the input has its full strength already.
 */
export function deriveKey(key: SecretKey, purpose: string): Buffer {
  return expand(key.bytes, `tidewatch ${purpose}`, SECRET_KEY_BYTES);
}

function expand(bytes: Uint8Array, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', bytes, Buffer.alloc(0), info, length));
}

function wrong(): TidewatchError {
  const message = 'the secret key is not the base64 of 32 bytes';
  return new TidewatchError('secret_key_wrong', message);
}
