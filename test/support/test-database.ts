import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
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
export interface OpenTestDatabase {
  (): Promise<Database>;
  /** One that can be opened again; `reopen` closes it first. */
  again(): Promise<{ database: Database; reopen: () => Promise<Database> }>;
}

/** Runs the same tests on the embedded database and on a real PostgreSQL. */
export function eachDatabase(name: string, tests: (open: OpenTestDatabase) => void): void {
  describe(`${name} (embedded)`, () => {
    // What is copied takes seconds to make, which is no test's time.
    beforeAll(async () => {
      await templateDataDir();
    });
    const folders = new Set<string>();
    // Hooks run from the last to the first: a database is closed before its folder goes.
    afterEach(() => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
      folders.clear();
    });
    const open = openUntilEnd();
    tests(
      openerOf(open, async () => {
        const dataDir = await freshDataDir();
        folders.add(dataDir);
        return { dataDir };
      }),
    );
  });
  describe(`${name} (PostgreSQL)`, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server.stop());
    const open = openUntilEnd();
    tests(openerOf(open, async () => ({ databaseUrl: await server.createDatabase() })));
  });
}

type Place = Pick<OpenDatabaseOptions, 'dataDir' | 'databaseUrl'>;

function openerOf(
  open: (place: Place) => Promise<Database>,
  freshPlace: () => Promise<Place>,
): OpenTestDatabase {
  const again = async (): Promise<{ database: Database; reopen: () => Promise<Database> }> => {
    const place = await freshPlace();
    const database = await open(place);
    const reopen = async (): Promise<Database> => {
      await database.close();
      return await open(place);
    };
    return { database, reopen };
  };
  return Object.assign(async () => await open(await freshPlace()), { again });
}

/** Opens databases that are closed when the test ends. */
export function openUntilEnd(): (place: Place) => Promise<Database> {
  const opened = new Set<Database>();
  afterEach(async () => {
    for (const database of opened) await database.close();
    opened.clear();
  });
  return async (place) => {
    const database = await openDatabase({ ...place, logger: SILENT });
    opened.add(database);
    return database;
  };
}

/** Changes with what makes the tables, so that no copy of an older one is used. */
async function tablesVersion(): Promise<string> {
  const hash = createHash('sha256');
  const directory = join(ROOT, 'src/db/migrations');
  for (const name of readdirSync(directory).sort())
    hash.update(await readFile(join(directory, name)));
  return hash.digest('hex').slice(0, 16);
}

/** A data folder with a new embedded database in it; copied, as making one takes seconds. */
export async function freshDataDir(): Promise<string> {
  const folder = mkdtempSync(join(FAST_DIRECTORY, 'tidewatch-db-'));
  cpSync(await templateDataDir(), folder, { recursive: true });
  return folder;
}

async function templateDataDir(): Promise<string> {
  const cache = join(ROOT, 'node_modules', '.cache', 'tidewatch');
  const template = join(cache, `database-${await tablesVersion()}`);
  if (existsSync(template)) return template;
  const made = mkdtempSync(join(FAST_DIRECTORY, 'tidewatch-template-'));
  const copy = `${template}.${process.pid}`;
  try {
    const database = await openDatabase({ dataDir: made, logger: SILENT });
    await database.close();
    mkdirSync(cache, { recursive: true });
    cpSync(made, copy, { recursive: true });
    renameSync(copy, template);
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    // Another test was quicker; its copy is as good.
    if (!existsSync(template)) throw error;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return template;
}
