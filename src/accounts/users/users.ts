import { randomUUID } from 'node:crypto';
import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { EntityManager } from '../../db/database.ts';
import { User } from '../../db/entities/index.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { AccountParts } from '../account-parts.ts';
import type {
  AfterCommit,
  NewUser,
  OwnedFate,
  Page,
  Slice,
  UserChange,
  UserInfo,
} from '../account-types.ts';
import { actorOf, requireAdmin } from '../caller.ts';
import type { Caller } from '../caller.ts';
import { passwordFault } from '../passwords/password-rules.ts';
import { endLogins, tellRevoked } from '../tokens/revoke-tokens.ts';
import { foldUsername, usernameFault } from '../usernames.ts';
import { refuseLastAdmin } from './last-admin.ts';
import { OwnPassword } from './own-password.ts';
import { notFound, refuseFaults, storedId, userInfo } from './user-info.ts';

/** Accounts: who may administer makes, changes and removes them; all may change their password. */
export class Users {
  readonly #parts: AccountParts;
  readonly #ownPassword: OwnPassword;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#ownPassword = new OwnPassword(parts);
  }

  /** By name. */
  async list({ page, pageSize }: Page): Promise<Slice<UserInfo>> {
    const options = { limit: pageSize, offset: (page - 1) * pageSize };
    const em = this.#parts.db.em();
    const orderBy = { usernameKey: 'asc' } as const;
    const [users, total] = await em.findAndCount(User, {}, { orderBy, ...options });
    return { items: users.map(userInfo), total };
  }

  async byId(id: string): Promise<UserInfo | undefined> {
    const user = await this.#parts.db.em().findOne(User, { id });
    return user === null ? undefined : userInfo(user);
  }

  async byName(username: string): Promise<UserInfo | undefined> {
    const where = { usernameKey: foldUsername(username) };
    const user = await this.#parts.db.em().findOne(User, where);
    return user === null ? undefined : userInfo(user);
  }

  /** @throws TidewatchError `forbidden`, `invalid_argument`, `already_exists`. */
  async create(by: Caller, { password, role, username }: NewUser): Promise<UserInfo> {
    requireAdmin(by);
    const faults = { username: usernameFault(username), password: passwordFault(password) };
    refuseFaults({ ...faults, role: roleFault(role) });
    const { audit, clock, db, passwords } = this.#parts;
    const now = new Date(clock.wall());
    const user = {
      ...{ id: randomUUID(), username, usernameKey: foldUsername(username), role },
      ...{ enabled: true, createdAt: now, updatedAt: now, lastLoginAt: null, version: 1 },
      passwordHash: await passwords.hash(password),
    };
    await db.transaction(async (em) => {
      await unlessTaken(() => em.insert(User, user));
      await audit.recordIn(em, {
        ...{ ...actorOf(by), action: 'user.create', subject: username, outcome: 'ok' },
        details: { user_id: user.id, role },
      });
    });
    return userInfo(user);
  }

  /** @throws TidewatchError `forbidden`, `not_found`, `invalid_argument`, `already_exists`, `last_admin`. */
  async update(by: Caller, givenId: string, change: UserChange): Promise<UserInfo> {
    const id = storedId(givenId, 'user');
    refuseOthers(by, id, change);
    const { password, role, username } = change;
    refuseFaults({
      ...(username !== undefined && { username: usernameFault(username) }),
      ...(password !== undefined && { password: passwordFault(password) }),
      ...(role !== undefined && { role: roleFault(role) }),
    });
    const verified = await this.#ownPassword.verify(by, id, change);
    const { db, limits, passwords } = this.#parts;
    // Before the transaction, which others may wait for.
    const passwordHash = password === undefined ? undefined : await passwords.hash(password);
    const { revoked, touched, user } = await db.transaction(async (em) => {
      if (role === 'user' || change.enabled === false) await refuseLastAdmin(em, id);
      const found = await lockUser(em, id);
      if (verified !== undefined && found.passwordHash !== verified) throw OwnPassword.wrong();
      return this.#apply(em, by, found, { ...change, passwordHash });
    });
    if (touched) {
      this.#parts.authentication.forgetUser(id);
      this.#parts.changes.tell({ kind: 'user_changed', userId: id });
    }
    tellRevoked(this.#parts, revoked);
    if (password !== undefined) limits.forgive(user.usernameKey);
    return userInfo(user);
  }

  /** @throws TidewatchError `forbidden`, `not_found`, `last_admin`, `owns_things`, `invalid_argument`. */
  async remove(by: Caller, givenId: string, fate: OwnedFate): Promise<void> {
    requireAdmin(by);
    const id = storedId(givenId, 'user');
    const { audit, authentication, changes, db, logger } = this.#parts;
    const afterwards = await db.transaction(async (em) => {
      await refuseLastAdmin(em, id);
      const { username } = await lockUser(em, id);
      const after = await this.#settle(em, id, fate);
      // Tokens go with the account.
      await em.nativeDelete(User, { id });
      await audit.recordIn(em, {
        ...{ ...actorOf(by), action: 'user.delete', subject: username, outcome: 'ok' },
        details: { user_id: id, purged: fate.purge === true, transferred_to: fate.transferTo },
      });
      return after;
    });
    authentication.forgetUser(id);
    changes.tell({ kind: 'user_changed', userId: id });
    try {
      await afterwards();
    } catch (err) {
      logger.error({ event: 'users.settle', err }, 'what a deleted account owned is half settled');
    }
  }

  async #settle(em: EntityManager, id: string, fate: OwnedFate): Promise<AfterCommit> {
    const { ownedThings } = this.#parts;
    const { purge = false, transferTo } = fate;
    if (purge && transferTo !== undefined) {
      const fault = 'either transfer_to or purge, not both';
      refuseFaults({ transfer_to: fault });
    }
    if (transferTo !== undefined) {
      const heir = /^[0-9a-f-]{36}$/i.test(transferTo) ? transferTo.toLowerCase() : '';
      const found = heir === '' || heir === id ? null : await em.findOne(User, { id: heir });
      refuseFaults({
        transfer_to: found === null ? 'is not the id of another account' : undefined,
      });
      return ownedThings.transfer(em, id, heir);
    }
    if (purge) return ownedThings.purge(em, id);
    const count = await ownedThings.count(em, id);
    if (count === 0) return () => undefined;
    const things = count === 1 ? 'one thing' : `${count} things`;
    throw new TidewatchError('owns_things', `the account owns ${things}`);
  }

  async #apply(
    em: EntityManager,
    by: Caller,
    user: User,
    change: UserChange & { readonly passwordHash: string | undefined },
  ): Promise<{ user: User; touched: boolean; revoked: readonly string[] }> {
    const { enabled = user.enabled, passwordHash, role = user.role } = change;
    const { username = user.username } = change;
    const details = {
      ...(username !== user.username && { username: { from: user.username, to: username } }),
      ...(role !== user.role && { role: { from: user.role, to: role } }),
      ...(enabled !== user.enabled && { enabled: { from: user.enabled, to: enabled } }),
    };
    const touched = Object.keys(details).length > 0;
    if (!touched && passwordHash === undefined) return { user, touched, revoked: [] };
    const { audit, clock } = this.#parts;
    const subject = user.username;
    Object.assign(user, { enabled, role, username, updatedAt: new Date(clock.wall()) });
    user.usernameKey = foldUsername(username);
    user.passwordHash = passwordHash ?? user.passwordHash;
    await unlessTaken(() => em.flush());
    // Whoever knew the old password is out; who changed it stays in.
    const all = !enabled || passwordHash !== undefined;
    const kept = enabled && by.userId === user.id ? by.tokenId : undefined;
    const revoked = all ? await endLogins(em, user.id, kept) : [];
    await audit.recordIn(em, {
      ...{ ...actorOf(by), action: 'user.update', subject, outcome: 'ok' },
      details: { user_id: user.id, ...details, password: passwordHash !== undefined },
    });
    return { user, touched, revoked };
  }
}

/** People change their own password, and nothing else; an administrator everything of everybody. */
function refuseOthers(by: Caller, id: string, change: UserChange): void {
  if (by.admin) return;
  const { enabled, role, username } = change;
  const password = enabled === undefined && role === undefined && username === undefined;
  if (by.userId === id && password) return;
  requireAdmin(by);
}

function roleFault(role: string): string | undefined {
  return role === 'admin' || role === 'user' ? undefined : 'a role is admin or user';
}

async function lockUser(em: EntityManager, id: string): Promise<User> {
  const user = await em.findOne(User, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (user === null) throw notFound('user');
  return user;
}

async function unlessTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (!(cause instanceof UniqueConstraintViolationException)) throw cause;
    const fields = { username: 'there is an account of that name already' };
    throw new TidewatchError('already_exists', fields.username, { cause, fields });
  }
}
