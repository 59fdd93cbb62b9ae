import { openAccountServices } from '../../accounts/account-services.ts';
import type { OwnedThings } from '../../accounts/account-types.ts';
import type { FirstAdmin } from '../../accounts/users/first-admin.ts';
import { openDatabase } from '../../db/open-database.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { systemClock } from '../index.ts';
import type { Logger } from '../index.ts';
import { askServer } from './admin-socket-client.ts';
import { accountCommands } from './admin-socket-commands.ts';

export interface AdminCommandOptions {
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

export interface AdminOutcome {
  readonly result: unknown;
  /** The server that runs did it. */
  readonly byServer: boolean;
  /** When this was the first use of the database. */
  readonly firstAdmin?: FirstAdmin;
}

/** None of these commands deletes an account. */
const UNTOUCHED: OwnedThings = {
  count: () => Promise.reject(new TidewatchError('internal_error', 'nobody knows who owns what')),
  transfer: () => Promise.reject(new TidewatchError('internal_error', 'nothing is transferred')),
  purge: () => Promise.reject(new TidewatchError('internal_error', 'nothing is purged')),
};

/**
 * Does what the shell asks for: through the server that runs on the data folder, else by opening the
 * database, which only one process may.
 *
 * @throws TidewatchError what the command, or opening the database, fails with.
 */
export async function runAdminCommand(
  command: string,
  parameters: unknown,
  options: AdminCommandOptions,
): Promise<AdminOutcome> {
  const { dataDir, databaseUrl, env, logger } = options;
  const answer = await askServer(dataDir, command, parameters);
  if (answer !== undefined) return { result: answer.result, byServer: true };
  const db = await openDatabase({
    ...{ dataDir, logger },
    ...(databaseUrl !== undefined && { databaseUrl }),
  });
  try {
    const services = await openAccountServices({
      ...{ db, dataDir, env, logger, clock: systemClock, ownedThings: UNTOUCHED },
    });
    try {
      const run = accountCommands(services)[command];
      if (run === undefined) throw new TidewatchError('unsupported', `no command ${command}`);
      const result = await run(parameters);
      const { firstAdmin } = services;
      return { result, byServer: false, ...(firstAdmin !== undefined && { firstAdmin }) };
    } finally {
      await services.close();
    }
  } finally {
    await db.close();
  }
}
