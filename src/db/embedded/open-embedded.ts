import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { MikroORM } from '@mikro-orm/pglite';
import { DEFAULTS } from '../../defaults.ts';
import { LostListeners, databaseOver } from '../database-over.ts';
import type { Database, DatabaseLogger } from '../database.ts';
import { migrateTables } from '../migrate-tables.ts';
import { ormOptions } from '../orm-options.ts';
import { DurableFileSystem, startParams } from './durable-file-system.ts';
import { embeddedDialect } from './embedded-dialect.ts';
import { Turns } from './turns.ts';

/** Dates, timestamps (without and with zone) and intervals come as text: MikroORM reads them. */
const RAW_TIMES = Object.fromEntries([1082, 1114, 1184, 1186].map((type) => [type, String]));

export interface EmbeddedOptions {
  /** The folder of the database; made when it is missing. */
  readonly folder: string;
  readonly logger: DatabaseLogger;
}

/** Opens the database in a folder of this machine. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create({
    fs: new DurableFileSystem(join(folder, 'data')),
    startParams: startParams(),
    parsers: RAW_TIMES,
  });
  const turns = new Turns(DEFAULTS.databaseBusyMs);
  const orm = await MikroORM.init({
    ...ormOptions('embedded'),
    driverOptions: embeddedDialect(pglite, turns),
  });
  await migrateTables(orm);
  return databaseOver({
    kind: 'embedded',
    orm,
    lost: new LostListeners(),
    refuse: () => undefined,
    close: async () => {
      await orm.close(true);
      await pglite.close();
    },
  });
}
