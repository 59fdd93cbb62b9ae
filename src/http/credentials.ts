import type { IncomingMessage } from 'node:http';
import type { Access } from './access.ts';
import { bearerToken, ownerOf } from './authentication.ts';
import type { Authenticator, Principal } from './authentication.ts';
import type { Tickets } from './tickets.ts';

export interface CredentialSources {
  /** `?token=` counts, as older clients of `/api/ws` send it. */
  readonly tokenInAddress: boolean;
  readonly access: Access;
  readonly authenticator: Authenticator;
  readonly tickets: Tickets;
}

/**
 * Whom a WebSocket says it is by its address or its headers; undefined when it says nothing of that, so
 * that its first message has to. A ticket is used up by this.
 */
export function presentedCredentials(
  request: IncomingMessage,
  query: URLSearchParams,
  { access, authenticator, tickets, tokenInAddress }: CredentialSources,
): Promise<Principal | undefined> | undefined {
  const ticket = query.get('ticket');
  if (ticket !== null) {
    const holder = tickets.redeem(ticket);
    // Much may have become of whom it was given to.
    return holder === undefined ? Promise.resolve(undefined) : access.current(holder);
  }
  const inAddress = tokenInAddress ? query.get('token') : null;
  const token = inAddress ?? bearerToken(request.headers.authorization);
  // `?token=` with nothing behind it is a client that has none, not one that sends it later.
  return token === undefined ? undefined : ownerOf(authenticator, token);
}
