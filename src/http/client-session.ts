import type { Caller, Clock, Logger, Runtime } from '../app/index.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Access } from './access.ts';
import { addressOf, directoryKey } from './address.ts';
import type { Address } from './address.ts';
import { CacheNotices } from './cache-notices.ts';
import { addressedFrame, plainFrame } from './change-frames.ts';
import type { ChangeFrames } from './change-frames.ts';
import type {
  ClientMessage,
  InvalidMessage,
  RefreshMessage,
  RequestId,
  SubscribeMessage,
  UnsubscribeMessage,
} from './client-messages.ts';
import { logsDebug } from './logs-debug.ts';
import type { DirectoryCaches } from './directory-caches.ts';
import type { SocketErrorCode } from './error-words.ts';
import type { GatewayCounters } from './gateway-counters.ts';
import type { DoorLimits } from './limits.ts';
import { SocketSubscription, errorFields } from './socket-subscription.ts';
import type { SocketWriter } from './socket-writer.ts';

/** The text that clients of older servers know. */
const NO_CONNECTION = 'Connection not found or access denied';

export interface ClientSessionOptions {
  /** For the log. */
  readonly id: number;
  readonly runtime: Runtime;
  readonly writer: SocketWriter;
  readonly frames: ChangeFrames;
  readonly limits: DoorLimits;
  readonly clock: Clock;
  readonly counters: GatewayCounters;
  readonly logger: Logger;
  readonly access: Access;
  readonly caches: DirectoryCaches;
  readonly caller: Caller;
}

type SessionMessage = Exclude<ClientMessage, { readonly action: 'authenticate' }>;

/** What one authenticated socket asked for: section 4 of the contract. */
export class ClientSession {
  readonly #options: ClientSessionOptions;
  readonly #subscriptions = new Map<string, SocketSubscription>();
  readonly #notices: CacheNotices;
  #caller: Caller;
  #closed = false;

  constructor(options: ClientSessionOptions) {
    this.#options = options;
    const { caches, caller, writer } = options;
    this.#caller = caller;
    const spellings = (id: string): ReadonlySet<string> =>
      new Set(this.#through(id).map(([, { spelling }]) => spelling));
    this.#notices = new CacheNotices({ caches, writer, spellings });
  }

  /** Somebody else stands behind the socket now, or the same with other rights. */
  become(caller: Caller): void {
    this.#caller = caller;
    const connections = new Set([...this.#subscriptions.values()].map((one) => one.connection));
    for (const id of connections) this.recheck(id);
  }

  /** Ends the subscriptions of a connection that may not be used any more. */
  recheck(connectionId: string): void {
    const { access } = this.#options;
    if (this.#closed || access.mayUse(this.#caller, connectionId)) return;
    for (const [key, subscription] of this.#through(connectionId)) {
      this.#drop(key);
      subscription.withdraw('not_found', NO_CONNECTION);
    }
  }

  receive(message: SessionMessage): void {
    if (this.#closed) return;
    switch (message.action) {
      case 'subscribe':
        this.#subscribe(message);
        break;
      case 'unsubscribe':
        this.#unsubscribe(message);
        break;
      case 'refresh':
        this.#refresh(message);
        break;
      case 'ping':
        this.#sendPlain({ type: 'pong', request_id: message.request_id });
        break;
      case 'invalid':
        this.#refuse(message);
        break;
    }
  }

  /** Lets go of every subscription. With `linger` their watches wait for the socket to come back. */
  close(options: { readonly linger: boolean }): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.counters.subscriptions -= this.#subscriptions.size;
    for (const subscription of this.#subscriptions.values()) subscription.close(options);
    this.#subscriptions.clear();
    this.#notices.close();
  }

  #subscribe(message: SubscribeMessage): void {
    const { access, limits, runtime } = this.#options;
    const { request_id } = message;
    const address = addressOf(message);
    const connection = runtime.connections.get(message.connection_id);
    if (connection === undefined || !access.mayUse(this.#caller, connection.id)) {
      this.#error(address, 'not_found', NO_CONNECTION, request_id);
      return;
    }
    try {
      const key = directoryKey(connection, message);
      const before = this.#subscriptions.get(key);
      if (before === undefined && this.#subscriptions.size >= limits.maxSubscriptions) {
        const text = `a socket may have ${limits.maxSubscriptions} subscriptions`;
        this.#error(address, 'limit_exceeded', text, request_id);
      } else if (before !== undefined && before.openRequests.length >= limits.maxOpenRequests) {
        const text = `${limits.maxOpenRequests} subscribes of this directory wait for an answer`;
        this.#error(address, 'limit_exceeded', text, request_id);
      } else {
        this.#replace(key, before, connection.id, message, address);
      }
    } catch (error) {
      // What was there before stays: this request changed nothing.
      this.#failed(error, address, request_id);
    }
  }

  #replace(
    key: string,
    before: SocketSubscription | undefined,
    connection: string,
    message: SubscribeMessage,
    address: Address,
  ): void {
    const { clock, counters, frames, runtime, writer } = this.#options;
    const { detail, path, recursive, request_id, resume } = message;
    const subscription = new SocketSubscription({
      ...{ address, connection, detail, writer, frames, counters, clock },
      requests: [...(before?.openRequests ?? []), { address, request_id }],
      armed: () => this.#notices.begin(connection),
      notified: () => this.#notified(connection, path),
      ended: () => this.#forget(key, subscription),
    });
    const wanted = { connection, path, recursive, detail, resume };
    const handle = runtime.subscribe(wanted, subscription);
    // The new one is there before the old one goes, so that a shared watch stays open.
    before?.close({ linger: false });
    if (subscription.over) this.#drop(key);
    else this.#keep(key, subscription);
    subscription.hold(handle);
  }

  #keep(key: string, subscription: SocketSubscription): void {
    if (!this.#subscriptions.has(key)) this.#options.counters.subscriptions += 1;
    this.#subscriptions.set(key, subscription);
  }

  #forget(key: string, subscription: SocketSubscription): void {
    if (this.#subscriptions.get(key) === subscription) this.#drop(key);
  }

  #drop(key: string): void {
    const subscription = this.#subscriptions.get(key);
    if (subscription === undefined) return;
    this.#subscriptions.delete(key);
    this.#options.counters.subscriptions -= 1;
    const { connection } = subscription;
    if (this.#through(connection).length === 0) this.#notices.end(connection);
  }

  #through(connectionId: string): [key: string, subscription: SocketSubscription][] {
    return [...this.#subscriptions].filter(([, { connection }]) => connection === connectionId);
  }

  #unsubscribe(message: UnsubscribeMessage): void {
    const address = addressOf(message);
    const [key, subscription] = this.#find(message);
    if (subscription !== undefined) {
      const unanswered = subscription.openRequests;
      this.#forget(key, subscription);
      subscription.close({ linger: false });
      // Whoever waits for the answer to one request must not wait for ever.
      for (const { address: asked, request_id } of unanswered) {
        if (request_id === undefined) continue;
        this.#error(asked, 'unavailable', 'unsubscribed before it was armed', request_id);
      }
    }
    const { request_id } = message;
    this.#options.writer.send(addressedFrame('unsubscribed', address, { request_id }));
  }

  #refresh(message: RefreshMessage): void {
    const [, subscription] = this.#find(message);
    if (subscription !== undefined) {
      subscription.refresh();
      return;
    }
    const text = 'this socket is not subscribed to that directory';
    this.#error(addressOf(message), 'not_found', text, message.request_id);
  }

  #find(message: {
    connection_id: string;
    path: string;
  }): [key: string, subscription: SocketSubscription | undefined] {
    const connection = this.#options.runtime.connections.get(message.connection_id);
    try {
      const key = directoryKey(connection, message);
      return [key, this.#subscriptions.get(key)];
    } catch {
      // Nobody can be subscribed to a path that cannot be.
      return ['', undefined];
    }
  }

  #refuse({ action: _action, ...fields }: InvalidMessage): void {
    this.#sendPlain({ type: 'error', code: 'invalid_message', ...fields });
  }

  #failed(error: unknown, address: Address, request_id: RequestId | undefined): void {
    const { logger, writer } = this.#options;
    const known = error instanceof TidewatchError;
    if (!known) logger.error({ event: 'ws.error', err: error }, 'a subscribe failed by mistake');
    const told = known ? error : new TidewatchError('internal_error', 'internal error');
    writer.send(addressedFrame('error', address, { ...errorFields(told), request_id }));
  }

  #error(
    address: Address,
    code: SocketErrorCode,
    message: string,
    request_id: RequestId | undefined,
  ): void {
    const { writer } = this.#options;
    writer.send(addressedFrame('error', address, { code, message, request_id }));
  }

  #sendPlain(fields: { readonly type: string; readonly [name: string]: unknown }): void {
    this.#options.writer.send(plainFrame(fields));
  }

  #notified(connection: string, path: string): void {
    const { id, logger } = this.#options;
    if (!logsDebug(logger)) return;
    logger.debug(
      { event: 'ws.notified', socket: id, connection, path },
      'told a socket of a change',
    );
  }
}
