/** Whom a logon is for. */
export interface AuthTarget {
  /** The host as the caller typed it: a name or an address. */
  readonly host: string;
  /** The service principal name, `cifs/` and the host. */
  readonly spn: string;
}

/**
 * One way to log on. NTLM is built in; anything that produces GSS tokens and a session key, such as
 * Kerberos, can be plugged in through this interface:
 *
 * - `begin` is called for every logon, also when a session is renewed in place, so it has to come
 *   up with fresh credentials each time;
 * - the tokens are those of the mechanism alone; SPNEGO is put around them and taken off outside.
 *
 * A provider must not show its secrets to `util.inspect` or `JSON.stringify`.
 */
export interface AuthProvider {
  /** For messages and diagnostics: `ntlm`, `kerberos`. */
  readonly name: string;
  /** The mechanism's object identifier in dotted form, such as `1.2.840.113554.1.2.2`. */
  readonly oid: string;
  begin(target: AuthTarget): AuthExchange;
}

/** One run of a mechanism: tokens go to and fro until it is done. */
export interface AuthExchange {
  /**
   * Takes the server's token, undefined at the start, and gives the next one to send; undefined
   * when nothing more is to be sent. Rejects with an `SmbError` when the server's token is
   * malformed (`protocol_error`) or the logon cannot be done (`logon_failure`, `unsupported`).
   */
  step(token: Buffer | undefined): Promise<Buffer | undefined>;
  /** Only the verdict of the server is missing: nothing more is to be said, the session key exists. */
  readonly done: boolean;
  /**
   * The whole session key, once `done`: 16 bytes of NTLM, for Kerberos those of the context's key.
   * The caller does not change it.
   */
  sessionKey(): Buffer;
  /**
   * GSS_GetMIC and GSS_VerifyMIC of the context, used for SPNEGO's mechListMIC. Both or neither;
   * a mechanism without them works wherever the server does not insist.
   */
  mic?(data: Buffer): Buffer | Promise<Buffer>;
  verifyMic?(data: Buffer, mic: Buffer): boolean | Promise<boolean>;
  /** When the credentials end, in milliseconds since 1970; undefined when they do not. */
  readonly expiresAt?: number | undefined;
  /** No user stands behind this logon: the session can neither sign nor encrypt. */
  readonly anonymous?: boolean | undefined;
  /** What the server told about itself on the way; never to be trusted. */
  readonly serverInfo?: AuthServerInfo | undefined;
}

/** Names and version that an NTLM challenge carries (MS-NLMP 2.2.1.2, 2.2.2.1). Unauthenticated. */
export interface AuthServerInfo {
  readonly versionMajor?: number | undefined;
  readonly versionMinor?: number | undefined;
  readonly build?: number | undefined;
  readonly targetName?: string | undefined;
  readonly netbiosComputerName?: string | undefined;
  readonly netbiosDomainName?: string | undefined;
  readonly dnsComputerName?: string | undefined;
  readonly dnsDomainName?: string | undefined;
  readonly dnsForestName?: string | undefined;
  /** The server's clock, in milliseconds since 1970. */
  readonly timestamp?: number | undefined;
}
