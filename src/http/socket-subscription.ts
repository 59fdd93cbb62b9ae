import type {
  Clock,
  Detail,
  NumberedEvent,
  StateEvent,
  SubscribedEvent,
  Subscriber,
  Subscription,
  WatchState,
} from '../app/index.ts';
import type { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Address } from './address.ts';
import { addressedFrame } from './change-frames.ts';
import type { ChangeFrames } from './change-frames.ts';
import type { RequestId } from './client-messages.ts';
import { socketErrorCode } from './error-words.ts';
import type { SocketErrorCode } from './error-words.ts';
import type { GatewayCounters } from './gateway-counters.ts';
import type { Debtor, SocketWriter } from './socket-writer.ts';

/** A subscribe that has no answer yet. */
export interface OpenRequest {
  readonly address: Address;
  readonly request_id: RequestId | undefined;
}

export interface SocketSubscriptionOptions {
  readonly address: Address;
  /** Id of the connection. */
  readonly connection: string;
  readonly detail: Detail;
  /** Those to be answered when it is known how it went, in their order. */
  readonly requests: readonly OpenRequest[];
  readonly writer: SocketWriter;
  readonly frames: ChangeFrames;
  readonly counters: GatewayCounters;
  readonly clock: Clock;
  /** `subscribed` was queued. */
  readonly armed: () => void;
  /** `directory_changed` was queued. */
  readonly notified: () => void;
  /** Nothing comes any more; nothing is held. */
  readonly ended: () => void;
}

/** One directory that one socket hears of. */
export class SocketSubscription implements Subscriber, Debtor {
  readonly #options: SocketSubscriptionOptions;
  #requests: readonly OpenRequest[];
  #handle: Subscription | undefined;
  #over = false;
  /** The last number that a slow socket was not told, to be told as one resync. */
  #owed: { readonly seq: number; readonly epoch: string } | undefined;
  #owedState: StateEvent | undefined;

  constructor(options: SocketSubscriptionOptions) {
    this.#options = options;
    this.#requests = options.requests;
  }

  /** Requests without an answer; whoever replaces this subscription answers them. */
  get openRequests(): readonly OpenRequest[] {
    return this.#requests;
  }

  /** Id of the connection that it goes through. */
  get connection(): string {
    return this.#options.connection;
  }

  /** The connection as the client spells it. */
  get spelling(): string {
    return this.#options.address.connection_id;
  }

  /** Nothing is told any more. */
  get over(): boolean {
    return this.#over;
  }

  hold(handle: Subscription): void {
    if (this.#over) handle.close();
    else this.#handle = handle;
  }

  subscribed({ epoch, seq, state, resumed }: SubscribedEvent): void {
    if (this.#over) return;
    for (const { address, request_id } of this.#requests) {
      this.#send('subscribed', address, { epoch, seq, state, resumed, request_id });
    }
    this.#requests = [];
    this.#options.armed();
  }

  numbered(event: NumberedEvent, epoch: string): void {
    if (this.#over) return;
    const { address, detail, frames, notified, writer } = this.#options;
    if (this.#owed !== undefined || writer.congested) {
      this.#owed = { seq: event.seq, epoch };
      writer.owe(this);
      return;
    }
    writer.send(frames.frame(event, epoch, address, detail));
    notified();
  }

  state(event: StateEvent): void {
    if (this.#over) return;
    if (this.#owed === undefined && !this.#options.writer.congested) {
      this.#sendState(event);
      return;
    }
    this.#owedState = event;
    this.#options.writer.owe(this);
  }

  ended(reason: TidewatchError): void {
    if (this.#over) return;
    const requests = this.#requests;
    this.#leave();
    if (requests.length > 0) {
      for (const request of requests) this.#sendError(request.address, reason, request.request_id);
    } else {
      const { code, message } = reason;
      const state: WatchState = code === 'closed' || code === 'aborted' ? 'stopped' : 'failed';
      const since = new Date(this.#options.clock.wall()).toISOString();
      this.#sendState({ type: 'state', state, since, code, message });
      this.#send('error', this.#options.address, errorFields(reason));
    }
    this.#options.ended();
  }

  /** Ends it with an error, because the client may not have it any more. */
  withdraw(code: SocketErrorCode, message: string): void {
    if (this.#over) return;
    const { address } = this.#options;
    const told = this.#requests.length > 0 ? this.#requests : [{ address, request_id: undefined }];
    this.close({ linger: false });
    for (const { address: asked, request_id } of told) {
      this.#send('error', asked, { code, message, request_id });
    }
  }

  settle(): void {
    const { address, counters, notified } = this.#options;
    const state = this.#owedState;
    this.#owedState = undefined;
    if (state !== undefined) this.#sendState(state);
    const owed = this.#owed;
    this.#owed = undefined;
    if (owed === undefined) return;
    counters.slowResyncs += 1;
    const { epoch, seq } = owed;
    this.#send('directory_changed', address, { epoch, seq, reason: 'slow_consumer' });
    notified();
  }

  refresh(): void {
    this.#handle?.refresh();
  }

  /** Hears nothing any more. With `linger` the watch waits for a socket that may come back. */
  close(options: { readonly linger: boolean }): void {
    if (this.#over) return;
    const handle = this.#handle;
    this.#leave();
    handle?.close(options);
  }

  #leave(): void {
    this.#over = true;
    this.#handle = undefined;
    this.#requests = [];
    this.#options.writer.forgive(this);
  }

  #sendState({ type: _type, ...fields }: StateEvent): void {
    this.#send('watch_state', this.#options.address, fields);
  }

  #sendError(address: Address, reason: TidewatchError, request_id: RequestId | undefined): void {
    this.#send('error', address, { ...errorFields(reason), request_id });
  }

  #send(type: string, address: Address, fields: object): void {
    this.#options.writer.send(addressedFrame(type, address, fields));
  }
}

/** What `error` says; `cause` is the precise code where the word alone hides nothing on purpose. */
export function errorFields({ code, message }: TidewatchError): object {
  const word = socketErrorCode(code);
  return { code: word, message, ...(word === 'unavailable' ? { cause: code } : {}) };
}
