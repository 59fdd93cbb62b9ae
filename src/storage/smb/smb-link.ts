import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { SmbError, connect, connectTcp } from '../../smb/index.ts';
import type {
  Clock,
  RandomSource,
  SmbConnection,
  SmbSession,
  TcpOptions,
  Transport,
} from '../../smb/index.ts';
import { refusalOf } from '../address-policy.ts';
import type { SmbTarget } from '../target.ts';
import { TreeLeases } from './tree-leases.ts';
import type { TreeLease } from './tree-leases.ts';

/** The network as a link sees it; simulations bring their own. */
export interface SmbNetwork {
  /** The address of a name. Throws `unreachable` when there is none. */
  resolve(host: string, signal: AbortSignal): Promise<string>;
  /** The addresses of this machine. */
  ownAddresses?: (() => readonly string[]) | undefined;
  /** A connection to an address that was resolved, and so may be checked. */
  dial(options: TcpOptions): Promise<Transport>;
  readonly clock?: Clock | undefined;
  readonly random?: RandomSource | undefined;
}

export const systemNetwork: SmbNetwork = {
  async resolve(host) {
    if (isIP(host) !== 0) return host;
    try {
      return (await lookup(host)).address;
    } catch (cause) {
      throw new TidewatchError('unreachable', `There is no address of ${host}`, { cause });
    }
  },
  ownAddresses: () =>
    Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []),
  dial: connectTcp,
};

export interface SmbLinkOptions {
  readonly target: SmbTarget;
  readonly network: SmbNetwork;
  readonly connectTimeoutMs: number;
  /** A renewal of the session has begun, whoever asked for it. */
  readonly onRenewal: (renewal: Promise<void>) => void;
}

/**
 * One way to a server, stage by stage: address, TCP, negotiation, session; then trees. Each stage needs
 * the one before. What a stage has left behind goes with `close`.
 */
export class SmbLink {
  readonly #options: SmbLinkOptions;
  /** The same across reconnects, so that the server knows its client (MS-SMB2 3.2.1.1). */
  readonly #clientGuid: Buffer;
  #address: string | undefined;
  #transport: Transport | undefined;
  #connection: SmbConnection | undefined;
  #session: SmbSession | undefined;
  #previousSessionId = 0n;
  /** Times in a row that the server hung up instead of negotiating; undefined once it negotiated. */
  #hangUps: number | undefined = 0;
  #trees: TreeLeases | undefined;

  constructor(options: SmbLinkOptions) {
    this.#options = options;
    this.#clientGuid = (options.network.random ?? randomBytes)(16);
  }

  /** Of the server, once it was resolved. */
  get address(): string | undefined {
    return this.#address;
  }

  get connection(): SmbConnection | undefined {
    return this.#connection;
  }

  get session(): SmbSession | undefined {
    return this.#session;
  }

  async resolve(signal: AbortSignal): Promise<void> {
    const { network, target } = this.#options;
    const address = await network.resolve(target.host, signal);
    const own = network.ownAddresses?.() ?? [];
    const refusal =
      target.addresses === undefined ? undefined : refusalOf(address, target.addresses, own);
    if (refusal !== undefined) throw refusal;
    this.#address = address;
  }

  async dial(signal: AbortSignal): Promise<void> {
    this.#transport = await this.#connectTcp(signal, this.#options.connectTimeoutMs);
    if (signal.aborted) await this.close();
  }

  async negotiate(signal: AbortSignal): Promise<void> {
    const { target, network, connectTimeoutMs } = this.#options;
    const transport = this.#transport;
    if (transport === undefined) throw new TidewatchError('closed', 'There is no connection');
    this.#transport = undefined;
    const negotiating = connect({
      host: target.host,
      port: target.port,
      transport,
      signal,
      clientGuid: this.#clientGuid,
      connectTimeoutMs,
      ...(network.clock !== undefined && { clock: network.clock }),
      ...(network.random !== undefined && { random: network.random }),
      ...(target.requireSigning === true && { signing: 'required' as const }),
      ...(target.requireEncryption === true && { encryption: 'required' as const }),
    });
    try {
      this.#connection = await negotiating;
      this.#hangUps = undefined;
    } catch (error) {
      throw this.#believed(error);
    }
    if (signal.aborted) await this.close();
  }

  async authenticate(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) throw new TidewatchError('closed', 'There is no connection');
    const { username, password, domain, anonymous, allowGuest } = this.#options.target.logon;
    const session = await connection.authenticate({
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(domain !== undefined && { domain }),
      ...(anonymous === true && { anonymous }),
      ...(allowGuest === true && { allowGuest }),
      // The server drops what the lost session held, which may block names (MS-SMB2 3.3.5.5.3).
      ...(this.#previousSessionId !== 0n && { previousSessionId: this.#previousSessionId }),
      onRenewal: (renewal) => this.#options.onRenewal(renewal),
    });
    this.#session = session;
    this.#previousSessionId = session.sessionId;
    this.#trees = new TreeLeases((share) => session.connectTree(share));
  }

  renew(): Promise<void> {
    return this.#session?.renew() ?? Promise.reject(new TidewatchError('closed', 'No session'));
  }

  /** Resolves with the reason when the connection that lives now ends; undefined when none does. */
  get lost(): Promise<SmbError> | undefined {
    return this.#connection?.closed;
  }

  /** A share for one user of it. Throws `share_not_found`, `access_denied` and others. */
  leaseTree(share: string): Promise<TreeLease> {
    if (this.#trees === undefined) {
      return Promise.reject(new TidewatchError('disconnected', 'There is no session'));
    }
    return this.#trees.lease(share);
  }

  /** Whether the server takes connections: nothing is said on the one that is made. */
  async probe(signal: AbortSignal, timeoutMs: number): Promise<boolean> {
    try {
      await this.resolve(signal);
      const transport = await this.#connectTcp(signal, timeoutMs);
      transport.destroy();
      return true;
    } catch {
      return false;
    }
  }

  /**
   * A server that starts or stops hangs up just like one that speaks only SMB 1: it is believed to lack
   * SMB 2, which nobody tries again soon, only when it does so every time.
   */
  #believed(error: unknown): unknown {
    const isHangUp =
      error instanceof SmbError &&
      error.code === 'unsupported' &&
      error.cause instanceof SmbError &&
      error.cause.code === 'disconnected';
    if (!isHangUp) return error;
    if (this.#hangUps !== undefined) {
      this.#hangUps += 1;
      if (this.#hangUps >= DEFAULTS.negotiateHangUps) return error;
    }
    return new SmbError('disconnected', error.message, { cause: error });
  }

  /**
   * Watches, files, trees, session, connection: in this order, within the close time-out; at once when
   * the connection is lost. What follows may begin right away.
   */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#transport?.destroy();
    this.#transport = undefined;
    this.#connection = undefined;
    this.#session = undefined;
    this.#trees = undefined;
    await connection?.close();
  }

  #connectTcp(signal: AbortSignal, timeoutMs: number): Promise<Transport> {
    const { target, network } = this.#options;
    const host = this.#address;
    if (host === undefined) throw new TidewatchError('unreachable', 'There is no address');
    return network.dial({ host, port: target.port, timeoutMs, signal });
  }
}
