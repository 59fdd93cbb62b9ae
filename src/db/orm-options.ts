import type { Options } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { ENTITIES } from './entities/index.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** The schema that all tables live in, so that they can share a database with those of others. */
export const SCHEMA = 'tidewatch';

type OrmOptions = Pick<
  Options,
  | 'dbName'
  | 'entities'
  | 'schema'
  | 'extensions'
  | 'migrations'
  | 'forceUtcTimezone'
  | 'allowGlobalContext'
  | 'debug'
  | 'logger'
>;

/** What both drivers of MikroORM are told. */
export function ormOptions(dbName: string): OrmOptions {
  return {
    dbName,
    entities: [...ENTITIES],
    schema: SCHEMA,
    extensions: [Migrator],
    migrations: {
      tableName: 'migration',
      migrationsList: [...MIGRATIONS],
      snapshot: false,
      silent: true,
      // Doing without would need the rights of a superuser.
      disableForeignKeys: false,
    },
    forceUtcTimezone: true,
    // Whoever works with entities says which unit of work they belong to.
    allowGlobalContext: false,
    // Errors come as exceptions to whoever asked; nobody reads this log.
    debug: false,
    logger: (): void => undefined,
  };
}
