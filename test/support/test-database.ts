import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-database.ts';

/** Opens a fresh, empty database that is closed and removed after the test. */
export type OpenTestDatabase = () => Promise<Database>;

const QUIET = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Runs the same tests on the embedded database and on a real PostgreSQL. */
export function eachDatabase(name: string, tests: (open: OpenTestDatabase) => void): void {
  describe(`${name} (embedded)`, () => {
    const open = new Set<Database>();
    const folders = new Set<string>();
    afterEach(async () => {
      for (const database of open) await database.close();
      open.clear();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
      folders.clear();
    });
    tests(async () => {
      const folder = await freshDataDir();
      folders.add(folder);
      const database = await openDatabase({ dataDir: folder, logger: QUIET });
      open.add(database);
      return database;
    });
  });
}

/** A data folder with a new embedded database in it; copied, as making one takes seconds. */
async function freshDataDir(): Promise<string> {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(base, 'tidewatch-db-'));
  const template = join(ROOT, 'node_modules', '.cache', 'tidewatch', 'test-database-1');
  if (!existsSync(template)) {
    const made = mkdtempSync(join(base, 'tidewatch-template-'));
    const database = await openDatabase({ dataDir: made, logger: QUIET });
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
