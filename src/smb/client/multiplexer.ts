import { SMB_DEFAULTS } from '../defaults.ts';
import { FrameReader } from '../net/frame-reader.ts';
import type { FrameFate } from '../net/frame-reader.ts';
import type { Transport } from '../net/transport.ts';
import { SmbError } from '../smb-error.ts';
import { Status } from '../status.ts';
import { Command, commandName, decodeHeader, HeaderFlag } from '../wire/header.ts';
import type { Header } from '../wire/header.ts';
import { AsyncSlots } from './async-slots.ts';
import { cancelFrame } from './cancel-frame.ts';
import { CreditWindow } from './credit-window.ts';
import { Deadlines } from './deadlines.ts';
import { frameChannel, receiveChannel, sendChannel } from './diagnostics.ts';
import { Exchange } from './exchange.ts';
import type { Element } from './exchange.ts';
import { buildFrame } from './frame-builder.ts';
import { openFrame } from './frame-opener.ts';
import type { Liveness } from './liveness.ts';
import type { Negotiated } from './negotiated.ts';
import { startProbing } from './probing.ts';
import { SmbMessage } from './request.ts';
import type { OutgoingRequest, Outcome, RequestOptions } from './request.ts';
import type { SessionSecurity } from './session-security.ts';
import type { Settings } from './settings.ts';
import { verifyAnswer } from './verify-answer.ts';

const SENT: readonly never[] = [];

/** For bytes that come after the end. */
const NOWHERE = Buffer.alloc(1_024);

/**
 * The multiplexer of one socket: gives requests their message ids and credits, protects them,
 * routes answers by message id alone (MS-SMB2 3.2.5.1), finds dead links, and ends every waiter
 * when the link ends. What the requests mean is the business of the layers above.
 */
export class Multiplexer {
  readonly settings: Settings;
  readonly remote: string;
  readonly credits = new CreditWindow();
  readonly asyncSlots: AsyncSlots;
  /** Sessions by id: whose keys open which encrypted frame. */
  readonly sessions = new Map<bigint, SessionSecurity>();
  /** Resolves with the reason when the link has ended; never rejects. */
  readonly closed: Promise<SmbError>;
  strayAnswers = 0;
  /** Filled in by the negotiation, which comes before everything else. */
  negotiated: Negotiated | undefined;
  #transport: Transport;
  #frames = new FrameReader(SMB_DEFAULTS.initialFrameBytes, (frame) => this.#onFrame(frame));
  #elements = new Map<number, Element>();
  /** What may not be sent before something else has come to an end. */
  #postponed = new Set<Exchange>();
  #deadlines: Deadlines;
  #liveness: Liveness | undefined;
  #end: SmbError | undefined;
  #resolveClosed!: (reason: SmbError) => void;

  constructor(transport: Transport, settings: Settings) {
    this.#transport = transport;
    this.settings = settings;
    this.remote = transport.remote;
    this.asyncSlots = new AsyncSlots(settings.clock);
    this.#deadlines = new Deadlines(settings.clock, (exchange, timeoutMs) => {
      const what = `${this.remote} did not answer within ${timeoutMs} ms`;
      this.#abandon(exchange, new SmbError('timeout', what));
    });
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    transport.receiveInto({
      room: () => (this.#end === undefined ? this.#frames.room() : NOWHERE),
      received: (length) => this.#onBytes(length),
    });
    transport.onClose((cause) => {
      const why = cause === undefined ? 'the server closed it' : messageOf(cause);
      const what = `Connection to ${this.remote} is gone: ${why}`;
      this.fail(new SmbError('disconnected', what, { cause }));
    });
  }

  /** The reason, once the link has ended. */
  get end(): SmbError | undefined {
    return this.#end;
  }

  get silentMs(): number {
    return this.#liveness?.silentMs ?? 0;
  }

  *outstanding(): IterableIterator<Element> {
    yield* this.#elements.values();
  }

  /** Takes over what was negotiated: frames may now be as large as agreed. */
  negotiatedAs(negotiated: Negotiated): void {
    this.negotiated = negotiated;
    const { maxRead, maxTransact, maxWrite } = negotiated;
    this.#allowFrames(Math.max(maxRead, maxTransact, maxWrite));
  }

  /** The answers of one compound come in one frame, which may be larger than each of them. */
  #allowFrames(payloadBytes: number): void {
    const wanted = Math.min(0xffffff, payloadBytes + SMB_DEFAULTS.frameSlackBytes);
    this.#frames.maxFrameBytes = Math.max(this.#frames.maxFrameBytes, wanted);
  }

  /** The most that one request may bring back or carry, whatever its kind. */
  get maxTransact(): number {
    return this.negotiated?.maxTransact ?? SMB_DEFAULTS.minimumServerMaxBytes;
  }

  get maxRead(): number {
    return this.negotiated?.maxRead ?? SMB_DEFAULTS.minimumServerMaxBytes;
  }

  get maxWrite(): number {
    return this.negotiated?.maxWrite ?? SMB_DEFAULTS.minimumServerMaxBytes;
  }

  /** As many of `bytes` as our credits pay for without starving others; at least 64 KiB of them. */
  affordableBytes(bytes: number): number {
    return Math.min(bytes, this.credits.affordable * SMB_DEFAULTS.bytesPerCredit);
  }

  /** From now on what is encrypted for this session is understood, and silence is probed. */
  addSession(session: SessionSecurity): void {
    if (this.#end !== undefined) return;
    this.sessions.set(session.sessionId, session);
    this.#liveness ??= startProbing(this);
  }

  /** The session was logged off: what still waits for its answers gets the reason. */
  removeSession(session: SessionSecurity, reason: SmbError): void {
    session.ended = true;
    if (this.sessions.get(session.sessionId) === session) this.sessions.delete(session.sessionId);
    for (const { exchange } of this.#elements.values()) {
      if (exchange.options.session === session) this.#abandon(exchange, reason);
    }
    if (this.sessions.size > 0) return;
    // Without a session there is nothing to ask with, and nobody to be told.
    this.#liveness?.stop();
    this.#liveness = undefined;
  }

  /** Ends with this reason what was not sent yet, of those requests that `concerns` picks. */
  withdraw(concerns: (options: RequestOptions) => boolean, reason: SmbError): void {
    const waiting = [...this.#postponed, ...(this.credits.queued() as Exchange[])];
    for (const exchange of waiting) if (concerns(exchange.options)) this.#abandon(exchange, reason);
  }

  /** One request, or several in one compound; resolves with all answers, whatever their status. */
  exchange(
    requests: readonly OutgoingRequest[],
    options: RequestOptions = {},
  ): Promise<SmbMessage[]> {
    return new Promise((resolve, reject) => {
      this.submit(requests, options, (error, answers) => {
        if (error === undefined) resolve(answers);
        else reject(error);
      });
    });
  }

  /** The same with a callback instead of a promise: for watches, of which there are thousands. */
  submit(requests: readonly OutgoingRequest[], options: RequestOptions, outcome: Outcome): void {
    const { after, session, signal } = options;
    if (this.#end !== undefined || session?.ended === true) {
      outcome(this.#end ?? new SmbError('closed', 'The session is closed'), []);
      return;
    }
    if (signal?.aborted === true) {
      outcome(aborted(), []);
      return;
    }
    const exchange = new Exchange({
      requests,
      options,
      charge: requests.reduce((sum, request) => sum + this.#chargeOf(request), 0),
      queuedAt: this.settings.clock.now(),
      outcome,
      transmit: this.#transmit,
    });
    exchange.abortBy(signal, () => this.#abandon(exchange, aborted()));
    this.#deadlines.add(exchange, options.timeoutMs ?? this.settings.timeoutMs);
    if (after === undefined) this.credits.claim(exchange);
    else this.#claimAfter(after, exchange);
  }

  #claimAfter(event: Promise<void>, exchange: Exchange): void {
    this.#postponed.add(exchange);
    event.then(
      () => {
        if (this.#postponed.delete(exchange)) this.credits.claim(exchange);
      },
      (reason: SmbError) => this.#abandon(exchange, reason),
    );
  }

  /** Ends the link: every waiter gets the reason. Only the first reason counts. */
  fail(reason: SmbError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#liveness?.stop();
    this.#deadlines.stop();
    this.#transport.destroy();
    const waiting = [...this.#postponed, ...(this.credits.drain() as Exchange[])];
    this.#postponed.clear();
    const sent = [...this.#elements.values()].map(({ exchange }) => exchange);
    this.#elements.clear();
    for (const exchange of waiting) exchange.settle(reason);
    for (const exchange of sent) exchange.settle(reason);
    this.sessions.clear();
    this.#resolveClosed(reason);
  }

  /** A field, so that the thousands of exchanges share one function. */
  #transmit = (exchange: Exchange, firstId: number): void => {
    const { options, requests } = exchange;
    const { session } = options;
    exchange.sentAt = this.settings.clock.now();
    // Urgent ones live off the reserve: they say nothing about the others.
    if (exchange.lane !== 'urgent') this.#deadlines.progressed();
    let messageId = firstId;
    const seal = this.#seals(options);
    if (requests.length > 1) {
      this.#allowFrames(requests.reduce((sum, { payloadBytes = 0 }) => sum + payloadBytes, 0));
    }
    exchange.elements = requests.map((request, index) => {
      const { command } = request;
      const charge = this.#chargeOf(request);
      const id = messageId;
      messageId += charge;
      return { exchange, index, command, charge, messageId: id, asyncId: 0n, signature: undefined };
    });
    const drafts = exchange.elements.map(({ charge, command, index, messageId: id }) => {
      const request = requests[index]!;
      const isLast = index === requests.length - 1;
      const header: Header = {
        creditCharge: this.#multiCredit ? charge : 0,
        status: 0,
        command,
        credits: Math.min(0xffff, charge + (isLast ? this.credits.wanted : 0)),
        flags: index === 0 || options.unrelated === true ? 0 : HeaderFlag.RELATED,
        nextCommand: 0,
        messageId: id,
        treeId: options.treeId ?? 0,
        asyncId: 0n,
        sessionId: session?.sessionId ?? 0n,
      };
      return { header, body: request.body, data: request.data ?? [] };
    });
    const frame = buildFrame(drafts, session, seal);
    exchange.requests = SENT;
    for (const [index, element] of exchange.elements.entries()) {
      this.#elements.set(element.messageId, element);
      if (!seal && session?.signer !== undefined) {
        element.signature = frame.messages[index]!.subarray(48, 64);
      }
      options.onSent?.(frame.messages[index]!);
      if (sendChannel.hasSubscribers) {
        const { command, messageId: id } = element;
        const { credits } = drafts[index]!.header;
        sendChannel.publish({ connection: this, command, messageId: id, credits });
      }
    }
    this.#transport.send(frame.parts);
  };

  get #multiCredit(): boolean {
    return this.negotiated?.multiCredit ?? false;
  }

  #chargeOf({ payloadBytes = 0 }: OutgoingRequest): number {
    if (!this.#multiCredit) return 1;
    return Math.max(1, Math.ceil(payloadBytes / SMB_DEFAULTS.bytesPerCredit));
  }

  #seals({ session, seal }: RequestOptions): boolean {
    return session?.sealer !== undefined && (session.sealAll || seal === true);
  }

  #onBytes(length: number): void {
    if (this.#end !== undefined) return;
    this.#liveness?.heard();
    try {
      this.#frames.received(length);
    } catch (cause) {
      const what = `Bad frame: ${messageOf(cause)}`;
      this.fail(
        cause instanceof SmbError ? cause : new SmbError('protocol_error', what, { cause }),
      );
    }
  }

  #onFrame(frame: Buffer): FrameFate {
    if (this.#end !== undefined) return 'done';
    if (frameChannel.hasSubscribers) {
      frameChannel.publish({ connection: this, bytes: frame.length, at: performance.now() });
    }
    const { messages, sealedBy } = openFrame(frame, (id) => this.sessions.get(id));
    for (const message of messages) {
      if (this.#end === undefined) this.#onMessage(message, sealedBy);
    }
    // What was encrypted lies decrypted elsewhere; of the rest, callers get views.
    return sealedBy === undefined ? 'kept' : 'done';
  }

  #onMessage(bytes: Buffer, sealedBy: SessionSecurity | undefined): void {
    const header = decodeHeader(bytes);
    const { status, command, messageId, flags } = header;
    if (receiveChannel.hasSubscribers) {
      const { credits } = header;
      receiveChannel.publish({ connection: this, command, messageId, status, credits });
    }
    const element = this.#elements.get(messageId);
    if (element === undefined) {
      // Oplock breaks (all ones; we hold no oplocks) and answers to ids we do not know or know as
      // answered are discarded (MS-SMB2 3.2.5.1.2).
      this.strayAnswers += 1;
      return;
    }
    if ((flags & HeaderFlag.RESPONSE) === 0 || command !== element.command) {
      const sent = commandName(element.command);
      throw new SmbError('protocol_error', `${commandName(command)} came as answer to ${sent}`);
    }
    const sealed = this.#seals(element.exchange.options);
    const protection = verifyAnswer(element, header, bytes, sealed, sealedBy);
    if (status === Status.PENDING) {
      if ((flags & HeaderFlag.ASYNC) === 0) {
        throw new SmbError('protocol_error', 'An interim answer has no async id');
      }
      this.#onInterim(element, header);
      return;
    }
    this.#elements.delete(messageId);
    if (element.asyncId !== 0n) this.asyncSlots.freed();
    const { exchange } = element;
    const message = new SmbMessage(header, bytes, protection);
    const complete = exchange.answer(element.index, message);
    // Before the caller is told, so that what it sends next finds the credits.
    this.credits.settle(element.asyncId === 0n ? element.charge : 0, header.credits);
    const { session } = exchange.options;
    const isLive = session?.ended === false && this.sessions.has(session.sessionId);
    if (exchange.settled) {
      if (complete) exchange.answeredLate();
    } else if (status === Status.USER_SESSION_DELETED && isLive) {
      const what = `The server ended the session on ${this.remote}`;
      const reason = new SmbError('disconnected', what, { status });
      this.fail(reason);
      // Its element is answered, so it may not be among those that wait any more.
      exchange.settle(reason);
    } else if (complete) {
      this.#deadlines.delete(exchange);
      exchange.settle();
    }
  }

  /** The server works on it: credits come now, none with the answer (MS-SMB2 3.3.4.2). */
  #onInterim(element: Element, header: Header): void {
    if (element.asyncId === 0n) {
      this.asyncSlots.took();
      this.credits.settle(element.charge, header.credits);
    } else this.credits.settle(0, header.credits);
    element.asyncId = header.asyncId === 0n ? -1n : header.asyncId;
    // Early errors, which echo it, are past; it would hold the whole frame in memory.
    element.signature = undefined;
    const { exchange } = element;
    exchange.sentAt = this.settings.clock.now();
    if (exchange.options.interimEndsTimeout === true) this.#deadlines.delete(exchange);
    exchange.interim(element.index);
  }

  /** Gives up waiting. What was sent already is cancelled and kept until its answer came. */
  #abandon(exchange: Exchange, reason: SmbError): void {
    if (exchange.settled) return;
    this.#deadlines.delete(exchange);
    this.#postponed.delete(exchange);
    const queued = this.credits.withdraw(exchange);
    exchange.settle(reason);
    if (queued || exchange.options.session?.ended === true) return;
    for (const element of exchange.elements) {
      // A CLOSE has to be done in any case: nobody else would close that handle.
      if (exchange.hasAnswer(element.index) || element.command === Command.CLOSE) continue;
      this.#transport.send(cancelFrame(element, this.#seals(exchange.options)));
    }
  }
}

function aborted(): SmbError {
  return new SmbError('aborted', 'The operation was aborted');
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
