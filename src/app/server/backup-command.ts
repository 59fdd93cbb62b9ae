import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { AccountServices } from '../../accounts/account-services.ts';
import type { AuditEntry } from '../../accounts/audit/audit-trail.ts';
import { COMMAND_LINE, actorOf } from '../../accounts/caller.ts';
import { BoundedWork } from '../../accounts/passwords/bounded-work.ts';
import type { Database } from '../../db/database.ts';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { Clock } from '../index.ts';
import { adminCommand } from './admin-socket-commands.ts';
import type { AdminCommands } from './admin-socket.ts';
import { writeBackup } from './backup-write.ts';
import type { BackupSummary } from './backup-write.ts';

export const BACKUP_COMMAND = 'backup.write';

export interface BackupCommandOptions {
  readonly db: Database;
  readonly accounts: AccountServices;
  readonly dataDir: string;
  readonly clock: Clock;
}

/** What the server answers: where it has put the backup, for whoever asked to take it away. */
export interface SpooledBackup {
  readonly name: string;
  readonly summary: BackupSummary;
}

const request = z.strictObject({ passphrase: z.string().optional() });
const NAME = /^backup-[0-9a-f-]{36}$/;

/**
 * Backups while the server runs. It writes them into its own folder, where it may write, and at the
 * speed of its disk, since the embedded database is busy meanwhile; the command carries them on.
 */
export function backupCommands(options: BackupCommandOptions): AdminCommands {
  const { accounts, clock, dataDir, db } = options;
  const turns = new BoundedWork({ running: 1, waiting: 0 }, () => {
    return new TidewatchError('unavailable', 'another backup is being made');
  });
  const spool = async (passphrase: string | undefined): Promise<SpooledBackup> => {
    await removeForgotten(dataDir, clock);
    const name = `backup-${randomUUID()}`;
    const keys = () => Promise.resolve(accounts.secrets.box.ring.keys);
    const wall = () => clock.wall();
    const summary = await writeBackup(spoolPath(dataDir, name), { db, keys, passphrase, wall });
    await accounts.audit.record(backupRecord(summary));
    return { name, summary };
  };
  return {
    [BACKUP_COMMAND]: adminCommand(request, ({ passphrase }) => turns.run(() => spool(passphrase))),
  };
}

/** Throws `protocol_error` for a name that no server gives. */
export function spoolPath(dataDir: string, name: string): string {
  if (NAME.test(name)) return join(dataDir, 'run', name);
  throw new TidewatchError(
    'protocol_error',
    'the server that runs does not say where the backup is',
  );
}

/** What the audit log has of a backup. */
export function backupRecord({ keyIds }: BackupSummary): AuditEntry {
  const details = { with_secret_key: keyIds.length > 0 };
  return { ...actorOf(COMMAND_LINE), action: 'backup.create', outcome: 'ok', details };
}

/** Removes what nobody took away, as when the command was killed. */
async function removeForgotten(dataDir: string, clock: Clock): Promise<void> {
  const before = clock.wall() - DEFAULTS.adminAnswerMs;
  for (const name of await readdir(join(dataDir, 'run'))) {
    if (!NAME.test(name)) continue;
    const path = spoolPath(dataDir, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < before) await rm(path, { force: true });
  }
}
