import { resolve } from 'node:path';
import type { Command } from 'commander';
import { addDataDir } from './administration.ts';
import type { AdministrationOptions } from './administration.ts';
import { PASSPHRASE_SOURCES, passphraseOf } from './backup-passphrase.ts';
import type { PassphraseOptions } from './backup-passphrase.ts';
import { rowsText } from './backup.ts';
import type { CommandContext } from './context.ts';
import { databasePlace } from './data-dir.ts';
import { printable } from './output.ts';

interface RestoreOptions extends AdministrationOptions, PassphraseOptions {}

export function addRestore(program: Command, context: CommandContext): void {
  const command = program
    .command('restore')
    .summary('put a backup into an empty database')
    .description(
      'Puts a backup into an empty data folder, or the empty database of DATABASE_URL, while no ' +
        'server runs on it. Everything in the file is verified first; then all of it is put in, or ' +
        `nothing. The passphrase of a backup that has the secret key is ${PASSPHRASE_SOURCES}. A key ` +
        'that is in place is never replaced. Logins end, so everybody signs in again; tokens for ' +
        'programs stay.',
    )
    .argument('<file>', 'the backup')
    .option('--passphrase-file <file>', 'read the passphrase from the first line of a file')
    .option('--without-key', 'leave the secret key of the backup out');
  addDataDir(command).action((file: string, options: RestoreOptions) =>
    restore(file, options, context),
  );
}

async function restore(
  file: string,
  options: RestoreOptions,
  context: CommandContext,
): Promise<void> {
  const { env, output } = context;
  const [{ createLogger }, { restoreBackup }] = await Promise.all([
    import('../app/server/logger.ts'),
    import('../app/server/restore.ts'),
  ]);
  const place = databasePlace(options.dataDir, env);
  const restored = await restoreBackup({
    ...{ file: resolve(file), env, ...place },
    passphrase: () => passphraseOf(options, context),
    logger: createLogger('error', output.stderr),
  });
  const { createdAt, endedLogins, rows } = restored;
  const where = place.databaseUrl === undefined ? place.dataDir : 'the database of DATABASE_URL';
  await output.line(`restored ${printable(file)} of ${createdAt} into ${printable(where)}`);
  await output.line(`it held ${rowsText(rows)}`);
  const logins = endedLogins === 1 ? '1 login' : `${endedLogins} logins`;
  await output.line(`ended ${logins}; tokens for programs count as they did then`);
  for (const line of keyLines(restored, place.dataDir)) await output.line(line);
}

/** What became of the key, and what is left to do. */
function keyLines(
  { keys, missingKeyIds }: { keys: string; missingKeyIds: readonly string[] },
  dataDir: string,
): string[] {
  if (keys === 'restored') return ['the secret key is in place'];
  if (missingKeyIds.length > 0) {
    return [
      `before you start the server, put the secret key ${missingKeyIds.join(', ')} in place: the ` +
        `file secret-key of the old data folder into ${printable(dataDir)} (chmod 600), or the old ` +
        'TIDEWATCH_SECRET_KEY',
    ];
  }
  if (keys === 'there_already') return ['the secret key was in place already'];
  return ['nothing in it needs a secret key other than those in place'];
}
