import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';
import type { PGlite, Results } from '@electric-sql/pglite';
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely';
import { refuseWithinTransaction } from '../within-transaction.ts';
import type { Turns } from './turns.ts';

/**
 * What Kysely, below MikroORM, needs to talk to the one session of the embedded database.
 *
 * @param onFailure Called when the database itself has failed, rather than a statement.
 */
export function embeddedDialect(
  pglite: PGlite,
  turns: Turns,
  onFailure: (error: unknown) => void,
): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new EmbeddedDriver(pglite, turns, onFailure),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

/**
 * There is one session for everybody, so each query or transaction has it for itself in turn. A query
 * of another entity manager from within a transaction would wait for that transaction, which waits
 * for the query: it is refused at once.
 */
class EmbeddedDriver implements Driver {
  readonly #pglite: PGlite;
  readonly #turns: Turns;
  readonly #onFailure: (error: unknown) => void;

  constructor(pglite: PGlite, turns: Turns, onFailure: (error: unknown) => void) {
    this.#pglite = pglite;
    this.#turns = turns;
    this.#onFailure = onFailure;
  }

  async init(): Promise<void> {
    await this.#pglite.waitReady;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    refuseWithinTransaction();
    return new EmbeddedSession(this.#pglite, await this.#turns.take(), this.#onFailure);
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await (connection as EmbeddedSession).end();
  }

  async beginTransaction(
    connection: DatabaseConnection,
    settings: { readonly isolationLevel?: string; readonly accessMode?: string },
  ): Promise<void> {
    const { isolationLevel, accessMode } = settings;
    const modes = [
      ...(isolationLevel === undefined ? [] : [`isolation level ${isolationLevel}`]),
      ...(accessMode === undefined ? [] : [accessMode]),
    ];
    await (connection as EmbeddedSession).begin(`start transaction ${modes.join(', ')}`);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as EmbeddedSession).finish('commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as EmbeddedSession).finish('rollback');
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await (connection as EmbeddedSession).run(`savepoint ${quoted(name)}`);
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await (connection as EmbeddedSession).run(`rollback to savepoint ${quoted(name)}`);
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await (connection as EmbeddedSession).run(`release savepoint ${quoted(name)}`);
  }

  async destroy(): Promise<void> {
    // Who opened the database closes it.
  }
}

class EmbeddedSession implements DatabaseConnection {
  readonly #pglite: PGlite;
  readonly #endTurn: () => void;
  readonly #onFailure: (error: unknown) => void;
  #inTransaction = false;

  constructor(pglite: PGlite, endTurn: () => void, onFailure: (error: unknown) => void) {
    this.#pglite = pglite;
    this.#endTurn = endTurn;
    this.#onFailure = onFailure;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, affectedRows } = await this.run(query.sql, query.parameters);
    const result = { rows: rows as Row[] };
    return affectedRows === undefined
      ? result
      : { ...result, numAffectedRows: BigInt(affectedRows) };
  }

  // oxlint-disable-next-line require-yield -- the interface asks for a generator.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('the embedded database gives rows by the page, not as a stream');
  }

  async begin(statement: string): Promise<void> {
    await this.run(statement);
    this.#inTransaction = true;
  }

  async finish(statement: 'commit' | 'rollback'): Promise<void> {
    await this.run(statement);
    this.#inTransaction = false;
  }

  /** Whoever comes next must not find a transaction open. */
  async end(): Promise<void> {
    try {
      if (this.#inTransaction) await this.finish('rollback');
    } finally {
      this.#endTurn();
    }
  }

  async run(statement: string, parameters: readonly unknown[] = []): Promise<Results> {
    try {
      return await this.#pglite.query(statement, [...parameters]);
    } catch (error) {
      if (isFailure(error)) this.#onFailure(error);
      throw error;
    } finally {
      // Queries answer without a turn of the event loop: a row of them would starve timers and sockets.
      await nextTurnOfLoop();
    }
  }
}

/** Whether the database has ended, as opposed to refusing a statement. */
function isFailure(error: unknown): boolean {
  const { name, severity } = error as { name?: string; severity?: string };
  if (severity === 'FATAL' || severity === 'PANIC') return true;
  return name === 'RuntimeError' || name === 'ExitStatus';
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
