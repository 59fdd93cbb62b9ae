import type { ErrorCode } from '../errors/codes.ts';
import type { CacheState } from '../machines/cache-state.ts';

/**
 * What a server has besides its runtime: accounts, saved connections, settings, a record of who did
 * what. HTTP sees only this; it knows neither the database nor a secret. Times are ISO 8601 UTC.
 *
 * Some shapes stand in `accounts` as well: taken from there they would bring the types of the database
 * into every program that uses the library.
 */
export interface Services {
  readonly accounts: Accounts;
  readonly connections: SavedConnections;
  readonly settings: Settings;
  readonly audit: Audit;
}

/** The account that a first start makes. */
export interface FirstAdmin {
  readonly username: string;
  /** Of a password that was made here, to be shown once; absent for the one of the environment. */
  readonly password?: string;
  /** Where that password is kept. */
  readonly passwordFile?: string;
}

export type Role = 'admin' | 'user';

/** Who asks. Those of `TIDEWATCH_TOKEN` and the command line are admins without an account. */
export interface Caller {
  /** For people and the audit log. */
  readonly name: string;
  readonly admin: boolean;
  /** UUID of the account. */
  readonly userId?: string | undefined;
  /** UUID of the token or login that was shown. */
  readonly tokenId?: string | undefined;
  /** Milliseconds since 1970 at which the token ends. */
  readonly expiresAt?: number | undefined;
  /** Where this request comes from, for the audit log; absent for what no network brought. */
  readonly address?: string | undefined;
}

/** Where a request comes from, as the audit log and the limits of logins see it. */
export interface Origin {
  readonly address: string;
}

export interface Page {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

export interface Slice<T> {
  readonly items: readonly T[];
  readonly total: number;
}

export interface UserInfo {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  readonly enabled: boolean;
  readonly created_at: string;
  readonly last_login_at?: string;
}

export interface LoginResult {
  /** Shown once. */
  readonly token: string;
  readonly expires_at: string;
  readonly user: UserInfo;
}

export interface TokenInfo {
  readonly id: string;
  readonly name: string;
  readonly kind: 'login' | 'api';
  readonly created_at: string;
  readonly expires_at?: string;
  readonly last_used_at?: string;
}

export interface NewToken extends TokenInfo {
  /** Shown once. */
  readonly token: string;
}

/** What became of somebody's access, so that open sockets are looked at again. */
export type AccessChange =
  | { readonly kind: 'token_revoked' | 'token_expired'; readonly tokenId: string }
  /** Role, name or state of the account is another one, or it is gone. */
  | { readonly kind: 'user_changed'; readonly userId: string }
  /** Who may see the connection, or what it leads to. */
  | { readonly kind: 'connection_changed' | 'connection_removed'; readonly connectionId: string };

export interface Accounts {
  /** Throws `bad_login`, `too_many_attempts` with `retryAfterMs`. */
  login(username: string, password: string, origin: Origin): Promise<LoginResult>;
  logout(caller: Caller): Promise<void>;
  /** Whom a token belongs to; undefined when to nobody (any more). */
  authenticate(token: string): Promise<Caller | undefined>;
  /** Whether who was let in before still may: the same caller as of now, or undefined. */
  stillValid(caller: Caller): Promise<Caller | undefined>;
  me(caller: Caller): Promise<UserInfo | undefined>;
  users(page: Page): Promise<Slice<UserInfo>>;
  createUser(by: Caller, user: NewUser): Promise<UserInfo>;
  updateUser(by: Caller, id: string, change: UserChange): Promise<UserInfo>;
  /** Throws `owns_things` unless told what to do with them, `last_admin`. */
  deleteUser(by: Caller, id: string, fate: OwnedFate): Promise<void>;
  tokens(caller: Caller, page: Page): Promise<Slice<TokenInfo>>;
  createToken(caller: Caller, token: { name: string; expiresAt?: Date }): Promise<NewToken>;
  deleteToken(caller: Caller, id: string): Promise<void>;
  /** Returns how to stop listening. */
  onAccessChange(listener: (change: AccessChange) => void): () => void;
}

export interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly role: Role;
}

export interface UserChange {
  readonly username?: string;
  readonly password?: string;
  readonly role?: Role;
  readonly enabled?: boolean;
  /** Of the one who changes a password of their own. */
  readonly currentPassword?: string;
}

/** What becomes of what a deleted account owns. */
export interface OwnedFate {
  /** UUID of the account that gets it. */
  readonly transferTo?: string | undefined;
  readonly purge?: boolean | undefined;
}

export type ConnectionType = 'smb' | 'local' | 's3';
export type Scope = 'private' | 'shared';

/** A saved connection as it leaves the server: no secrets. Fields as in section 5 of the contract. */
export interface SavedConnectionInfo {
  readonly id: string;
  readonly name: string;
  readonly type: ConnectionType;
  readonly scope: Scope;
  readonly read_only: boolean;
  /** Username of who it belongs to; absent for those of the command line. */
  readonly owner?: string;
  readonly host?: string;
  readonly port?: number;
  readonly share_name?: string;
  readonly path_prefix?: string;
  readonly username?: string;
  readonly domain?: string;
  readonly has_password?: boolean;
  readonly require_signing?: boolean;
  readonly require_encryption?: boolean;
  readonly bucket?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly path_style?: boolean;
  readonly access_key?: string;
  readonly has_secret_key?: boolean;
  readonly root_path?: string;
  /** Of the directory cache. */
  readonly index_files?: boolean;
  readonly include_hidden?: boolean;
  readonly watch_budget?: number;
  readonly rescan_interval_minutes?: number;
  readonly created_at?: string;
  readonly updated_at?: string;
  /** Grows by one with each change; for `If-Match`. Absent for those of the command line. */
  readonly version?: number;
}

/** What a client sends: with `null` a field is cleared, what is absent is kept. */
export interface ConnectionFields {
  readonly name?: string;
  readonly type?: ConnectionType;
  readonly scope?: Scope;
  readonly host?: string | null;
  readonly port?: number | null;
  readonly share_name?: string | null;
  readonly path_prefix?: string | null;
  readonly username?: string | null;
  readonly domain?: string | null;
  readonly password?: string | null;
  readonly require_signing?: boolean | null;
  readonly require_encryption?: boolean | null;
  readonly bucket?: string | null;
  readonly endpoint?: string | null;
  readonly region?: string | null;
  readonly path_style?: boolean | null;
  readonly access_key?: string | null;
  readonly secret_key?: string | null;
  readonly root_path?: string | null;
  readonly index_files?: boolean | null;
  readonly include_hidden?: boolean | null;
  readonly watch_budget?: number | null;
  readonly rescan_interval_minutes?: number | null;
}

export const CONNECTION_STAGES = [
  'dns',
  'tcp',
  'negotiate',
  'auth',
  'tree',
  'open',
  'notify',
] as const;

export type StageName = (typeof CONNECTION_STAGES)[number];

export interface ConnectionStage {
  readonly stage: StageName;
  /** `unverified`: could not be tried without writing. `skipped`: a stage before it failed. */
  readonly outcome: 'ok' | 'unverified' | 'failed' | 'skipped';
  readonly ok: boolean;
  readonly ms: number;
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly remedy?: string;
}

export interface ConnectionTest {
  readonly ok: boolean;
  readonly stages: readonly ConnectionStage[];
  readonly dialect?: string;
  readonly signing?: string;
  readonly cipher?: string;
  readonly server_kind?: string;
  /** Such as the largest read or the slots of a connection. */
  readonly limits?: Readonly<Record<string, number>>;
}

export interface ListedEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link';
  readonly size: number;
  readonly modified_at: string;
  readonly created_at?: string;
  readonly file_id?: string;
}

export interface SavedConnections {
  /** Those the caller may see, by name. */
  list(caller: Caller, page: Page): Promise<Slice<SavedConnectionInfo>>;
  /** Throws `not_found`, also for what the caller may not see. By UUID in any spelling, or by name. */
  get(caller: Caller, id: string): Promise<SavedConnectionInfo>;
  /** Whether the caller may use it now; for sockets, at once, from memory. */
  mayUse(caller: Caller, id: string): boolean;
  create(caller: Caller, fields: ConnectionFields): Promise<SavedConnectionInfo>;
  /** Throws `precondition_failed` when `version` is not the one stored, `secret_required`. */
  update(
    caller: Caller,
    id: string,
    fields: ConnectionFields,
    version?: number,
  ): Promise<SavedConnectionInfo>;
  remove(caller: Caller, id: string, version?: number): Promise<void>;
  /** Of a saved one, with changes to it that are not saved, or of fields alone. */
  test(
    caller: Caller,
    what: { id?: string; fields?: ConnectionFields; path?: string },
    signal: AbortSignal,
  ): Promise<ConnectionTest>;
  /** One directory, live, page by page; complete or it throws. */
  entries(
    caller: Caller,
    id: string,
    path: string,
    signal: AbortSignal,
  ): Promise<AsyncIterable<readonly ListedEntry[]>>;
}

export interface SettingInfo {
  readonly key: string;
  /** Absent for secrets. */
  readonly value?: unknown;
  readonly has_value?: boolean;
  readonly default: unknown;
  readonly source: 'default' | 'database' | 'environment';
  readonly description: string;
}

export interface Settings {
  list(): readonly SettingInfo[];
  /** All or nothing; `null` goes back to the default. Throws `invalid_argument` with `fields`. */
  update(by: Caller, values: Readonly<Record<string, unknown>>): Promise<readonly SettingInfo[]>;
  /** The value that counts now. */
  value(key: string): unknown;
  onChange(listener: (keys: readonly string[]) => void): () => void;
}

export interface AuditRecord {
  readonly id: string;
  readonly at: string;
  /** Name of who did it. */
  readonly actor: string;
  readonly action: string;
  readonly subject?: string;
  readonly outcome: 'ok' | 'refused';
  readonly address?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Audit {
  record(entry: Omit<AuditRecord, 'id' | 'at'>): Promise<void>;
  /** Newest first; `after`: older than the record of this id. */
  list(query: { after?: string; limit: number; action?: string }): Promise<readonly AuditRecord[]>;
}

export const CACHE_STATES = [
  'loading',
  'scanning',
  'ready',
  'resyncing',
  'stale',
  'failed',
] as const satisfies readonly CacheState[];
