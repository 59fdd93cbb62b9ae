import { DEFAULTS } from '../../defaults.ts';
import type { DatabaseLogger } from '../database.ts';

/** Runs one statement of its own, in turn with everybody else's. */
export type RunStatement = (statement: string) => Promise<unknown[]>;

/**
 * Does what background processes of PostgreSQL do, of which the embedded one has none: cuts the log,
 * which grew without end, and wins back the room of deleted rows.
 */
export class Upkeep {
  readonly #run: RunStatement;
  readonly #logger: DatabaseLogger;
  #timer: NodeJS.Timeout | undefined;
  #sinceVacuumMs = 0;
  #working: Promise<void> = Promise.resolve();

  constructor(run: RunStatement, logger: DatabaseLogger) {
    this.#run = run;
    this.#logger = logger;
  }

  start(): void {
    this.#timer = setTimeout(() => this.#look(), DEFAULTS.databaseUpkeepMs).unref();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#working;
  }

  /** Cuts the log when it has grown enough. */
  async cutLog(): Promise<boolean> {
    const [row] = (await this.#run(
      `select pg_current_wal_lsn() - redo_lsn > ${DEFAULTS.databaseLogBytes} as long
        from pg_control_checkpoint()`,
    )) as { long: boolean }[];
    if (row?.long !== true) return false;
    await this.#run('checkpoint');
    return true;
  }

  /** @returns names of the tables that were worth the work. */
  async vacuum(): Promise<string[]> {
    const { databaseDeadRows, databaseDeadShare, databaseFreezeAge } = DEFAULTS;
    const [age] = (await this.#run(
      `select age(datfrozenxid) > ${databaseFreezeAge} as old
        from pg_database where datname = current_database()`,
    )) as { old: boolean }[];
    if (age?.old === true) {
      await this.#run('vacuum (freeze, analyze)');
      return ['*'];
    }
    // Nobody else has counts written down here.
    await this.#run('select pg_stat_force_next_flush()');
    const tables = (await this.#run(
      `select quote_ident(schemaname) || '.' || quote_ident(relname) as name
        from pg_stat_user_tables
        where n_dead_tup > ${databaseDeadRows} + ${databaseDeadShare} * n_live_tup`,
    )) as { name: string }[];
    for (const { name } of tables) await this.#run(`vacuum (analyze) ${name}`);
    return tables.map(({ name }) => name);
  }

  #look(): void {
    this.#sinceVacuumMs += DEFAULTS.databaseUpkeepMs;
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    try {
      await this.cutLog();
      if (this.#sinceVacuumMs >= DEFAULTS.databaseVacuumMs) {
        this.#sinceVacuumMs = 0;
        await this.vacuum();
      }
    } catch (error) {
      this.#logger.warn({ err: error }, 'the database could not be looked after; it goes on');
    }
    if (this.#timer !== undefined) this.start();
  }
}
