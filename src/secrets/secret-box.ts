import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { KeyRing } from './key-ring.ts';
import { KEY_ID_BYTES } from './secret-key.ts';

/**
 * What is sealed: a byte for the version of the format, the id of the key, a nonce, the cipher text
 * (as long as the text), the tag. Head and nonce are in the clear; the head is authenticated.
 */
const VERSION = 1;
const ALGORITHM = 'aes-256-gcm';
const HEAD_BYTES = 1 + KEY_ID_BYTES;
/** 96 bits, as SP 800-38D section 8.2.2 wants for random nonces: good for 2^32 seals under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MIN_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;
/** The name of the key derived for this; part of the format. */
const PURPOSE = 'sealed columns';

/** Where something sealed is kept. It opens nowhere else. */
export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  /** Primary key of the row. */
  readonly row: string;
}

/** Seals what is secret before it goes into the database, with AES-256-GCM. Bytes in, bytes out. */
export class SecretBox {
  readonly ring: KeyRing;

  constructor(ring: KeyRing) {
    this.ring = ring;
  }

  /** The newest key seals, under a nonce of its own. */
  seal(plain: Uint8Array | string, place: SealedPlace): Buffer {
    const { id } = this.ring.newest;
    const key = this.ring.derived(id, PURPOSE) as Buffer;
    const head = Buffer.concat([Buffer.from([VERSION]), Buffer.from(id, 'hex')]);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(head, place));
    const text = cipher.update(Buffer.from(plain));
    return Buffer.concat([head, nonce, text, cipher.final(), cipher.getAuthTag()]);
  }

  /**
   * @throws TidewatchError `secret_key_missing` when it was sealed with a key that is not in the ring,
   * `secret_unreadable` when it was altered, cut short, or sealed for another place.
   */
  open(sealed: Uint8Array, place: SealedPlace): Buffer {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const keyId = keyIdOf(bytes);
    const key = this.ring.derived(keyId, PURPOSE);
    if (key === undefined) {
      const message = `the secret of ${nameOf(place)} was encrypted with the key ${keyId}, which is not there`;
      throw new TidewatchError('secret_key_missing', message);
    }
    const head = bytes.subarray(0, HEAD_BYTES);
    const nonce = bytes.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(head, place));
    decipher.setAuthTag(bytes.subarray(bytes.byteLength - TAG_BYTES));
    const text = decipher.update(bytes.subarray(HEAD_BYTES + NONCE_BYTES, -TAG_BYTES));
    try {
      return Buffer.concat([text, decipher.final()]);
    } catch (cause) {
      const message = `the secret of ${nameOf(place)} was altered, or belongs elsewhere`;
      throw new TidewatchError('secret_unreadable', message, { cause });
    }
  }

  /** The text that was sealed, for what was text. */
  openText(sealed: Uint8Array, place: SealedPlace): string {
    return this.open(sealed, place).toString('utf8');
  }
}

/**
 * The id of the key that something was sealed with, read without any key.
 *
 * @throws TidewatchError `secret_unreadable` when it cannot be something sealed by this program.
 */
export function keyIdOf(sealed: Uint8Array): string {
  if (sealed.byteLength < MIN_BYTES || sealed[0] !== VERSION) {
    const message = 'a stored secret was cut short, or comes from a newer version of this program';
    throw new TidewatchError('secret_unreadable', message);
  }
  return Buffer.from(sealed.subarray(1, HEAD_BYTES)).toString('hex');
}

/** No two places give the same bytes: names cannot hold the separator. */
function associatedData(head: Buffer, { column, row, table }: SealedPlace): Buffer {
  if ([table, column, row].some((name) => name === '' || name.includes('\0'))) {
    throw new TidewatchError('invalid_argument', 'a sealed place needs table, column and row');
  }
  return Buffer.concat([head, Buffer.from(`${table}\0${column}\0${row}`, 'utf8')]);
}

function nameOf({ column, row, table }: SealedPlace): string {
  return `${table} ${row} (${column})`;
}
