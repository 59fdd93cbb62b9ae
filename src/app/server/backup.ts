import { constants } from 'node:fs';
import { copyFile, open, rm } from 'node:fs/promises';
import { AuditTrail } from '../../accounts/audit/audit-trail.ts';
import { loadSecretKeys } from '../../accounts/keys/secret-key-file.ts';
import { openDatabase } from '../../db/open-database.ts';
import { systemClock } from '../index.ts';
import type { Logger } from '../index.ts';
import { askServer } from './admin-socket-client.ts';
import { BACKUP_COMMAND, backupRecord, spoolPath } from './backup-command.ts';
import type { SpooledBackup } from './backup-command.ts';
import { expectEmbedded } from './backup-database.ts';
import { expectLongEnough } from './backup-keys.ts';
import { placeFile } from './backup-place.ts';
import { writeBackup } from './backup-write.ts';
import type { BackupSummary } from './backup-write.ts';

export interface BackupOptions {
  /** Absolute. */
  readonly file: string;
  /** Replaces a file that is there. */
  readonly force: boolean;
  /** With one, the secret keys go into the backup. */
  readonly passphrase: string | undefined;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Writes a backup: through the server that runs on the data folder, else by opening the database, which
 * only one process may.
 *
 * @throws TidewatchError what the file, the database or the keys fail with; no file stays then.
 */
export async function makeBackup(options: BackupOptions): Promise<BackupSummary> {
  const { file, force, passphrase } = options;
  if (passphrase !== undefined) expectLongEnough(passphrase);
  return await placeFile(file, force, async (unfinished) => {
    const summary = await byServer(unfinished, options);
    return summary ?? (await withoutServer(unfinished, options));
  });
}

async function byServer(
  unfinished: string,
  { dataDir, passphrase, signal }: BackupOptions,
): Promise<BackupSummary | undefined> {
  const answer = await askServer(dataDir, BACKUP_COMMAND, { passphrase });
  if (answer === undefined) return undefined;
  const { name, summary } = answer.result as SpooledBackup;
  const spooled = spoolPath(dataDir, name);
  try {
    signal.throwIfAborted();
    // With the mode of the file it is copied from, from the first moment on.
    await copyFile(spooled, unfinished, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const copied = await open(unfinished, 'r+');
    try {
      await copied.sync();
    } finally {
      await copied.close();
    }
    return summary;
  } finally {
    await rm(spooled, { force: true });
  }
}

/** Makes neither accounts nor keys, as the start of a server would. */
async function withoutServer(unfinished: string, options: BackupOptions): Promise<BackupSummary> {
  const { dataDir, databaseUrl, logger, passphrase, signal } = options;
  if (databaseUrl === undefined) expectEmbedded(dataDir);
  const db = await openDatabase({
    ...{ dataDir, logger },
    ...(databaseUrl !== undefined && { databaseUrl }),
  });
  try {
    const summary = await writeBackup(unfinished, {
      ...{ db, passphrase, signal },
      keys: async () => (await loadSecretKeys(options)).keys,
      wall: () => systemClock.wall(),
    });
    await new AuditTrail(db, systemClock).record(backupRecord(summary));
    return summary;
  } finally {
    await db.close();
  }
}
