import { LockMode } from '@mikro-orm/core';
import { DEFAULTS } from '../../defaults.ts';
import type { EntityManager } from '../../db/database.ts';
import { ApiToken, User } from '../../db/entities/index.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { AccountParts } from '../account-parts.ts';
import type { LoginResult, Origin } from '../account-types.ts';
import { actorOf } from '../caller.ts';
import type { Caller } from '../caller.ts';
import { tellRevoked } from '../tokens/revoke-tokens.ts';
import { makeToken } from '../tokens/token-text.ts';
import { insertToken } from '../tokens/tokens.ts';
import { foldUsername } from '../usernames.ts';
import { userInfo } from '../users/user-info.ts';

/** Who is unknown is not named: people type a password into the field of the name now and then. */
const SOMEBODY = 'an unknown account';

interface Session {
  readonly user: User;
  readonly tokenId: string;
  readonly ended: readonly string[];
}

/** Logging in with name and password, and out. */
export class Logins {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /**
   * A login counts from now on for the time that the settings say, also while it is used: when it ends
   * is known from the start, and told to whoever logs in.
   *
   * @throws TidewatchError `bad_login`, the same whether there is such an account or not;
   * `too_many_attempts` with `retryAfterMs`.
   */
  async login(username: string, password: string, { address }: Origin): Promise<LoginResult> {
    const { audit, clock, expiry, limits, loginLifetimeMs } = this.#parts;
    // Bounded before it is folded; no account has so long a name.
    const usernameKey = foldUsername(username.slice(0, 4 * DEFAULTS.usernameMaxChars));
    let known: User | null = null;
    const found = await limits.attempt(usernameKey, address, async () => {
      known = await this.#parts.db.em().findOne(User, { usernameKey });
      return this.#verify(known, password);
    });
    const { hash, token } = makeToken('login');
    const now = clock.wall();
    const expiresAt = now + loginLifetimeMs();
    const session =
      found === undefined
        ? undefined
        : await this.#open(found, { address, hash, now, expiresAt, password });
    if (session === undefined) {
      const actor = (known as User | null)?.username ?? SOMEBODY;
      await audit.record({ actor, action: 'login', outcome: 'refused', address });
      throw new TidewatchError('bad_login', 'the user name or the password is wrong');
    }
    expiry.note(expiresAt);
    tellRevoked(this.#parts, session.ended);
    const expires_at = new Date(expiresAt).toISOString();
    return { token, expires_at, user: userInfo(session.user) };
  }

  /** Ends the login that the caller showed. Tokens for programs stay until somebody deletes them. */
  async logout(caller: Caller): Promise<void> {
    const { tokenId } = caller;
    if (tokenId === undefined) return;
    const { audit, db } = this.#parts;
    const ended = await db.transaction(async (em) => {
      const count = await em.nativeDelete(ApiToken, { id: tokenId, kind: 'login' });
      if (count > 0)
        await audit.recordIn(em, { ...actorOf(caller), action: 'logout', outcome: 'ok' });
      return count > 0;
    });
    if (ended) tellRevoked(this.#parts, [tokenId]);
  }

  /** As long for a name that nobody has as for a wrong password. */
  async #verify(user: User | null, password: string): Promise<User | undefined> {
    const right = await this.#parts.passwords.verify(password, user?.passwordHash);
    return right && user?.enabled === true ? user : undefined;
  }

  /** Undefined when the account changed since its password was checked. */
  async #open(
    found: User,
    login: { address: string; hash: Buffer; now: number; expiresAt: number; password: string },
  ): Promise<Session | undefined> {
    const { audit, db, passwords } = this.#parts;
    const { address, expiresAt, hash, now } = login;
    const better = passwords.isOutdated(found.passwordHash)
      ? await passwords.hash(login.password)
      : undefined;
    return db.transaction(async (em) => {
      const options = { lockMode: LockMode.PESSIMISTIC_WRITE };
      const user = await em.findOne(User, { id: found.id }, options);
      if (user?.enabled !== true || user.passwordHash !== found.passwordHash) return undefined;
      user.passwordHash = better ?? user.passwordHash;
      user.lastLoginAt = new Date(now);
      await em.flush();
      const { id } = await insertToken(em, {
        ...{ userId: user.id, name: 'login', kind: 'login', hash, now, expiresAt },
      });
      const ended = await endOldest(em, user.id);
      const actor = user.username;
      const details = { token_id: id };
      await audit.recordIn(em, { actor, action: 'login', outcome: 'ok', address, details });
      return { user, tokenId: id, ended };
    });
  }
}

/** Keeps the logins of one account bounded: the oldest ends. */
async function endOldest(em: EntityManager, userId: string): Promise<readonly string[]> {
  const rows = await em.find(
    ApiToken,
    { userId, kind: 'login' },
    { orderBy: { createdAt: 'desc', id: 'desc' }, offset: DEFAULTS.loginsPerUser, fields: ['id'] },
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0) await em.nativeDelete(ApiToken, { id: { $in: ids } });
  return ids;
}
