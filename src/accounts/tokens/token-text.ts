import { createHash, randomBytes } from 'node:crypto';

export type TokenKind = 'login' | 'api';

const BYTES = 32;
/** By these, programs that look for leaked secrets recognise them, and people tell them apart. */
const PREFIXES: Readonly<Record<TokenKind, string>> = { login: 'tw_login_', api: 'tw_api_' };
const TOKEN = /^tw_(login|api)_[\w-]{43}$/;

/** A token nobody guesses, and what is stored of it. */
export function makeToken(kind: TokenKind): { readonly token: string; readonly hash: Buffer } {
  const token = `${PREFIXES[kind]}${randomBytes(BYTES).toString('base64url')}`;
  return { token, hash: hashToken(token) };
}

/**
 * What a token is found by: SHA-256 without salt is enough for 256 random bits, and how long looking a
 * hash up takes tells nothing of the token.
 */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Whether it can be a token at all: what cannot is not looked for. */
export function looksLikeToken(text: string): boolean {
  return TOKEN.test(text);
}
