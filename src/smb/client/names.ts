import { Cipher, Dialect } from '../wire/negotiate.ts';

const DIALECT_NAMES: ReadonlyMap<number, string> = new Map([
  [Dialect.SMB202, '2.0.2'],
  [Dialect.SMB210, '2.1'],
  [Dialect.SMB300, '3.0'],
  [Dialect.SMB302, '3.0.2'],
  [Dialect.SMB311, '3.1.1'],
]);

/** `3.1.1` for 0x0311. */
export function dialectName(dialect: number): string {
  return DIALECT_NAMES.get(dialect) ?? `0x${dialect.toString(16)}`;
}

const CIPHER_NAMES: ReadonlyMap<number, string> = new Map([
  [Cipher.AES128_CCM, 'aes-128-ccm'],
  [Cipher.AES128_GCM, 'aes-128-gcm'],
  [Cipher.AES256_CCM, 'aes-256-ccm'],
  [Cipher.AES256_GCM, 'aes-256-gcm'],
]);

export function cipherName(cipher: number): string {
  return CIPHER_NAMES.get(cipher) ?? `cipher ${cipher}`;
}
