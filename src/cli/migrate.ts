import type { Command } from 'commander';
import { addDataDir } from './administration.ts';
import type { AdministrationOptions } from './administration.ts';
import type { CommandContext } from './context.ts';
import { dataDirOf } from './data-dir.ts';
import { UsageError } from './failure.ts';
import { printable } from './output.ts';

interface MigrateOptions extends AdministrationOptions {
  readonly to?: string;
}

const TARGET_VARIABLE = 'TARGET_DATABASE_URL';

export function addMigrate(program: Command, context: CommandContext): void {
  const command = program
    .command('migrate')
    .summary('copy the embedded database to PostgreSQL')
    .description(
      'Copies everything from the embedded database of the data folder to an empty database of a ' +
        'PostgreSQL server, while no server runs on either: all of it, verified, or nothing. The ' +
        'embedded one stays as it is. Others on the machine can read arguments: with a password in ' +
        `it, give the URL in the environment variable ${TARGET_VARIABLE} instead of --to.`,
    )
    .option('--to <url>', `postgres://user@host/database (default: ${TARGET_VARIABLE})`);
  addDataDir(command).action((options: MigrateOptions) => migrate(options, context));
}

async function migrate(options: MigrateOptions, { env, output }: CommandContext): Promise<void> {
  const targetUrl = options.to ?? env[TARGET_VARIABLE] ?? '';
  if (targetUrl === '') {
    throw new UsageError(`where to? Give postgres://… with --to, or in ${TARGET_VARIABLE}`);
  }
  const target = shownUrl(targetUrl);
  const [{ createLogger }, { migrateDatabase }] = await Promise.all([
    import('../app/server/logger.ts'),
    import('../app/server/migrate.ts'),
  ]);
  const dataDir = dataDirOf(options.dataDir, env);
  const logger = createLogger('error', output.stderr);
  const rows = await migrateDatabase({ dataDir, targetUrl, logger });
  await output.line(`copied the database of ${printable(dataDir)} to ${printable(target)}`);
  for (const [table, count] of Object.entries(rows)) {
    await output.line(`  ${table} ${count.toLocaleString('en')}`);
  }
  await output.line('go on with the same data folder, which has the secret key:');
  await output.line(
    `  DATABASE_URL=${printable(target)} tidewatch serve --data-dir ${printable(dataDir)}`,
  );
  await output.line('what is in db of the data folder is not used any more');
}

/** Without password and parameters, which may have one as well. */
function shownUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new UsageError('the target is no postgres:// URL');
  }
  const user = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : ':…'}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}`;
}
