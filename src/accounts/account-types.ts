import type { EntityManager } from '../db/database.ts';
import type { Role } from './caller.ts';

/** An account as it leaves the server: no hash of a password. */
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

/** What became of somebody's access. */
export type AccountChange =
  | { readonly kind: 'token_revoked' | 'token_expired'; readonly tokenId: string }
  /** Role, name or state of the account is another one, or it is gone. */
  | { readonly kind: 'user_changed'; readonly userId: string };

/** Where a request comes from. */
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

/** What accounts own, which others than accounts know about. */
export interface OwnedThings {
  /** How many the account owns. */
  count(em: EntityManager, userId: string): Promise<number>;
  /** As part of the transaction. Returns what is left to do once it is through. */
  transfer(em: EntityManager, from: string, to: string): Promise<AfterCommit>;
  purge(em: EntityManager, userId: string): Promise<AfterCommit>;
}

export type AfterCommit = () => void | Promise<void>;
