import { resolve } from 'node:path';
import type { Command } from 'commander';
import { addDataDir } from './administration.ts';
import type { AdministrationOptions } from './administration.ts';
import { PASSPHRASE_SOURCES, newPassphrase } from './backup-passphrase.ts';
import type { PassphraseOptions } from './backup-passphrase.ts';
import type { CommandContext } from './context.ts';
import { databasePlace } from './data-dir.ts';
import { printable } from './output.ts';

interface BackupOptions extends AdministrationOptions, PassphraseOptions {
  readonly force?: boolean;
}

export function addBackup(program: Command, context: CommandContext): void {
  const command = program
    .command('backup')
    .summary('write a backup of the database to a file')
    .description(
      'Writes accounts, tokens, saved connections, settings and the audit log, as they are at one ' +
        'moment, to a file that only its owner can read. The secret key, without which stored ' +
        `passwords are of no use, goes in under a passphrase only: ${PASSPHRASE_SOURCES}. Caches of ` +
        'directories are left out, they are made anew; so are the files of the shares. Works through ' +
        'the server while one runs on the data folder, and without one.',
    )
    .argument('<file>', 'where to write it')
    .option('--passphrase-file <file>', 'read the passphrase from the first line of a file')
    .option('--without-key', 'leave the secret key out, without asking')
    .option('--force', 'replace a file that is there');
  addDataDir(command).action((file: string, options: BackupOptions) =>
    backup(file, options, context),
  );
}

async function backup(
  file: string,
  options: BackupOptions,
  context: CommandContext,
): Promise<void> {
  const { env, output, signal } = context;
  const passphrase = await newPassphrase(options, context);
  // Only now: the other commands start in half the time without the packages of the database.
  const [{ createLogger }, { makeBackup }] = await Promise.all([
    import('../app/server/logger.ts'),
    import('../app/server/backup.ts'),
  ]);
  const made = await makeBackup({
    ...{ file: resolve(file), force: options.force ?? false, passphrase, env, signal },
    ...databasePlace(options.dataDir, env),
    logger: createLogger('error', output.stderr),
  });
  const { bytes, createdAt, keyIds, neededKeyIds, rows } = made;
  await output.line(`wrote ${printable(file)}, ${bytes.toLocaleString('en')} bytes, ${createdAt}`);
  await output.line(`it holds ${rowsText(rows)}`);
  if (keyIds.length > 0) {
    await output.line(`and the secret key ${keyIds.join(', ')}, under the passphrase`);
  } else if (passphrase !== undefined) {
    await output.line('there is no secret key yet');
  } else if (neededKeyIds.length > 0) {
    const key = neededKeyIds.join(', ');
    await output.line(
      `not the secret key ${key}, which its stored passwords need: keep it as well`,
    );
  } else {
    await output.line('not the secret key, which nothing in it needs');
  }
  await output.line('not the caches of directories, which are made anew');
}

/** `user 2, api_token 1, …`: the rows of each table. */
export function rowsText(rows: Readonly<Record<string, number>>): string {
  return Object.entries(rows)
    .map(([table, count]) => `${table} ${count.toLocaleString('en')}`)
    .join(', ');
}
