import { AsyncLocalStorage } from 'node:async_hooks';
import { TransactionContext } from '@mikro-orm/core';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** What runs inside of a transaction, and what it began that may outlive it. */
const transactions = new AsyncLocalStorage<{ open: boolean }>();

/** Runs the work of a transaction; meanwhile `refuseWithinTransaction` throws in it. */
export async function withinTransaction<T>(work: () => Promise<T>): Promise<T> {
  const transaction = { open: true };
  try {
    return await transactions.run(transaction, work);
  } finally {
    transaction.open = false;
  }
}

/**
 * Everything inside a transaction goes through the entity manager that the transaction was given:
 * another one would not see what was written, and on the embedded database wait for ever.
 *
 * @throws TidewatchError `internal_error` when the caller is inside of a transaction.
 */
export function refuseWithinTransaction(): void {
  if (!(transactions.getStore()?.open ?? isWithinOneOfMikroOrm())) return;
  throw new TidewatchError(
    'internal_error',
    'a second entity manager was used within a transaction; use the one the transaction was given',
  );
}

/** For transactions that an entity manager was asked for, rather than the database. */
function isWithinOneOfMikroOrm(): boolean {
  const context: unknown = TransactionContext.getEntityManager()?.getTransactionContext();
  const state = context as { isCommitted: boolean; isRolledBack: boolean } | undefined;
  return state !== undefined && !state.isCommitted && !state.isRolledBack;
}
