import { randomBytes } from 'node:crypto';
import type { Database } from '../../db/database.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { KeyRing } from '../../secrets/key-ring.ts';
import { SecretBox } from '../../secrets/secret-box.ts';
import { SECRET_KEY_BYTES, secretKey } from '../../secrets/secret-key.ts';
import type { SecretKey } from '../../secrets/secret-key.ts';
import type { World } from '../world.ts';
import { forgetOthers, keyUse, noteNewest, tryKeys } from './key-check.ts';
import type { KeyUse } from './key-check.ts';
import {
  SECRET_KEY_VARIABLE,
  loadSecretKeys,
  secretKeyPath,
  writeSecretKeys,
} from './secret-key-file.ts';
import type { KeyPlaces, KeySource } from './secret-key-file.ts';

export interface Secrets {
  readonly box: SecretBox;
  readonly source: KeySource;
}

export interface OpenSecretsOptions extends KeyPlaces, World {
  readonly db: Database;
}

/**
 * The secret keys of a server, checked against what its database was encrypted with. The first start
 * makes a key; no key is ever made while there is something that another one encrypted.
 *
 * @throws TidewatchError `secret_key_missing`, `secret_key_wrong`: at the start, so that nobody finds
 * out at the first use.
 */
export async function openSecrets(options: OpenSecretsOptions): Promise<Secrets> {
  const { clock, dataDir, db, logger } = options;
  const { keys, source } = await loadSecretKeys(options);
  const use = await keyUse(db.em());
  if (keys.length === 0) {
    refuseMissing(use, dataDir);
    const key = secretKey(randomBytes(SECRET_KEY_BYTES));
    // The key is on the disk before anything is encrypted with it.
    await writeSecretKeys(dataDir, [key]);
    logger.info({ event: 'secrets.made', key_id: key.id }, 'made a secret key');
    return { box: await enrol(db, [key], new Date(clock.wall())), source };
  }
  refuseWrong(use, keys, source === 'file' ? secretKeyPath(dataDir) : SECRET_KEY_VARIABLE);
  const box = await enrol(db, keys, new Date(clock.wall()));
  await dropUnused(options, box, source);
  return { box, source };
}

async function enrol(db: Database, keys: readonly SecretKey[], at: Date): Promise<SecretBox> {
  const ring = new KeyRing(keys);
  await db.transaction(async (em) => {
    await tryKeys(em, ring);
    await noteNewest(em, ring, at);
  });
  return new SecretBox(ring);
}

/**
 * Takes keys out of the file that nothing is encrypted with any more: here, where nothing that was
 * encrypted with one of them can be on its way into the database.
 */
async function dropUnused(
  { dataDir, db, logger }: OpenSecretsOptions,
  box: SecretBox,
  source: KeySource,
): Promise<void> {
  const { newest } = box.ring;
  const { checked, sealing } = await keyUse(db.em());
  if (sealing.some((id) => id !== newest.id)) return;
  if (checked.length > 1) await db.transaction((em) => forgetOthers(em, newest.id));
  if (source === 'environment' || box.ring.keys.length === 1) return;
  await writeSecretKeys(dataDir, [newest]);
  box.ring.keepNewest();
  logger.info({ event: 'secrets.dropped' }, 'removed secret keys that nothing is encrypted with');
}

function refuseMissing({ sealing }: KeyUse, dataDir: string): void {
  if (sealing.length === 0) return;
  const message =
    `the secrets in the database are encrypted with the key ${sealing.join(', ')}, and there is ` +
    `neither ${SECRET_KEY_VARIABLE} nor ${secretKeyPath(dataDir)}`;
  throw new TidewatchError('secret_key_missing', message);
}

function refuseWrong({ sealing }: KeyUse, keys: readonly SecretKey[], place: string): void {
  const missing = sealing.filter((id) => !keys.some((key) => key.id === id));
  if (missing.length === 0) return;
  const given = keys.map(({ id }) => id).join(', ');
  const message =
    `the secrets in the database are encrypted with the key ${missing.join(', ')}, and ${place} ` +
    `holds the key ${given}`;
  throw new TidewatchError('secret_key_wrong', message);
}
