import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { formatSecretKey, parseSecretKey } from '../../secrets/secret-key.ts';
import type { SecretKey } from '../../secrets/secret-key.ts';
import type { BackupHead, SealedKeys } from './backup-format.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

type Unsealed = Omit<SealedKeys, 'sealed'>;

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

/**
 * What guards every stored password against somebody with the file and time to guess.
 *
 * @throws TidewatchError `invalid_argument` for a passphrase that is too short.
 */
export function expectLongEnough(passphrase: string): void {
  const least = DEFAULTS.backupPassphraseChars;
  if (Array.from(passphrase).length >= least) return;
  const message = `a passphrase for a backup has ${least} characters at least`;
  throw new TidewatchError('invalid_argument', message);
}

/** Seals keys for a backup with this head; they open in no other. */
export async function sealKeys(
  keys: readonly SecretKey[],
  passphrase: string,
  head: BackupHead,
): Promise<SealedKeys> {
  const nonce = randomBytes(NONCE_BYTES);
  const unsealed: Unsealed = {
    ids: keys.map(({ id }) => id),
    log_blocks: DEFAULTS.backupScryptLogBlocks,
    block_size: DEFAULTS.scryptBlockSize,
    rounds: 1,
    salt: randomBytes(SALT_BYTES).toString('base64'),
    nonce: nonce.toString('base64'),
  };
  const key = await keyOf(passphrase, unsealed);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(unsealed, head));
  const text = cipher.update(keys.map(formatSecretKey).join('\n'), 'utf8');
  const sealed = Buffer.concat([text, cipher.final(), cipher.getAuthTag()]);
  return { ...unsealed, sealed: sealed.toString('base64') };
}

/**
 * @param sealed Of a file whose checksum is right.
 * @throws TidewatchError `passphrase_wrong`.
 */
export async function openKeys(
  sealed: SealedKeys,
  passphrase: string,
  head: BackupHead,
): Promise<readonly SecretKey[]> {
  const { sealed: text, ...unsealed } = sealed;
  const bytes = Buffer.from(text, 'base64');
  try {
    const key = await keyOf(passphrase, unsealed);
    const nonce = Buffer.from(unsealed.nonce, 'base64');
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(unsealed, head));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = Buffer.concat([
      decipher.update(bytes.subarray(0, -TAG_BYTES)),
      decipher.final(),
    ]);
    return opened.toString('utf8').split('\n').map(parseSecretKey);
  } catch (cause) {
    const message = 'the passphrase does not open the secret key of the backup';
    throw new TidewatchError('passphrase_wrong', message, { cause });
  }
}

/** A passphrase is the same however a keyboard composes its letters. */
function keyOf(passphrase: string, cost: Unsealed): Promise<Buffer> {
  return derive(passphrase.normalize('NFKC'), Buffer.from(cost.salt, 'base64'), KEY_BYTES, {
    N: 2 ** cost.log_blocks,
    r: cost.block_size,
    p: cost.rounds,
    maxmem: DEFAULTS.scryptMaxBytes,
  });
}

function associatedData(
  { ids }: Unsealed,
  { created_at: at, format, version }: BackupHead,
): Buffer {
  return Buffer.from(JSON.stringify([format, version, at, ids]));
}
