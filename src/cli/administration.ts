import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { dataDirOf } from './data-dir.ts';
import { printable } from './output.ts';

/** Options of every command that reaches the server or its database. */
export interface AdministrationOptions {
  readonly dataDir?: string;
}

export function addDataDir(command: Command): Command {
  return command.option(
    '--data-dir <dir>',
    'the folder of the server (default: TIDEWATCH_DATA_DIR, else ./data)',
  );
}

/**
 * Does it through the server that runs on the data folder, else in the database itself.
 *
 * @throws TidewatchError what it fails with.
 */
export async function administer(
  command: string,
  parameters: object,
  { dataDir: chosen }: AdministrationOptions,
  { env, output }: CommandContext,
): Promise<unknown> {
  // Only now: the other commands start in half the time without the packages of the database.
  const [{ createLogger }, { runAdminCommand }] = await Promise.all([
    import('../app/server/logger.ts'),
    import('../app/server/admin-socket-run.ts'),
  ]);
  const dataDir = dataDirOf(chosen, env);
  const databaseUrl = nonEmpty(env['DATABASE_URL']);
  const { firstAdmin, result } = await runAdminCommand(command, parameters, {
    ...{ dataDir, databaseUrl, env },
    // What goes wrong comes as an error; of the rest nobody asked.
    logger: createLogger('error', output.stderr),
  });
  if (firstAdmin?.passwordFile !== undefined) {
    const { passwordFile, username } = firstAdmin;
    output.warn(
      `the database is new: made the account ${username}, its password is in ${printable(passwordFile)}`,
    );
  }
  return result;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
