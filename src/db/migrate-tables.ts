import type { MikroORM } from '@mikro-orm/core';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { MIGRATIONS } from './migrations/index.ts';

/**
 * Brings the tables to what this version expects. All or nothing.
 *
 * @returns names of the migrations that ran.
 * @throws TidewatchError `database_newer` when the tables are of a newer version.
 */
export async function migrateTables(orm: MikroORM): Promise<string[]> {
  const known = new Set<string>(MIGRATIONS.map(({ name }) => name));
  const done = await orm.migrator.getExecuted();
  const unknown = done.find(({ name }) => !known.has(name));
  if (unknown !== undefined) {
    throw new TidewatchError(
      'database_newer',
      `the database has the change ${unknown.name}, which this version does not know`,
    );
  }
  const ran = await orm.migrator.up();
  return ran.map(({ name }) => name);
}
