import { MikroORM } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import type { DatabaseConnection } from 'kysely';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { LostListeners, databaseOver } from '../database-over.ts';
import type { Database, DatabaseLogger } from '../database.ts';
import { migrateTables } from '../migrate-tables.ts';
import { ormOptions } from '../orm-options.ts';
import { checkServer } from './server-checks.ts';
import { ServerLock, connectClient, takeLock } from './server-lock.ts';
import { toldError } from './told-error.ts';

/** How values are written is a setting of server, database and user; what reads them expects this. */
const EXPECTED_TEXTS = CompiledQuery.raw(
  `select set_config('datestyle', 'ISO, YMD', false), set_config('timezone', 'UTC', false),
    set_config('intervalstyle', 'postgres', false), set_config('bytea_output', 'hex', false),
    set_config('extra_float_digits', '1', false),
    set_config('standard_conforming_strings', 'on', false)`,
);

/**
 * Opens a database of a PostgreSQL server, version 13 or newer.
 *
 * @throws TidewatchError `database_unreachable`, `database_login_failed`, `database_missing`,
 * `database_rights_missing`, `database_too_old`, `database_in_use`, `database_newer`.
 */
export async function openPostgresql(
  databaseUrl: string,
  logger: DatabaseLogger,
): Promise<Database> {
  const client = await connectClient(databaseUrl);
  let orm: MikroORM | undefined;
  try {
    // Before the first table is touched: two servers that start at once must not both make them.
    await takeLock(client);
    const dbName = await checkServer(client);
    orm = await MikroORM.init({
      ...ormOptions(dbName),
      onCreateConnection: async (connection) => {
        await (connection as DatabaseConnection).executeQuery(EXPECTED_TEXTS);
      },
      driverOptions: {
        connectionString: databaseUrl,
        application_name: 'tidewatch',
        connectionTimeoutMillis: DEFAULTS.databaseConnectMs,
        keepAlive: true,
        max: DEFAULTS.databaseConnections,
      },
    });
    await migrateTables(orm);
  } catch (error) {
    await orm?.close(true);
    await client.end().catch(() => undefined);
    throw toldError(error, 'database_failed');
  }
  const lost = new LostListeners();
  const lock = new ServerLock(client, databaseUrl, logger, (error) => lost.tell(error));
  const opened = orm;
  return databaseOver({
    kind: 'postgresql',
    orm,
    lost,
    refuse: () => {
      if (lock.held) return;
      throw new TidewatchError('database_failed', 'the lock of the database was lost');
    },
    close: async () => {
      await opened.close(true);
      await lock.release();
    },
  });
}
