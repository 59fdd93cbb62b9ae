import { rm } from 'node:fs/promises';
import { AuditTrail } from '../../accounts/audit/audit-trail.ts';
import { COMMAND_LINE, actorOf } from '../../accounts/caller.ts';
import { keyUse, tryKeys } from '../../accounts/keys/key-check.ts';
import { SECRET_KEY_VARIABLE, loadSecretKeys } from '../../accounts/keys/secret-key-file.ts';
import { secretKeyPath, writeSecretKeys } from '../../accounts/keys/secret-key-file.ts';
import type { EntityManager } from '../../db/database.ts';
import { ApiToken } from '../../db/entities/index.ts';
import { openDatabase } from '../../db/open-database.ts';
import { expectEmptyDatabase, restoreTables } from '../../db/restore-tables.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { KeyRing } from '../../secrets/key-ring.ts';
import type { SecretKey } from '../../secrets/secret-key.ts';
import { systemClock } from '../index.ts';
import type { Logger } from '../index.ts';
import { expectNoServer } from './backup-database.ts';
import { openKeys } from './backup-keys.ts';
import { openBackup } from './backup-read.ts';
import type { OpenBackup } from './backup-read.ts';

export interface RestoreOptions {
  /** Absolute. */
  readonly file: string;
  /** Asked for when the backup has keys; undefined: they are left out. */
  readonly passphrase: () => Promise<string | undefined>;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

export interface RestoreOutcome {
  /** When the backup was made, ISO 8601 UTC. */
  readonly createdAt: string;
  /** Rows of each table as the backup has them. */
  readonly rows: Readonly<Record<string, number>>;
  /** Logins that were ended. */
  readonly endedLogins: number;
  /** What became of the keys of the backup: it may have none, or nobody wanted them. */
  readonly keys: 'absent' | 'left_out' | 'there_already' | 'restored';
  /** Ids of the keys that stored secrets need and that are not in place. */
  readonly missingKeyIds: readonly string[];
}

/**
 * Puts a backup into an empty database: all of it, after all of it was verified, or nothing. Logins end,
 * since whoever logged in then did so at another server; tokens for programs stay.
 *
 * @throws TidewatchError `dump_damaged`, `passphrase_wrong`, `database_not_empty`, `secret_key_wrong`
 * when another key is in place, `database_in_use` while a server runs, and what files and database fail
 * with.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreOutcome> {
  const backup = await openBackup(options.file);
  try {
    const passphrase = backup.keys === null ? undefined : await options.passphrase();
    const keys =
      backup.keys === null || passphrase === undefined
        ? []
        : await openKeys(backup.keys, passphrase, backup.head);
    return await restoreVerified(backup, keys, options);
  } finally {
    await backup.close();
  }
}

async function restoreVerified(
  backup: OpenBackup,
  keys: readonly SecretKey[],
  options: RestoreOptions,
): Promise<RestoreOutcome> {
  const { dataDir, databaseUrl, logger } = options;
  await expectNoServer(dataDir);
  const before = await loadSecretKeys(options);
  const writesKeys = keys.length > 0 && before.keys.length === 0;
  const db = await openDatabase({
    ...{ dataDir, logger },
    ...(databaseUrl !== undefined && { databaseUrl }),
  });
  try {
    await expectEmptyDatabase(db);
    if (!writesKeys) expectAmong(keys, before, dataDir);
    // First: a database whose key is nowhere would be of no use after a crash; a key alone does no harm.
    if (writesKeys) await writeSecretKeys(dataDir, keys);
    const inPlace = writesKeys ? keys : before.keys;
    const audit = new AuditTrail(db, systemClock);
    let finished = { endedLogins: 0, missingKeyIds: [] as readonly string[] };
    await restoreTables(db, backup.tables(), async (em) => {
      const missingKeyIds = await missingKeys(em, inPlace, keys.length > 0);
      const endedLogins = await em.nativeDelete(ApiToken, { kind: 'login' });
      finished = { endedLogins, missingKeyIds };
      const details = { created_at: backup.head.created_at, ended_logins: endedLogins };
      const who = { ...actorOf(COMMAND_LINE), outcome: 'ok' } as const;
      await audit.recordIn(em, { ...who, action: 'backup.restore', details });
    }).catch(async (error: unknown) => {
      if (writesKeys) await rm(secretKeyPath(dataDir), { force: true });
      throw error;
    });
    const { tables } = backup.manifest;
    return {
      createdAt: backup.head.created_at,
      rows: Object.fromEntries(Object.entries(tables).map(([name, sum]) => [name, sum.rows])),
      keys: keysState(backup, keys, writesKeys),
      ...finished,
    };
  } finally {
    await db.close();
  }
}

function keysState(
  backup: OpenBackup,
  keys: readonly SecretKey[],
  written: boolean,
): RestoreOutcome['keys'] {
  if (backup.keys === null) return 'absent';
  if (keys.length === 0) return 'left_out';
  return written ? 'restored' : 'there_already';
}

/** A key that is in place is never replaced: something else may need it. */
function expectAmong(
  keys: readonly SecretKey[],
  { keys: placed, source }: Awaited<ReturnType<typeof loadSecretKeys>>,
  dataDir: string,
): void {
  const others = keys.filter(({ id }) => !placed.some((one) => one.id === id));
  if (others.length === 0) return;
  const place = source === 'file' ? secretKeyPath(dataDir) : SECRET_KEY_VARIABLE;
  const ids = (list: readonly SecretKey[]): string => list.map(({ id }) => id).join(', ');
  const message =
    `${place} holds the key ${ids(placed)}, which is not replaced; the backup has the key ` +
    `${ids(others)}. Restore into another data folder, or take the other key away first`;
  throw new TidewatchError('secret_key_wrong', message);
}

/**
 * Ids of keys that the restored rows need and that are not in place.
 *
 * @param expected The keys are those of the backup, so none may be missing.
 */
async function missingKeys(
  em: EntityManager,
  inPlace: readonly SecretKey[],
  expected: boolean,
): Promise<readonly string[]> {
  if (inPlace.length > 0) await tryKeys(em, new KeyRing(inPlace));
  const { sealing } = await keyUse(em);
  const missing = sealing.filter((id) => !inPlace.some((key) => key.id === id));
  if (!expected || missing.length === 0) return missing;
  const message = `the backup lacks the key ${missing.join(', ')} that its secrets need`;
  throw new TidewatchError('secret_key_missing', message);
}
