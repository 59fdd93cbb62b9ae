import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../app/index.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/**
 * Who stands behind a request. `admin`: may see everything of the runtime, its actors included. What else
 * there is of a caller stands for an account; a host that has its own leaves it out.
 */
export type Principal = Caller;

/** Tells whom a token belongs to; undefined when to nobody (any more). */
export interface Authenticator {
  authenticate(token: string): Promise<Principal | undefined>;
}

/**
 * Whom a token belongs to, whatever an authenticator of a host does: what it throws at once is a failure
 * of this one request as well.
 */
export async function ownerOf(
  authenticator: Authenticator,
  token: string,
): Promise<Principal | undefined> {
  return authenticator.authenticate(token);
}

/**
 * Accepts one token, as that of an administrator, and compares in constant time.
 *
 * @throws TidewatchError `invalid_argument` for an empty token, which `?token=` would be enough for.
 */
export function singleToken(token: string): Authenticator {
  if (token === '') throw new TidewatchError('invalid_argument', 'the access token is empty');
  const expected = digest(token);
  const principal: Principal = { name: 'token', admin: true };
  return {
    authenticate: (given) =>
      Promise.resolve(timingSafeEqual(digest(given), expected) ? principal : undefined),
  };
}

/** The token of a header `Authorization: Bearer TOKEN` (RFC 6750 section 2.1). */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([^\s]+) *$/i.exec(header ?? '')?.[1];
}

/** Digests have one length, and comparing them tells nothing of the token. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
