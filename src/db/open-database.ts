import { join } from 'node:path';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Database, DatabaseLogger } from './database.ts';

export interface OpenDatabaseOptions {
  /** The folder for all data; the embedded database lives in `db` below it. */
  readonly dataDir?: string;
  /** `postgres://…`: a database of a PostgreSQL server, instead of the embedded one. */
  readonly databaseUrl?: string;
  readonly logger: DatabaseLogger;
}

/**
 * Opens the database, and brings its tables to what this version expects.
 *
 * Only one process at a time may have it open.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { dataDir, databaseUrl, logger } = options;
  // Imported only now: either kind loads much that the other does without.
  if (databaseUrl !== undefined) {
    expectPostgresUrl(databaseUrl);
    const { openPostgresql } = await import('./postgresql/open-postgresql.ts');
    return await openPostgresql(databaseUrl, logger);
  }
  if (dataDir === undefined) {
    throw new TidewatchError('invalid_argument', 'neither a data folder nor a database was named');
  }
  const { openEmbedded } = await import('./embedded/open-embedded.ts');
  return await openEmbedded({ folder: join(dataDir, 'db'), logger });
}

/** Says nothing of the URL, which may have a password in it. */
function expectPostgresUrl(databaseUrl: string): void {
  const protocol = URL.parse(databaseUrl)?.protocol;
  if (protocol === 'postgres:' || protocol === 'postgresql:') return;
  throw new TidewatchError('invalid_argument', 'the URL of the database is no postgres:// URL');
}
