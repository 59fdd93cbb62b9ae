import { randomUUID } from 'node:crypto';
import type {
  AccessChange,
  Accounts,
  Caller,
  LoginResult,
  NewToken,
  NewUser,
  Origin,
  OwnedFate,
  Page,
  Slice,
  TokenInfo,
  UserChange,
  UserInfo,
} from '../../src/app/index.ts';
import { TidewatchError } from '../../src/errors/tidewatch-error.ts';

/** What an implementation keeps of an account; none of it but `info` may leave. */
interface Account {
  info: UserInfo;
  readonly password_hash: string;
  password: string;
}

interface Token {
  info: TokenInfo;
  readonly secret: string;
  readonly userId: string;
  expiresAt: number | undefined;
}

const TOLD = '2026-01-01T12:00:00.000Z';
const LOGIN_MS = 3_600_000;

/** What becomes of what an account owns. */
export interface FakeOwned {
  count(userId: string): number;
  transfer(from: string, to: string): void;
  purge(userId: string): void;
}

/** Accounts in memory, honest about who may do what. Objects carry more than their interfaces say. */
export class FakeAccounts implements Accounts {
  readonly people = new Map<string, Account>();
  readonly issued = new Map<string, Token>();
  readonly logins: Origin[] = [];
  readonly callers: Caller[] = [];
  /** Held back answers of `stillValid` and `authenticate`, for races. */
  gate: Promise<void> | undefined;
  owned: FakeOwned | undefined;
  /** That of the environment. */
  fixedToken: string | undefined;
  readonly #canary: string;
  readonly #wall: () => number;
  readonly #listeners = new Set<(change: AccessChange) => void>();

  constructor(canary: string, wall: () => number) {
    this.#canary = canary;
    this.#wall = wall;
  }

  get listening(): number {
    return this.#listeners.size;
  }

  add(username: string, role: 'admin' | 'user', password = 'a password'): UserInfo {
    const id = randomUUID();
    const base = { id, username, role, enabled: true, created_at: TOLD };
    const info: UserInfo = Object.assign(base, { password_hash: this.#canary });
    this.people.set(id, { info, password, password_hash: this.#canary });
    return info;
  }

  /** A token of the account, as its owner has it. */
  tokenOf(userId: string, expiresAt?: number): string {
    return this.#token(userId, 'api', 'made by the test', expiresAt).token;
  }

  tell(change: AccessChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }

  login(username: string, password: string, origin: Origin): Promise<LoginResult> {
    this.logins.push(origin);
    if (username === 'locked') {
      const text = 'too many logins failed';
      return refused('too_many_attempts', text, { retryAfterMs: 29_500 });
    }
    const found = [...this.people.values()].find(({ info }) => info.username === username);
    if (found === undefined || found.password !== password || !found.info.enabled) {
      return refused('bad_login', 'the name or the password is wrong');
    }
    const made = this.#token(found.info.id, 'login', 'login', this.#wall() + LOGIN_MS);
    const expires_at = new Date(this.#wall() + LOGIN_MS).toISOString();
    return Promise.resolve({ token: made.token, expires_at, user: found.info });
  }

  logout({ tokenId }: Caller): Promise<void> {
    if (tokenId !== undefined) this.#revoke(tokenId);
    return Promise.resolve();
  }

  async authenticate(token: string): Promise<Caller | undefined> {
    if (token === this.fixedToken) return { name: 'token', admin: true };
    const found = [...this.issued.values()].find(({ secret }) => secret === token);
    const caller = found === undefined ? undefined : this.#callerOf(found);
    await this.gate;
    return caller;
  }

  async stillValid(caller: Caller): Promise<Caller | undefined> {
    await this.gate;
    if (caller.userId === undefined) return caller;
    const found = this.issued.get(caller.tokenId ?? '');
    return found === undefined ? undefined : this.#callerOf(found);
  }

  me({ userId }: Caller): Promise<UserInfo | undefined> {
    return Promise.resolve(this.people.get(userId ?? '')?.info);
  }

  users(page: Page): Promise<Slice<UserInfo>> {
    return Promise.resolve(
      slice(
        [...this.people.values()].map(({ info }) => info),
        page,
      ),
    );
  }

  createUser(by: Caller, { password, role, username }: NewUser): Promise<UserInfo> {
    this.callers.push(by);
    const taken = [...this.people.values()].some(({ info }) => info.username === username);
    if (taken) return refused('already_exists', 'there is an account of that name');
    return Promise.resolve(this.add(username, role, password));
  }

  updateUser(by: Caller, id: string, change: UserChange): Promise<UserInfo> {
    this.callers.push(by);
    const found = this.people.get(id);
    if (found === undefined) return refused('not_found', 'there is no such account');
    const { currentPassword, password, ...rest } = change;
    if (password !== undefined && by.userId === id && currentPassword !== found.password) {
      return refused('bad_login', 'the current password is wrong');
    }
    const isLess = rest.role === 'user' || rest.enabled === false;
    if (isLess && found.info.role === 'admin' && this.#admins() === 1) {
      return refused('last_admin', 'nobody would be left to administer the server');
    }
    found.info = { ...found.info, ...rest };
    if (password !== undefined) found.password = password;
    this.tell({ kind: 'user_changed', userId: id });
    return Promise.resolve(found.info);
  }

  deleteUser(_by: Caller, id: string, { purge, transferTo }: OwnedFate): Promise<void> {
    const found = this.people.get(id);
    if (found === undefined) return refused('not_found', 'there is no such account');
    if (found.info.role === 'admin' && this.#admins() === 1) {
      return refused('last_admin', 'nobody would be left to administer the server');
    }
    if (transferTo !== undefined) this.owned?.transfer(id, transferTo);
    else if (purge === true) this.owned?.purge(id);
    else if ((this.owned?.count(id) ?? 0) > 0) {
      return refused('owns_things', 'the account owns a connection');
    }
    this.people.delete(id);
    for (const [tokenId, { userId }] of this.issued) {
      if (userId === id) this.issued.delete(tokenId);
    }
    this.tell({ kind: 'user_changed', userId: id });
    return Promise.resolve();
  }

  tokens({ userId }: Caller, page: Page): Promise<Slice<TokenInfo>> {
    const own = [...this.issued.values()].filter((one) => one.userId === userId);
    return Promise.resolve(
      slice(
        own.map(({ info }) => info),
        page,
      ),
    );
  }

  createToken(
    { userId }: Caller,
    { expiresAt, name }: { name: string; expiresAt?: Date },
  ): Promise<NewToken> {
    if (userId === undefined) return refused('forbidden', 'the token belongs to no account');
    return Promise.resolve(this.#token(userId, 'api', name, expiresAt?.getTime()));
  }

  deleteToken({ userId }: Caller, id: string): Promise<void> {
    if (this.issued.get(id)?.userId !== userId) {
      return refused('not_found', 'there is no such token');
    }
    this.#revoke(id);
    return Promise.resolve();
  }

  onAccessChange(listener: (change: AccessChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #admins(): number {
    const all = [...this.people.values()];
    return all.filter(({ info }) => info.role === 'admin' && info.enabled).length;
  }

  #revoke(tokenId: string): void {
    this.issued.delete(tokenId);
    this.tell({ kind: 'token_revoked', tokenId });
  }

  #token(
    userId: string,
    kind: 'login' | 'api',
    name: string,
    expiresAt: number | undefined,
  ): NewToken {
    const id = randomUUID();
    const expires =
      expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() };
    const base = { id, name, kind, created_at: TOLD, ...expires };
    const info: TokenInfo = Object.assign(base, { token_hash: this.#canary });
    const secret = `secret-${id}`;
    this.issued.set(id, { info, secret, userId, expiresAt });
    return { ...info, token: secret };
  }

  #callerOf({ expiresAt, info, userId }: Token): Caller | undefined {
    const account = this.people.get(userId)?.info;
    if (account === undefined || !account.enabled) return undefined;
    if (expiresAt !== undefined && expiresAt <= this.#wall()) return undefined;
    const { role, username } = account;
    const ends = expiresAt === undefined ? {} : { expiresAt };
    return { name: username, admin: role === 'admin', userId, tokenId: info.id, ...ends };
  }
}

export function slice<T>(all: readonly T[], { page, pageSize }: Page): Slice<T> {
  const start = (page - 1) * pageSize;
  return { items: all.slice(start, start + pageSize), total: all.length };
}

export function refused(
  code: ConstructorParameters<typeof TidewatchError>[0],
  message: string,
  options: ConstructorParameters<typeof TidewatchError>[2] = {},
): Promise<never> {
  return Promise.reject(new TidewatchError(code, message, options));
}
