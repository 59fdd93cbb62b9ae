import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '../../db/database.ts';
import { User } from '../../db/entities/index.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';

/**
 * Call it first in a transaction that takes an account out of those who administer. It locks all of them,
 * in one order, so that of two transactions that each take one the second sees what the first did.
 *
 * @throws TidewatchError `last_admin` when nobody would be left.
 */
export async function refuseLastAdmin(em: EntityManager, userId: string): Promise<void> {
  const admins = await em.find(
    User,
    { role: 'admin', enabled: true },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  if (admins.some(({ id }) => id !== userId) || admins.length === 0) return;
  throw new TidewatchError('last_admin', 'this is the last account that may administer the server');
}
