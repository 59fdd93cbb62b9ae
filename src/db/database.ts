import type { TransactionOptions } from '@mikro-orm/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/postgresql';

/** By default each statement sees what was committed before it, and rows can be written. */
export type DatabaseTransactionOptions = Pick<TransactionOptions, 'isolationLevel' | 'readOnly'>;

/** MikroORM's, with the query builders of PostgreSQL; the same for both kinds of database. */
export type EntityManager = BasePostgreSqlEntityManager;

/** Where the database writes what happens. Objects first, a sentence second. */
export interface DatabaseLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** An open database whose tables are those of this version. */
export interface Database {
  readonly kind: 'embedded' | 'postgresql';
  /**
   * A fresh unit of work, for one request or task.
   *
   * @throws TidewatchError `internal_error` within a transaction, which has one already.
   */
  em(): EntityManager;
  /** Commits when `work` succeeds, else rolls back. Everything inside goes through the `em` given. */
  transaction<T>(
    work: (em: EntityManager) => Promise<T>,
    options?: DatabaseTransactionOptions,
  ): Promise<T>;
  /**
   * Resolves when the database answers.
   *
   * @throws TidewatchError `database_failed` when it does not.
   */
  ping(): Promise<void>;
  /** Called once, when the database is lost for good and the process had better end. */
  onLost(listener: (error: Error) => void): () => void;
  /** Ends what is open and lets go of the lock. May be called again. */
  close(): Promise<void>;
}
