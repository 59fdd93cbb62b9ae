import type { AuthExchange, AuthProvider } from '../auth/provider.ts';
import { SpnegoNegotiator } from '../auth/spnego.ts';
import { createSealer } from '../crypto/sealing.ts';
import { deriveSessionKeys } from '../crypto/session-keys.ts';
import { createSigner, verifySignature } from '../crypto/signing.ts';
import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { errorForStatus, Status } from '../status.ts';
import { encodeEmptyBody } from '../wire/empty-body.ts';
import { Command, HeaderFlag } from '../wire/header.ts';
import { SecurityMode } from '../wire/negotiate.ts';
import {
  decodeSessionSetupResponse,
  encodeSessionSetupRequest,
  SessionFlag,
} from '../wire/session-setup.ts';
import { callOut } from './call-out.ts';
import type { SessionContext } from './contexts.ts';
import { serverKindOf } from './diagnostics.ts';
import type { ServerKind } from './diagnostics.ts';
import type { Multiplexer } from './multiplexer.ts';
import type { Negotiated } from './negotiated.ts';
import type { OutgoingRequest, Outcome, RequestOptions, SmbMessage } from './request.ts';
import type { SessionSecurity } from './session-security.ts';
import { SmbTree } from './tree.ts';
import { FROM_SERVER } from './verify-answer.ts';
import { SharedTrees } from './shared-trees.ts';
import { Watch } from './watch.ts';
import type { WatchOptions } from './watch-options.ts';

export interface SessionOptions {
  /** Server name as typed: for the service name and the share path. */
  host: string;
  provider: AuthProvider;
  /** The caller asked for no name at all. */
  anonymous: boolean;
  /** Take a guest session when that is what the server gives. */
  allowGuest: boolean;
  /** The session this one follows after a lost connection: the server drops its opens at once. */
  previousSessionId?: bigint;
  /** Called when it has been closed. */
  onClosed?: () => void;
  /** Called when a renewal begins, whoever asked for it. */
  onRenewal?: ((renewal: Promise<void>) => void) | undefined;
}

/** An authenticated user on a connection. Made by `connection.authenticate`. */
export class SmbSession implements SessionContext {
  readonly mux: Multiplexer;
  readonly host: string;
  readonly security: SessionSecurity = {
    sessionId: 0n,
    signer: undefined,
    sealer: undefined,
    sealAll: false,
    ended: false,
  };
  /** The server took us for a guest, or for nobody: nothing is signed or encrypted. */
  isGuest = false;
  isAnonymous = false;
  /** As far as the server's names and version tell. */
  serverKind: ServerKind = 'unknown';
  readonly trees = new Set<SmbTree>();
  #options: SessionOptions;
  #sharedTrees = new SharedTrees((share) => this.connectTree(share));
  #exchange: AuthExchange | undefined;
  #renewal: Promise<void> | undefined;
  /** How often it was renewed: an answer from before says nothing about now. */
  #renewals = 0;
  /** Why the server refuses the user: asking again and again would lock the account. */
  #refusal: SmbError | undefined;
  #closed: Promise<void> | undefined;

  constructor(mux: Multiplexer, options: SessionOptions) {
    this.mux = mux;
    this.host = options.host;
    this.#options = options;
  }

  get sessionId(): bigint {
    return this.security.sessionId;
  }

  /** When the credentials run out, in ms since 1970; undefined when they do not say (NTLM). */
  get expiresAt(): number | undefined {
    return this.#exchange?.expiresAt;
  }

  /** What the mechanism learned of the server (NTLM: version and names). */
  get exchange(): AuthExchange | undefined {
    return this.#exchange;
  }

  /** Logs on. Throws `logon_failure`, `account_restricted`, `guest_refused` and others. */
  async logOn(): Promise<void> {
    const { negotiated } = this.mux;
    if (negotiated === undefined) throw new SmbError('invalid_argument', 'Nothing negotiated yet');
    const preauth = negotiated.preauth?.copy();
    const { answer, exchange } = await this.#handshake({
      onSent: (message) => preauth?.update([message]),
      onLeg: (message) => preauth?.update([message.bytes]),
    });
    const { sessionFlags } = decodeSessionSetupResponse(answer.bytes);
    this.isGuest = (sessionFlags & SessionFlag.GUEST) !== 0;
    this.isAnonymous = (sessionFlags & SessionFlag.NULL) !== 0 || this.#options.anonymous;
    this.#exchange = exchange;
    this.serverKind = serverKindOf(negotiated.serverGuid, exchange.serverInfo);
    try {
      if (this.isGuest || this.isAnonymous) this.#acceptUnprotected(sessionFlags);
      else this.#makeKeys(negotiated, exchange, sessionFlags, preauth?.value, answer);
    } catch (error) {
      // Not what was asked for. To somebody who cannot prove who he is nothing more is said.
      if (asSmbError(error).code !== 'signature_invalid') await this.close();
      throw error;
    }
    this.mux.addSession(this.security);
  }

  /**
   * Authenticates again on the living session: keys, trees, opens and pending notifies stay
   * (MS-SMB2 3.2.4.2.3.1). Many callers share one renewal.
   */
  renew(): Promise<void> {
    if (this.#renewal !== undefined) return this.#renewal;
    const renewal = this.#renewOnce().finally(() => {
      this.#renewal = undefined;
    });
    this.#renewal = renewal;
    callOut(() => this.#options.onRenewal?.(renewal));
    return renewal;
  }

  async #renewOnce(): Promise<void> {
    try {
      const { answer, exchange } = await this.#handshake({});
      this.#checkRenewal(answer);
      this.#renewals += 1;
      this.#refusal = undefined;
      this.#exchange = exchange;
    } catch (cause) {
      const error = asSmbError(cause);
      const isRefusal = error.code === 'logon_failure' || error.code === 'account_restricted';
      if (isRefusal && error.status !== undefined) this.#refusal = error;
      // The server is in the middle of a conversation that cannot be begun anew: it would take the next
      // first token for a wrong second one, and so for a wrong password.
      if (error.code === 'timeout') this.mux.fail(error);
      throw error;
    }
  }

  /** Ends the connection when the renewal is not proved, or is somebody else's. */
  #checkRenewal({ bytes, protection }: SmbMessage): void {
    const { remote } = this.mux;
    const { sessionFlags } = decodeSessionSetupResponse(bytes);
    const isNobody = (sessionFlags & (SessionFlag.GUEST | SessionFlag.NULL)) !== 0;
    let error: SmbError | undefined;
    if (protection === 'none' && this.security.signer !== undefined) {
      error = new SmbError('signature_invalid', `${remote} renewed the session unsigned`);
    } else if (isNobody && !this.isGuest && !this.isAnonymous) {
      error = new SmbError('guest_refused', `${remote} renewed the session as that of a guest`);
    }
    if (error === undefined) return;
    this.mux.fail(error);
    throw error;
  }

  /** Requests on this session; a session that expired is renewed and the requests sent again. */
  exchangeOn(requests: readonly OutgoingRequest[], options: RequestOptions): Promise<SmbMessage[]> {
    return new Promise((resolve, reject) => {
      this.submitOn(requests, options, (error, answers) => {
        if (error === undefined) resolve(answers);
        else reject(error);
      });
    });
  }

  /** The same with a callback; see `Multiplexer.submit`. */
  submitOn(requests: readonly OutgoingRequest[], options: RequestOptions, outcome: Outcome): void {
    const { mux, security } = this;
    const onSession = options.session === security ? options : { ...options, session: security };
    // A CLOSE is done on expired sessions too (MS-SMB2 3.3.5.2.9).
    const mayWait = requests.some(({ command }) => command !== Command.CLOSE);
    if (this.#renewal !== undefined && mayWait) {
      mux.submit(requests, { ...onSession, after: this.#renewal }, outcome);
      return;
    }
    const renewals = this.#renewals;
    mux.submit(requests, onSession, (error, answers) => {
      if (answers[0]?.status !== Status.NETWORK_SESSION_EXPIRED) outcome(error, answers);
      else if (renewals !== this.#renewals) mux.submit(requests, onSession, outcome);
      else if (this.#refusal !== undefined) outcome(this.#refusal, []);
      else mux.submit(requests, { ...onSession, after: this.renew() }, outcome);
    });
  }

  /** Connects a share by its name. Throws `share_not_found`, `access_denied` and others. */
  async connectTree(share: string, options: { signal?: AbortSignal } = {}): Promise<SmbTree> {
    this.#assertOpen();
    const tree = await SmbTree.connect(this, share, options);
    this.trees.add(tree);
    return tree;
  }

  /**
   * Watches `share/dir`: see `SmbTree.watch`. All watches made here share one tree for each share,
   * which is disconnected with the last of them.
   */
  watch(path: string, options: WatchOptions = {}): Watch {
    this.#assertOpen();
    const [share = '', ...names] = path.split(/[/\\]/).filter((name) => name !== '');
    const source = this.#sharedTrees.lease(share);
    try {
      return new Watch(source, names.join('/'), options);
    } catch (error) {
      source.release?.();
      throw error;
    }
  }

  /** Disconnects the trees, logs off. Never throws; bounded by the connection's close time-out. */
  close(): Promise<void> {
    this.#closed ??= this.#logOff();
    return this.#closed;
  }

  async #logOff(): Promise<void> {
    await Promise.all([...this.trees].map((tree) => tree.close()));
    const { mux, security } = this;
    const reason = new SmbError('closed', 'The session is closed');
    mux.withdraw(({ session }) => session === security, reason);
    const logoff = { command: Command.LOGOFF, body: encodeEmptyBody() };
    const timeoutMs = mux.settings.closeTimeoutMs;
    const loggedOff = mux.exchange([logoff], { session: security, lane: 'urgent', timeoutMs });
    // Behind the LOGOFF nothing may follow: servers hang up on it, or take it for an attack.
    security.ended = true;
    // The session is over either way: a link that fails now takes it along.
    await loggedOff.catch(() => undefined);
    mux.removeSession(security, reason);
    this.#options.onClosed?.();
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new SmbError('closed', 'The session is closed');
  }

  /** One conversation of the mechanism inside SESSION_SETUP; ends with the last answer. */
  async #handshake(taps: {
    onSent?: (message: Buffer) => void;
    onLeg?: (message: SmbMessage) => void;
  }): Promise<{ answer: SmbMessage; exchange: AuthExchange }> {
    const { mux, host } = this;
    const { provider } = this.#options;
    const exchange = provider.begin({ host, spn: `cifs/${host}` });
    const hint = mux.negotiated?.securityBuffer;
    const spnego = new SpnegoNegotiator(exchange, provider.oid, hint);
    // Whoever makes the tokens may take for ever; the connection does not.
    const ended = mux.closed.then((reason): never => {
      throw reason;
    });
    let token: Buffer | undefined = await Promise.race([spnego.first(), ended]);
    for (let leg = 0; leg < SMB_DEFAULTS.maxAuthenticationLegs; leg += 1) {
      const [answer] = await mux.exchange([this.#setupRequest(token)], {
        lane: 'urgent',
        session: this.security,
        unverified: true,
        ...(taps.onSent && { onSent: taps.onSent }),
      });
      const { status, header } = answer!;
      if (status !== Status.SUCCESS && status !== Status.MORE_PROCESSING_REQUIRED) {
        throw errorForStatus(status, `Logon on ${mux.remote}`);
      }
      if (this.security.sessionId === 0n) this.security.sessionId = header.sessionId;
      const { securityBuffer, sessionFlags } = decodeSessionSetupResponse(answer!.bytes);
      if (status === Status.SUCCESS) {
        const guest = (sessionFlags & SessionFlag.GUEST) !== 0;
        await Promise.race([spnego.finish(securityBuffer, { guest }), ended]);
        return { answer: answer!, exchange };
      }
      taps.onLeg?.(answer!);
      token = await Promise.race([spnego.next(securityBuffer), ended]);
    }
    throw new SmbError('protocol_error', `Logon on ${mux.remote} comes to no end`);
  }

  #setupRequest(token: Buffer | undefined): OutgoingRequest {
    const isNew = this.mux.sessions.get(this.sessionId) === undefined;
    const body = encodeSessionSetupRequest({
      flags: 0,
      securityMode:
        SecurityMode.ENABLED |
        (this.mux.settings.signing === 'required' ? SecurityMode.REQUIRED : 0),
      capabilities: 0,
      channel: 0,
      securityBuffer: token ?? Buffer.alloc(0),
      previousSessionId: isNew ? (this.#options.previousSessionId ?? 0n) : 0n,
    });
    return { command: Command.SESSION_SETUP, body };
  }

  /** Guest and anonymous sessions have no key (MS-SMB2 3.2.5.3.1): allowed only when asked for. */
  #acceptUnprotected(sessionFlags: number): void {
    const { settings, remote } = this.mux;
    if (!this.#options.anonymous && !this.#options.allowGuest) {
      throw new SmbError('guest_refused', `${remote} mapped the user to a guest`);
    }
    if (settings.signing === 'required') {
      throw new SmbError('signing_required', `A guest session on ${remote} cannot sign`);
    }
    const demanded = (sessionFlags & SessionFlag.ENCRYPT_DATA) !== 0;
    if (settings.encryption === 'required' || demanded) {
      throw new SmbError('encryption_required', `A guest session on ${remote} cannot encrypt`);
    }
  }

  #makeKeys(
    negotiated: Negotiated,
    exchange: AuthExchange,
    sessionFlags: number,
    preauthHash: Buffer | undefined,
    answer: SmbMessage,
  ): void {
    const { dialect, cipher, signing, preauth } = negotiated;
    const { settings, remote } = this.mux;
    const keys = deriveSessionKeys({
      dialect,
      sessionKey: exchange.sessionKey(),
      ...(cipher !== undefined && { cipher }),
      ...(preauthHash !== undefined && { preauthHash }),
    });
    const signer = createSigner(signing, keys.signingKey);
    // 3.1.1 proves with this signature that nobody altered the negotiation (3.2.5.3.1).
    const signed = (answer.header.flags & HeaderFlag.SIGNED) !== 0;
    if (preauth !== undefined && !signed) {
      throw new SmbError('signature_invalid', `${remote} did not sign the end of the logon`);
    }
    if (signed && !verifySignature(signer, [answer.bytes], answer.header.messageId, FROM_SERVER)) {
      throw new SmbError('signature_invalid', `${remote} signed the end of the logon wrongly`);
    }
    this.security.signer = signer;
    const { encryptionKey, decryptionKey } = keys;
    if (cipher !== undefined && encryptionKey !== undefined && decryptionKey !== undefined) {
      const { random } = settings;
      this.security.sealer = createSealer(cipher, encryptionKey, decryptionKey, random);
    }
    const demanded = (sessionFlags & SessionFlag.ENCRYPT_DATA) !== 0;
    if (demanded && this.security.sealer === undefined) {
      throw new SmbError('encryption_required', `${remote} demands encryption without a cipher`);
    }
    this.security.sealAll =
      this.security.sealer !== undefined && (demanded || settings.encryption !== 'on-demand');
  }
}

function asSmbError(error: unknown): SmbError {
  if (error instanceof SmbError) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new SmbError('session_expired', `The session could not be renewed: ${what}`, {
    cause: error,
  });
}
