import type { MikroORM } from '@mikro-orm/core';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Database, EntityManager } from './database.ts';
import { refuseWithinTransaction } from './within-transaction.ts';

export interface DatabaseParts {
  readonly kind: Database['kind'];
  readonly orm: MikroORM;
  readonly lost: LostListeners;
  /** Throws when the database may not be used now. */
  readonly refuse: () => void;
  readonly close: () => Promise<void>;
}

/** What both kinds of database have in common. */
export function databaseOver(parts: DatabaseParts): Database {
  const { kind, orm, lost } = parts;
  let closing: Promise<void> | undefined;
  const em = (): EntityManager => {
    refuseWithinTransaction();
    if (closing !== undefined) throw new TidewatchError('closed', 'the database was closed');
    parts.refuse();
    return orm.em.fork() as EntityManager;
  };
  return {
    kind,
    em,
    transaction: async (work) => await em().transactional((inner) => work(inner)),
    ping: async () => {
      try {
        await em().execute('select 1');
      } catch (error) {
        if (error instanceof TidewatchError) throw error;
        throw new TidewatchError('database_failed', 'the database does not answer', {
          cause: error,
        });
      }
    },
    onLost: (listener) => lost.add(listener),
    close: () => (closing ??= parts.close()),
  };
}

/** Who wants to hear that the database is lost for good. */
export class LostListeners {
  readonly #listeners = new Set<(error: Error) => void>();
  #error: Error | undefined;

  /** Who comes late is told at once. Returns how to stop listening. */
  add(listener: (error: Error) => void): () => void {
    if (this.#error === undefined) this.#listeners.add(listener);
    else listener(this.#error);
    return () => this.#listeners.delete(listener);
  }

  /** Only the first time counts. */
  tell(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(error);
  }
}
