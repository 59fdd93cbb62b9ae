import type { Database } from '../db/database.ts';
import type { AccountParts } from './account-parts.ts';
import type {
  AccountChange,
  LoginResult,
  NewToken,
  NewUser,
  Origin,
  OwnedFate,
  OwnedThings,
  Page,
  Slice,
  TokenInfo,
  UserChange,
  UserInfo,
} from './account-types.ts';
import type { AuditTrail } from './audit/audit-trail.ts';
import type { Caller } from './caller.ts';
import { Listeners } from './listeners.ts';
import { LoginLimits } from './logins/login-limits.ts';
import { Logins } from './logins/logins.ts';
import { Passwords } from './passwords/passwords.ts';
import { Authentication } from './tokens/authentication.ts';
import { TokenExpiry } from './tokens/token-expiry.ts';
import { TokenUses } from './tokens/token-uses.ts';
import { Tokens } from './tokens/tokens.ts';
import { Users } from './users/users.ts';
import type { World } from './world.ts';

export interface AccountsOptions extends World {
  readonly db: Database;
  readonly audit: AuditTrail;
  readonly ownedThings: OwnedThings;
  /** Milliseconds that a login counts, as the settings say at the moment. */
  readonly loginLifetimeMs: () => number;
  /** The bearer token of the environment, which counts as an admin. */
  readonly fixedToken?: string;
  /** Tests bring cheaper ones. */
  readonly passwords?: Passwords;
}

/** Who may come in: accounts, logins, tokens. */
export class Accounts {
  readonly #parts: AccountParts;
  readonly #logins: Logins;
  readonly #tokens: Tokens;
  readonly #users: Users;

  private constructor(options: AccountsOptions) {
    const { clock, db, fixedToken, logger } = options;
    const uses = new TokenUses(db, options);
    const authentication = new Authentication(db, clock, uses, fixedToken);
    const changes = new Listeners<AccountChange>(logger);
    const expiry = new TokenExpiry(db, options, (tokenId) => {
      authentication.forgetToken(tokenId);
      changes.tell({ kind: 'token_expired', tokenId });
    });
    const limits = new LoginLimits(clock);
    const { passwords = new Passwords() } = options;
    this.#parts = { ...options, authentication, changes, expiry, limits, passwords, uses };
    this.#logins = new Logins(this.#parts);
    this.#tokens = new Tokens(this.#parts);
    this.#users = new Users(this.#parts);
  }

  static async open(options: AccountsOptions): Promise<Accounts> {
    const accounts = new Accounts(options);
    await accounts.#parts.expiry.start();
    return accounts;
  }

  /** Throws `bad_login`, `too_many_attempts` with `retryAfterMs`. */
  login(username: string, password: string, origin: Origin): Promise<LoginResult> {
    return this.#logins.login(username, password, origin);
  }

  logout(caller: Caller): Promise<void> {
    return this.#logins.logout(caller);
  }

  /** Whom a token belongs to; undefined when to nobody (any more). */
  authenticate(token: string): Promise<Caller | undefined> {
    return this.#parts.authentication.authenticate(token);
  }

  /** Whether who was let in before still may: the same caller as of now, or undefined. */
  stillValid(caller: Caller): Promise<Caller | undefined> {
    return this.#parts.authentication.stillValid(caller);
  }

  /** Undefined for callers without an account. */
  async me({ userId }: Caller): Promise<UserInfo | undefined> {
    return userId === undefined ? undefined : this.#users.byId(userId);
  }

  users(page: Page): Promise<Slice<UserInfo>> {
    return this.#users.list(page);
  }

  /** By name, in any spelling. */
  userNamed(username: string): Promise<UserInfo | undefined> {
    return this.#users.byName(username);
  }

  /** Throws `forbidden`, `invalid_argument` with `fields`, `already_exists`. */
  createUser(by: Caller, user: NewUser): Promise<UserInfo> {
    return this.#users.create(by, user);
  }

  /** Throws `forbidden`, `not_found`, `invalid_argument` with `fields`, `already_exists`, `last_admin`. */
  updateUser(by: Caller, id: string, change: UserChange): Promise<UserInfo> {
    return this.#users.update(by, id, change);
  }

  /** Throws `owns_things` unless told what to do with them, `last_admin`, `not_found`, `forbidden`. */
  deleteUser(by: Caller, id: string, fate: OwnedFate): Promise<void> {
    return this.#users.remove(by, id, fate);
  }

  tokens(caller: Caller, page: Page): Promise<Slice<TokenInfo>> {
    return this.#tokens.list(caller, page);
  }

  /** Throws `forbidden`, `invalid_argument` with `fields`. */
  createToken(
    caller: Caller,
    token: { readonly name: string; readonly expiresAt?: Date },
  ): Promise<NewToken> {
    return this.#tokens.create(caller, token);
  }

  /** Throws `not_found`. */
  deleteToken(caller: Caller, id: string): Promise<void> {
    return this.#tokens.remove(caller, id);
  }

  /** Returns how to stop listening. */
  onAccessChange(listener: (change: AccountChange) => void): () => void {
    return this.#parts.changes.add(listener);
  }

  /** Writes what is left, stops its timers. The database stays open. */
  async close(): Promise<void> {
    await this.#parts.expiry.close();
    await this.#parts.uses.close();
  }
}
