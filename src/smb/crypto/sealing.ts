import { SmbError } from '../smb-error.ts';
import { Cipher } from '../wire/negotiate.ts';
import {
  associatedData,
  decodeTransformHeader,
  encodeTransformHeader,
  TRANSFORM_SIZE,
} from '../wire/transform.ts';
import { CcmAead, GcmAead } from './aead.ts';
import type { Aead, CcmName, GcmName } from './aead.ts';
import { NonceCounter } from './nonce-counter.ts';

/**
 * Encrypts and decrypts the frames of one session (MS-SMB2 3.1.4.3, 3.2.5.1.1.1). There must be
 * exactly one sealer for a pair of keys: it alone makes sure that no nonce is used twice.
 */
export interface Sealer {
  /**
   * The encrypted form of a message or a whole compound given in parts: the 52-byte transform
   * header first, then the ciphertext. Throws `session_expired` when all nonces are used up.
   */
  seal(parts: readonly Buffer[], sessionId: bigint): Buffer[];
  /**
   * The plaintext parts of a frame that begins with a transform header. Throws
   * `decryption_failed` when anything about it is wrong; no byte is returned before the tag was
   * checked.
   */
  open(frame: readonly Buffer[]): Buffer[];
}

interface CipherFacts {
  readonly keySize: number;
  readonly nonceSize: number;
  readonly create: (key: Buffer) => Aead;
}

const SIGNATURE_AT = 4;
const TAG_SIZE = 16;
const ENCRYPTED = 1;

const gcm = (name: GcmName, keySize: number): CipherFacts => ({
  keySize,
  nonceSize: 12,
  create: (key) => new GcmAead(name, key),
});
const ccm = (name: CcmName, keySize: number): CipherFacts => ({
  keySize,
  nonceSize: 11,
  create: (key) => new CcmAead(name, key),
});

const CIPHERS: ReadonlyMap<number, CipherFacts> = new Map([
  [Cipher.AES128_CCM, ccm('aes-128-ccm', 16)],
  [Cipher.AES128_GCM, gcm('aes-128-gcm', 16)],
  [Cipher.AES256_CCM, ccm('aes-256-ccm', 32)],
  [Cipher.AES256_GCM, gcm('aes-256-gcm', 32)],
]);

function factsOf(cipher: number): CipherFacts {
  const facts = CIPHERS.get(cipher);
  if (facts === undefined) {
    throw new SmbError('unsupported', `Cipher ${cipher} is none that this client knows`);
  }
  return facts;
}

/** Bytes of the two cipher keys: 16 or 32. Throws `unsupported` for an unknown cipher. */
export function cipherKeySize(cipher: number): 16 | 32 {
  return factsOf(cipher).keySize === 32 ? 32 : 16;
}

/**
 * `cipher` is one of `Cipher`; the keys have `cipherKeySize(cipher)` bytes and are copied; `random`
 * gives the part of each nonce that is not the counter.
 */
export function createSealer(
  cipher: number,
  encryptionKey: Buffer,
  decryptionKey: Buffer,
  random: (size: number) => Buffer,
): Sealer {
  const { keySize, nonceSize, create } = factsOf(cipher);
  if (encryptionKey.length !== keySize || decryptionKey.length !== keySize) {
    throw new SmbError('invalid_argument', `Cipher ${cipher} takes keys of ${keySize} bytes`);
  }
  return new AeadSealer(create(encryptionKey), create(decryptionKey), nonceSize, random);
}

class AeadSealer implements Sealer {
  readonly #encryption: Aead;
  readonly #decryption: Aead;
  readonly #nonceSize: number;
  readonly #nonces: NonceCounter;

  constructor(
    encryption: Aead,
    decryption: Aead,
    nonceSize: number,
    random: (size: number) => Buffer,
  ) {
    this.#encryption = encryption;
    this.#decryption = decryption;
    this.#nonceSize = nonceSize;
    this.#nonces = new NonceCounter(nonceSize, random);
  }

  seal(parts: readonly Buffer[], sessionId: bigint): Buffer[] {
    const nonce = this.#nonces.next();
    return sealWith(this.#encryption, nonce, this.#nonceSize, sessionId, parts);
  }

  open(frame: readonly Buffer[]): Buffer[] {
    return openWith(this.#decryption, this.#nonceSize, frame);
  }
}

const NO_SIGNATURE = Buffer.alloc(TAG_SIZE);

/** One frame encrypted with a given nonce: the 16 bytes of the header field, of which `nonceSize` count. */
export function sealWith(
  aead: Aead,
  nonce: Buffer,
  nonceSize: number,
  sessionId: bigint,
  parts: readonly Buffer[],
): Buffer[] {
  let originalMessageSize = 0;
  for (const part of parts) originalMessageSize += part.length;
  const header = encodeTransformHeader({
    signature: NO_SIGNATURE,
    nonce,
    originalMessageSize,
    flags: ENCRYPTED,
    sessionId,
  });
  const sealed = aead.seal(nonce.subarray(0, nonceSize), associatedData(header), parts);
  sealed.tag.copy(header, SIGNATURE_AT);
  return [header, ...sealed.parts];
}

/** The plaintext parts of one frame; see `Sealer.open`. */
export function openWith(aead: Aead, nonceSize: number, frame: readonly Buffer[]): Buffer[] {
  const { header, ciphertext } = splitHeader(frame);
  const { signature, nonce, originalMessageSize, flags } = decodeTransformHeader(header);
  let length = 0;
  for (const part of ciphertext) length += part.length;
  if (flags !== ENCRYPTED || originalMessageSize !== length) {
    throw new SmbError('decryption_failed', 'The server sent a transform header that lies');
  }
  return aead.open(nonce.subarray(0, nonceSize), associatedData(header), ciphertext, signature);
}

function splitHeader(frame: readonly Buffer[]): { header: Buffer; ciphertext: Buffer[] } {
  const [first, ...rest] = frame;
  if (first !== undefined && first.length >= TRANSFORM_SIZE) {
    const behind = first.subarray(TRANSFORM_SIZE);
    return {
      header: first.subarray(0, TRANSFORM_SIZE),
      ciphertext: behind.length === 0 ? rest : [behind, ...rest],
    };
  }
  const joined = Buffer.concat(frame);
  if (joined.length < TRANSFORM_SIZE) {
    throw new SmbError('decryption_failed', 'The server sent an encrypted frame that is too short');
  }
  return splitHeader([joined]);
}
