import { TransactionContext } from '@mikro-orm/core';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/**
 * Everything inside a transaction goes through the entity manager that the transaction was given:
 * another one would not see what was written, and on the embedded database wait for ever.
 *
 * @throws TidewatchError `internal_error` when the caller is inside of a transaction.
 */
export function refuseWithinTransaction(): void {
  if (TransactionContext.getEntityManager()?.isInTransaction() !== true) return;
  throw new TidewatchError(
    'internal_error',
    'a second entity manager was used within a transaction; use the one the transaction was given',
  );
}
