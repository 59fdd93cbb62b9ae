import { randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** A token nobody guesses, for one run of the server. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** The token that the environment sets, in `TIDEWATCH_TOKEN`; an empty one is none. */
export function tokenFrom(
  env: Readonly<Record<string, string | undefined>>,
): { readonly token: string } | undefined {
  const token = env['TIDEWATCH_TOKEN'];
  return token === undefined || token === '' ? undefined : { token };
}
