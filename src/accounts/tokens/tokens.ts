import { randomUUID } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import { DEFAULTS } from '../../defaults.ts';
import type { EntityManager } from '../../db/database.ts';
import { ApiToken, User } from '../../db/entities/index.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { AccountParts } from '../account-parts.ts';
import type { NewToken, Page, Slice, TokenInfo } from '../account-types.ts';
import { actorOf } from '../caller.ts';
import type { Caller } from '../caller.ts';
import { notFound, refuseFaults, storedId } from '../users/user-info.ts';
import { tellRevoked } from './revoke-tokens.ts';
import { makeToken } from './token-text.ts';
import type { TokenKind } from './token-text.ts';

/** Logins and tokens for programs of one account. */
export class Tokens {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /** Those of the caller, newest first. A caller without an account has none. */
  async list({ userId }: Caller, { page, pageSize }: Page): Promise<Slice<TokenInfo>> {
    if (userId === undefined) return { items: [], total: 0 };
    const { db, uses } = this.#parts;
    const [rows, total] = await db.em().findAndCount(
      ApiToken,
      { userId },
      {
        orderBy: { createdAt: 'desc', id: 'desc' },
        ...{ limit: pageSize, offset: (page - 1) * pageSize },
      },
    );
    return { items: rows.map((row) => tokenInfo(row, uses.lastUse(row.id))), total };
  }

  /**
   * Makes a token for programs. One that is made with a token that ends may not last longer.
   *
   * @throws TidewatchError `forbidden` without an account, `invalid_argument`.
   */
  async create(
    caller: Caller,
    { expiresAt, name }: { readonly name: string; readonly expiresAt?: Date },
  ): Promise<NewToken> {
    const { userId } = caller;
    if (userId === undefined) {
      throw new TidewatchError('forbidden', 'a token belongs to an account, and you use none');
    }
    const { audit, clock, db } = this.#parts;
    const ends = expiresAt?.getTime();
    const future = ends === undefined || (ends > clock.wall() && ends <= 8.64e15);
    refuseFaults({
      name: nameFault(name),
      expires_at: future ? undefined : 'must be a time to come',
    });
    const { hash, token } = makeToken('api');
    const row = await db.transaction(async (em) => {
      const user = await lockOwner(em, userId);
      await refuseLonger(em, caller, ends);
      await refuseMany(em, userId);
      const made = await insertToken(em, {
        ...{ userId, name, kind: 'api', hash, now: clock.wall(), expiresAt: ends },
      });
      await audit.recordIn(em, {
        ...{ ...actorOf(caller), action: 'token.create', subject: user.username, outcome: 'ok' },
        details: { token_id: made.id, name, expires_at: expiresAt?.toISOString() },
      });
      return made;
    });
    if (ends !== undefined) this.#parts.expiry.note(ends);
    return { ...tokenInfo(row), token };
  }

  /** One of the caller; an administrator ends those of all. Throws `not_found`. */
  async remove(caller: Caller, givenId: string): Promise<void> {
    const id = storedId(givenId, 'token');
    const { audit, db } = this.#parts;
    await db.transaction(async (em) => {
      const row = await em.findOne(ApiToken, { id });
      if (row === null || !(caller.admin || row.userId === caller.userId)) throw notFound('token');
      await em.nativeDelete(ApiToken, { id });
      await audit.recordIn(em, {
        ...{ ...actorOf(caller), action: 'token.delete', outcome: 'ok' },
        details: { token_id: id, name: row.name, user_id: row.userId },
      });
    });
    tellRevoked(this.#parts, [id]);
  }
}

export interface TokenRow {
  readonly userId: string;
  readonly name: string;
  readonly kind: TokenKind;
  readonly hash: Buffer;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly expiresAt: number | undefined;
}

export async function insertToken(em: EntityManager, token: TokenRow): Promise<ApiToken> {
  const { expiresAt, hash, kind, name, now, userId } = token;
  const row = {
    ...{ id: randomUUID(), userId, name, kind, tokenHash: hash, createdAt: new Date(now) },
    ...{ expiresAt: expiresAt === undefined ? null : new Date(expiresAt), lastUsedAt: null },
  };
  await em.insert(ApiToken, row);
  return row;
}

function tokenInfo(row: ApiToken, used?: Date): TokenInfo {
  const { createdAt, expiresAt, id, kind, lastUsedAt, name } = row;
  const last = used ?? lastUsedAt ?? undefined;
  return {
    ...{ id, name, kind, created_at: createdAt.toISOString() },
    ...(expiresAt instanceof Date && { expires_at: expiresAt.toISOString() }),
    ...(last !== undefined && { last_used_at: last.toISOString() }),
  };
}

/** Locked, so that many at once are counted one after another. */
async function lockOwner(em: EntityManager, userId: string): Promise<User> {
  const user = await em.findOne(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (user?.enabled === true) return user;
  throw notFound('user');
}

/** Who got hold of a token that ends cannot make it last. A login may: a person stands behind it. */
async function refuseLonger(
  em: EntityManager,
  { expiresAt, tokenId }: Caller,
  ends: number | undefined,
): Promise<void> {
  if (tokenId === undefined || expiresAt === undefined) return;
  if (ends !== undefined && ends <= expiresAt) return;
  const shown = await em.findOne(ApiToken, { id: tokenId });
  const fault = 'may not be later than the end of the token that makes it';
  refuseFaults({ expires_at: shown?.kind === 'login' ? undefined : fault });
}

async function refuseMany(em: EntityManager, userId: string): Promise<void> {
  const { tokensPerUser } = DEFAULTS;
  if ((await em.count(ApiToken, { userId, kind: 'api' })) < tokensPerUser) return;
  const message = `an account has ${tokensPerUser} tokens at most: delete one first`;
  throw new TidewatchError('invalid_argument', message);
}

function nameFault(name: string): string | undefined {
  const { tokenNameMaxChars } = DEFAULTS;
  const fits = name.trim() !== '' && name.length <= tokenNameMaxChars && name.isWellFormed();
  if (fits && !/\p{Cc}/u.test(name)) return undefined;
  return `the name of a token has 1 to ${tokenNameMaxChars} characters, none of control`;
}
