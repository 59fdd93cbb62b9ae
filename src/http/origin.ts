import { isIP } from 'node:net';

export interface OriginRules {
  /** Origins such as `https://files.example`, besides that of the server itself. */
  readonly allowed: readonly string[];
  /** Where people reach the server; names that lead to it otherwise do not count then. */
  readonly publicUrl?: string | undefined;
}

/**
 * Whether a page of this origin may open a WebSocket and send requests: browsers reach private networks
 * for any page, and no other rule stops them (RFC 6455 section 10.2). Programs send no origin.
 *
 * @param host name and port that the request was sent to.
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  { allowed, publicUrl }: OriginRules,
): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.origin === 'null') return false;
  if (isOwn(url, host, publicUrl)) return true;
  const listed = publicUrl === undefined ? allowed : [...allowed, publicUrl];
  return listed.some((one) => URL.canParse(one) && new URL(one).origin === url.origin);
}

function isOwn(page: URL, host: string | undefined, publicUrl: string | undefined): boolean {
  if (host === undefined || !URL.canParse(`${page.protocol}//${host}`)) return false;
  // Parsed as well, so that a default port and the case of the name make no difference.
  const own = new URL(`${page.protocol}//${host}`);
  if (own.host !== page.host) return false;
  // Somebody else's name can be made to lead here (DNS rebinding); a bare address is nobody's name.
  return publicUrl === undefined || isBare(own.hostname);
}

function isBare(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}
