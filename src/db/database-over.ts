import type { MikroORM } from '@mikro-orm/core';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Database, EntityManager } from './database.ts';
import { refuseWithinTransaction, withinTransaction } from './within-transaction.ts';

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
  const underWay = new Set<Promise<unknown>>();
  const em = (): EntityManager => {
    refuseWithinTransaction();
    if (closing !== undefined) throw new TidewatchError('closed', 'the database was closed');
    parts.refuse();
    return orm.em.fork() as EntityManager;
  };
  return {
    kind,
    em,
    transaction: async (work, options) => {
      const transaction = em().transactional(
        (inner) => withinTransaction(() => work(inner)),
        options,
      );
      underWay.add(transaction);
      try {
        return await transaction;
      } finally {
        underWay.delete(transaction);
      }
    },
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
    close: () => (closing ??= endOf(underWay).then(() => parts.close())),
  };
}

/** Resolves when all have ended, well or not, or when that takes too long. */
async function endOf(underWay: ReadonlySet<Promise<unknown>>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, DEFAULTS.databaseCloseMs);
  });
  await Promise.race([Promise.allSettled(underWay), late]);
  clearTimeout(timer);
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
