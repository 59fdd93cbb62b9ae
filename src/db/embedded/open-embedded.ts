import { PGlite } from '@electric-sql/pglite';
import { MikroORM } from '@mikro-orm/pglite';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { LostListeners, databaseOver } from '../database-over.ts';
import type { Database, DatabaseLogger } from '../database.ts';
import { lockFolder } from '../folder-lock.ts';
import { migrateTables } from '../migrate-tables.ts';
import { ormOptions } from '../orm-options.ts';
import { ensurePrivateFolder } from '../private-folder.ts';
import { ensureDataFolder } from './data-folder.ts';
import { DurableFileSystem, startParams } from './durable-file-system.ts';
import type { NodeFileSystem } from './durable-file-system.ts';
import { embeddedDialect } from './embedded-dialect.ts';
import { Turns } from './turns.ts';
import { Upkeep } from './upkeep.ts';

/** Dates, timestamps (without and with zone) and intervals come as text: MikroORM reads them. */
const RAW_TIMES = Object.fromEntries([1082, 1114, 1184, 1186].map((type) => [type, String]));

export interface EmbeddedOptions {
  /** The folder of the database; made when it is missing. */
  readonly folder: string;
  readonly logger: DatabaseLogger;
  /** An archive to begin with, in place of the one that comes with the package. */
  readonly template?: string;
  /** Sees the operations on files; for tests. */
  readonly adjustFiles?: (files: NodeFileSystem) => void;
}

/**
 * Opens the database in a folder of this machine, which this process alone uses until it is closed.
 *
 * @throws TidewatchError `database_in_use`, `database_newer`, `database_failed`,
 * `data_folder_unusable`.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  ensurePrivateFolder(options.folder);
  const lock = await lockFolder(options.folder);
  try {
    const opened = await openLocked(options);
    return databaseOver({
      ...opened,
      close: async () => {
        await opened.close();
        await lock.release();
      },
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openLocked(options: EmbeddedOptions): Promise<Parameters<typeof databaseOver>[0]> {
  const { folder, logger } = options;
  const data = await ensureDataFolder(folder, options.template);
  const pglite = await startPglite(data, options.adjustFiles);
  const lost = new LostListeners();
  let failure: TidewatchError | undefined;
  const fail = (cause: unknown): void => {
    if (failure !== undefined) return;
    const { message } = cause as Error;
    failure = new TidewatchError('database_failed', `the database ended: ${message}`, { cause });
    logger.error({ err: cause }, 'the embedded database failed; nothing more can be written');
    lost.tell(failure);
  };
  const turns = new Turns(DEFAULTS.databaseBusyMs);
  const orm = await MikroORM.init({
    ...ormOptions('embedded'),
    driverOptions: embeddedDialect(pglite, turns, fail),
  });
  const upkeep = new Upkeep((statement) => orm.em.fork().execute(statement), logger);
  const close = async (): Promise<void> => {
    await upkeep.stop();
    // A transaction that does not end in time is rolled back with everything else.
    await turns.take(DEFAULTS.databaseCloseMs).catch(() => undefined);
    await orm.close(true);
    // What has failed must not write to the files any more; the next start finds all that was committed.
    if (failure === undefined) await pglite.close();
  };
  try {
    await migrateTables(orm);
  } catch (error) {
    await close();
    throw error;
  }
  upkeep.start();
  const refuse = (): void => {
    if (failure !== undefined) throw failure;
  };
  return { kind: 'embedded', orm, lost, refuse, close };
}

async function startPglite(
  data: string,
  adjustFiles: ((files: NodeFileSystem) => void) | undefined,
): Promise<PGlite> {
  try {
    return await PGlite.create({
      fs: new DurableFileSystem(data, adjustFiles),
      startParams: startParams(),
      parsers: RAW_TIMES,
    });
  } catch (cause) {
    const { message } = cause as Error;
    throw new TidewatchError('database_failed', `${data} cannot be opened: ${message}`, { cause });
  }
}
