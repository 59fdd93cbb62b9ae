import { randomBytes } from 'node:crypto';
import type { Database } from '../../db/database.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { SECRET_KEY_BYTES, secretKey } from '../../secrets/secret-key.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { actorOf } from '../caller.ts';
import type { Caller } from '../caller.ts';
import type { World } from '../world.ts';
import { keyUse } from './key-check.ts';
import type { Secrets } from './open-secrets.ts';
import { rotateSecretKey } from './rotate-secret-key.ts';
import type { RotationOptions } from './rotate-secret-key.ts';
import { SECRET_KEY_VARIABLE, writeSecretKeys } from './secret-key-file.ts';

export interface ChangeKeyOptions extends World, RotationOptions {
  readonly db: Database;
  readonly audit: AuditTrail;
  readonly secrets: Secrets;
  readonly dataDir: string;
}

export interface KeyChange {
  /** Id of the key that everything is encrypted with now. */
  readonly keyId: string;
  /** Rows that were encrypted anew. */
  readonly rows: number;
  /** It went on with a change that had been interrupted, and made no key of its own. */
  readonly resumed: boolean;
}

/**
 * Changes the secret key of a server, also while it runs: with a key in the file by making another, with
 * keys in the environment to the first of them. Old keys stay in the file until the next start, since
 * what was encrypted with one just before may still be on its way into the database.
 *
 * @throws TidewatchError `invalid_argument` when the environment has one key only.
 */
export async function changeSecretKey(by: Caller, options: ChangeKeyOptions): Promise<KeyChange> {
  const { audit, clock, dataDir, db, logger, secrets } = options;
  const { box, source } = secrets;
  const before = await keyUse(db.em());
  const unfinished = before.sealing.some((id) => id !== box.ring.newest.id);
  if (source === 'file' && !unfinished) {
    const key = secretKey(randomBytes(SECRET_KEY_BYTES));
    // On the disk first: after a crash nothing is encrypted with a key that nobody has.
    await writeSecretKeys(dataDir, [key, ...box.ring.keys]);
    box.ring.addNewest(key);
  } else if (box.ring.keys.length === 1) {
    const message =
      `${SECRET_KEY_VARIABLE} holds one key: let it hold the new key, a space and the old one, ` +
      'start the server again, and then change the key';
    throw new TidewatchError('invalid_argument', message);
  }
  const [newest, ...old] = box.ring.keys;
  if (newest === undefined) throw new TidewatchError('internal_error', 'the ring of keys is empty');
  const at = new Date(clock.wall());
  const rows = await rotateSecretKey(db, old, newest, { ...options, at });
  await audit.record({
    ...actorOf(by),
    ...{ action: 'key.rotate', outcome: 'ok', details: { key_id: newest.id, rows } },
  });
  logger.info({ event: 'secrets.rotated', key_id: newest.id, rows }, 'changed the secret key');
  return { keyId: newest.id, rows, resumed: unfinished };
}
