import type { EntityManager } from '../../db/database.ts';
import { ApiToken } from '../../db/entities/index.ts';
import type { AccountParts } from '../account-parts.ts';

/**
 * Ends the logins of an account, but for one, as part of a transaction. Tokens for programs stay: they
 * were made on purpose, and somebody would have to go and change every program.
 *
 * @returns ids of those that ended, to be told once the transaction is through.
 */
export async function endLogins(
  em: EntityManager,
  userId: string,
  except?: string,
): Promise<readonly string[]> {
  const rows = await em.find(ApiToken, { userId, kind: 'login' }, { fields: ['id'] });
  const ids = rows.map(({ id }) => id).filter((id) => id !== except);
  if (ids.length > 0) await em.nativeDelete(ApiToken, { id: { $in: ids } });
  return ids;
}

/** Whoever was let in by these is looked at again, at once. */
export function tellRevoked(parts: AccountParts, tokenIds: readonly string[]): void {
  for (const tokenId of tokenIds) parts.authentication.forgetToken(tokenId);
  for (const tokenId of tokenIds) parts.changes.tell({ kind: 'token_revoked', tokenId });
}
