/**
 * Whether a page of this origin may open a WebSocket: browsers send cookies and reach private networks
 * for any page, and no other rule stops them (RFC 6455 section 10.2). Programs send no origin.
 *
 * @param host the header `Host` of the request.
 * @param allowed origins such as `https://files.example`, besides that of the server itself.
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.origin === 'null') return false;
  if (host !== undefined && URL.canParse(`${url.protocol}//${host}`)) {
    // Parsed as well, so that a default port and the case of the name make no difference.
    if (new URL(`${url.protocol}//${host}`).host === url.host) return true;
  }
  return allowed.some((one) => URL.canParse(one) && new URL(one).origin === url.origin);
}
