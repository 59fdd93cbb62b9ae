import { copyDatabase } from '../../db/copy-database.ts';
import { openDatabase } from '../../db/open-database.ts';
import type { Logger } from '../index.ts';
import { expectEmbedded, expectNoServer } from './backup-database.ts';

export interface MigrateOptions {
  readonly dataDir: string;
  /** `postgres://…`: an empty database of a PostgreSQL server. */
  readonly targetUrl: string;
  readonly logger: Logger;
}

/**
 * Copies everything from the embedded database of a data folder to PostgreSQL, verified, or nothing. The
 * embedded one stays as it is.
 *
 * @returns rows of each table.
 * @throws TidewatchError `not_found` without an embedded database, `database_in_use` while a server runs,
 * `database_not_empty`, and what reaching the target fails with.
 */
export async function migrateDatabase(
  options: MigrateOptions,
): Promise<Readonly<Record<string, number>>> {
  const { dataDir, logger, targetUrl } = options;
  expectEmbedded(dataDir);
  await expectNoServer(dataDir);
  const from = await openDatabase({ dataDir, logger });
  try {
    const to = await openDatabase({ databaseUrl: targetUrl, logger });
    try {
      const { tables } = await copyDatabase(from, to);
      return Object.fromEntries(Object.entries(tables).map(([name, sum]) => [name, sum.rows]));
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}
