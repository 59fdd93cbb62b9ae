import type { AuthProvider } from '../auth/provider.ts';
import { anonymousProvider, ntlmProvider } from '../auth/ntlm.ts';
import { SmbError } from '../smb-error.ts';
import { commandName } from '../wire/header.ts';
import { serverKindOf } from './diagnostics.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { Multiplexer } from './multiplexer.ts';
import type { Negotiated } from './negotiated.ts';
import { cipherName, dialectName } from './names.ts';
import { SmbSession } from './session.ts';

export interface Credentials {
  /** `user`, `DOMAIN\user` or `user@realm`. */
  readonly username?: string;
  readonly password?: string;
  readonly domain?: string;
  readonly workstation?: string;
  /** Another mechanism than NTLM: see `AuthProvider`. */
  readonly provider?: AuthProvider;
  /** Log on as nobody. */
  readonly anonymous?: boolean;
  /** Take what the server gives to users it does not know. Nothing is signed or encrypted then. */
  readonly allowGuest?: boolean;
  /** After a lost connection: the server drops the old session and its opens at once. */
  readonly previousSessionId?: bigint;
  /**
   * Called whenever the session begins to authenticate again, whoever asked for it: the caller, or a
   * request that found the session expired. Rejects when the server refuses; the session is usable
   * again when it resolves.
   */
  readonly onRenewal?: ((renewal: Promise<void>) => void) | undefined;
}

/** A negotiated connection to one server. Made by `connect`. */
export class SmbConnection {
  readonly host: string;
  readonly negotiated: Negotiated;
  readonly mux: Multiplexer;
  #sessions = new Set<SmbSession>();
  #closing: Promise<void> | undefined;

  constructor(mux: Multiplexer, negotiated: Negotiated, host: string) {
    this.mux = mux;
    this.negotiated = negotiated;
    this.host = host;
  }

  /** `host:port` as connected. */
  get remote(): string {
    return this.mux.remote;
  }

  /** Resolves with the reason when the connection has ended; never rejects. */
  get closed(): Promise<SmbError> {
    return this.mux.closed;
  }

  /**
   * Logs on (MS-SMB2 3.2.4.2.3). Throws `logon_failure`, `account_restricted`, `guest_refused`,
   * `signing_required`, `encryption_required`, or `signature_invalid`, upon which the connection
   * is over.
   */
  async authenticate(credentials: Credentials): Promise<SmbSession> {
    if (this.#closing !== undefined) throw new SmbError('closed', 'The connection is closed');
    const session: SmbSession = new SmbSession(this.mux, {
      host: this.host,
      provider: providerOf(credentials, this.mux),
      anonymous: credentials.anonymous ?? false,
      allowGuest: credentials.allowGuest ?? false,
      onClosed: () => this.#sessions.delete(session),
      onRenewal: credentials.onRenewal,
      ...(credentials.previousSessionId !== undefined && {
        previousSessionId: credentials.previousSessionId,
      }),
    });
    try {
      await session.logOn();
    } catch (error) {
      // What the other end sent is not to be trusted: nothing more may be said to it.
      if (error instanceof SmbError && error.code === 'signature_invalid') this.mux.fail(error);
      throw error;
    }
    this.#sessions.add(session);
    return session;
  }

  /** A snapshot for operators; costs nothing until it is asked for. */
  diagnostics(): Diagnostics {
    const { mux, negotiated } = this;
    const now = mux.settings.clock.now();
    const [session] = this.#sessions;
    return {
      remote: mux.remote,
      state: mux.end !== undefined ? 'closed' : this.#closing !== undefined ? 'closing' : 'open',
      dialect: dialectName(negotiated.dialect),
      serverGuid: negotiated.serverGuid.toString('hex'),
      serverKind: session?.serverKind ?? serverKindOf(negotiated.serverGuid, undefined),
      signing: negotiated.signing,
      signingRequired: (negotiated.serverSecurityMode & 2) !== 0,
      cipher: negotiated.cipher === undefined ? undefined : cipherName(negotiated.cipher),
      maxReadBytes: negotiated.maxRead,
      maxWriteBytes: negotiated.maxWrite,
      maxTransactBytes: negotiated.maxTransact,
      credits: {
        available: mux.credits.available,
        total: mux.credits.total,
        waiting: mux.credits.waiting,
      },
      asyncSlots: { pending: mux.asyncSlots.pending, limit: mux.asyncSlots.limit },
      sessions: mux.sessions.size,
      silentMs: mux.silentMs,
      strayAnswers: mux.strayAnswers,
      outstanding: [...mux.outstanding()].map((element) => ({
        command: commandName(element.command),
        messageId: element.messageId,
        ageMs: now - element.exchange.queuedAt,
        pending: element.asyncId !== 0n,
        abandoned: element.exchange.settled,
      })),
    };
  }

  /**
   * Watches and files end, trees are disconnected, sessions logged off, the socket closed: in this
   * order, and within the close time-out whatever the server does. Never throws.
   */
  close(): Promise<void> {
    this.#closing ??= this.#tearDown();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #tearDown(): Promise<void> {
    const { clock, closeTimeoutMs } = this.mux.settings;
    let timer: unknown;
    const outOfTime = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, closeTimeoutMs);
    });
    const sessions = Promise.all([...this.#sessions].map((session) => session.close()));
    await Promise.race([sessions, outOfTime, this.mux.closed]);
    clock.clearTimeout(timer);
    this.mux.fail(new SmbError('closed', `The connection to ${this.remote} was closed`));
  }
}

function providerOf(credentials: Credentials, mux: Multiplexer): AuthProvider {
  if (credentials.provider !== undefined) return credentials.provider;
  if (credentials.anonymous === true) return anonymousProvider();
  const { username, password, domain, workstation } = credentials;
  if (username === undefined || username === '') {
    throw new SmbError('invalid_argument', 'A user name is needed, or `anonymous: true`');
  }
  return ntlmProvider({
    username,
    password: password ?? '',
    random: mux.settings.random,
    ...(domain !== undefined && { domain }),
    ...(workstation !== undefined && { workstation }),
  });
}
