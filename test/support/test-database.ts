import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { SILENT } from '../../src/actors/logger.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import type { OpenDatabaseOptions } from '../../src/db/open-database.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { PostgresServer } from '../servers/postgres.ts';

/** Where temporary files of tests are written fastest. */
export const FAST_DIRECTORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Opens a fresh, empty database that is closed and removed after the test. */
export type OpenTestDatabase = () => Promise<Database>;

/** Runs the same tests on the embedded database and on a real PostgreSQL. */
export function eachDatabase(name: string, tests: (open: OpenTestDatabase) => void): void {
  describe(`${name} (embedded)`, () => {
    const folders = new Set<string>();
    // Hooks run from the last to the first: a database is closed before its folder goes.
    afterEach(() => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
      folders.clear();
    });
    const open = openUntilEnd();
    tests(async () => {
      const dataDir = await freshDataDir();
      folders.add(dataDir);
      return await open({ dataDir });
    });
  });
  describe(`${name} (PostgreSQL)`, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server.stop());
    const open = openUntilEnd();
    tests(async () => await open({ databaseUrl: await server.createDatabase() }));
  });
}

/** Opens databases that are closed when the test ends. */
export function openUntilEnd(): (
  where: Pick<OpenDatabaseOptions, 'dataDir' | 'databaseUrl'>,
) => Promise<Database> {
  const opened = new Set<Database>();
  afterEach(async () => {
    for (const database of opened) await database.close();
    opened.clear();
  });
  return async (where) => {
    const database = await openDatabase({ ...where, logger: SILENT });
    opened.add(database);
    return database;
  };
}

/** A data folder with a new embedded database in it; copied, as making one takes seconds. */
export async function freshDataDir(): Promise<string> {
  const folder = mkdtempSync(join(FAST_DIRECTORY, 'tidewatch-db-'));
  const template = join(ROOT, 'node_modules', '.cache', 'tidewatch', 'test-database-1');
  if (!existsSync(template)) {
    const made = mkdtempSync(join(FAST_DIRECTORY, 'tidewatch-template-'));
    const database = await openDatabase({ dataDir: made, logger: SILENT });
    await database.close();
    mkdirSync(join(template, '..'), { recursive: true });
    try {
      cpSync(made, `${template}.${process.pid}`, { recursive: true });
      renameSync(`${template}.${process.pid}`, template);
    } catch {
      // Another test was quicker; its copy is as good.
      rmSync(`${template}.${process.pid}`, { recursive: true, force: true });
    }
    rmSync(made, { recursive: true, force: true });
  }
  cpSync(template, folder, { recursive: true });
  return folder;
}
