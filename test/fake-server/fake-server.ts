import { FrameReader } from '../../src/smb/net/frame-reader.ts';
import type { Transport } from '../../src/smb/net/transport.ts';
import { Status, statusName } from '../../src/smb/status.ts';
import { encodeErrorResponse } from '../../src/smb/wire/error-response.ts';
import {
  Command,
  commandName,
  decodeHeader,
  HeaderFlag,
  splitCompound,
} from '../../src/smb/wire/header.ts';
import type { Header } from '../../src/smb/wire/header.ts';
import { protocolOf } from '../../src/smb/wire/protocol-id.ts';
import { decodeTransformHeader } from '../../src/smb/wire/transform.ts';
import type { FaultRule } from './faults.ts';
import type { FakeFileSystem } from './file-system.ts';
import { HANDLERS, WITHOUT_SESSION, WHILE_EXPIRED } from './handlers.ts';
import { Mailbox } from './mailbox.ts';
import { closeOpen } from './opens.ts';
import type { FakeOpen } from './opens.ts';
import { fakeServerOptions } from './options.ts';
import type { FakeServerOptions } from './options.ts';
import type {
  Agreement,
  AsyncOperation,
  Chain,
  FakeRequest,
  PendingNotify,
  Reply,
  ServerContext,
} from './protocol.ts';
import { failure } from './replies.ts';
import { RequestChecks } from './request-checks.ts';
import { standsAlone, writeFrame } from './response-writer.ts';
import type { Answer } from './response-writer.ts';
import type { FakeSession } from './session.ts';
import { endSession } from './session-handlers.ts';

/**
 * One connection of an SMB server that keeps its files in memory and speaks real frames. It does
 * what a server does, signing and encryption included, unless a rule says that something goes
 * wrong. What the client does wrong is found in `violations`.
 */
export class FakeServer implements ServerContext {
  readonly options: FakeServerOptions;
  readonly fileSystem: FakeFileSystem;
  readonly sessions = new Map<bigint, FakeSession>();
  readonly opens = new Map<string, FakeOpen>();
  readonly serverGuid: Buffer;
  agreement: Agreement | undefined;
  /** Everything that was received, in order. */
  readonly requests: FakeRequest[] = [];
  readonly violations: string[] = [];
  /** The client has hung up. */
  readonly disconnected: Promise<void>;
  #transport: Transport;
  #checks = new RequestChecks(this);
  #received = new Mailbox<FakeRequest>();
  #notifies = new Mailbox<PendingNotify>();
  #operations = new Map<bigint, { operation: AsyncOperation; messageId: number }>();
  #lastAsyncId = 0n;
  #held: Buffer[] | undefined;
  #frozen: Buffer[] | undefined;
  #isSilent = false;

  constructor(transport: Transport, options: Partial<FakeServerOptions> = {}) {
    this.#transport = transport;
    this.options = fakeServerOptions(options);
    this.fileSystem = this.options.fileSystem;
    this.serverGuid = this.options.serverGuid;
    const stopObserving = this.fileSystem.observe((change) => {
      for (const { notify } of this.opens.values()) notify?.onChange(change);
    });
    this.disconnected = new Promise((resolve) => {
      transport.onClose(() => {
        stopObserving();
        resolve();
      });
    });
    const reader = new FrameReader(0xffffff, (frame) => {
      this.#onFrame(frame);
      return 'kept';
    });
    transport.receiveInto(reader);
  }

  /** From now on something goes wrong. The first rule that matches a request counts. */
  inject(rule: FaultRule): void {
    this.options.faults.add(rule);
  }

  /** The next request of a command that was not asked for yet; before or after it came. */
  received(command: number): Promise<FakeRequest> {
    return this.#received.next(({ header }) => header.command === command);
  }

  /** The next CHANGE_NOTIFY that waits for changes. */
  nextNotify(): Promise<PendingNotify> {
    return this.#notifies.next();
  }

  /** All that wait now. */
  get pendingNotifies(): PendingNotify[] {
    return [...this.opens.values()].flatMap(({ notify }) => notify?.pending ?? []);
  }

  /** Every session has to log on again before it gets anything done. */
  expireSessions(): void {
    for (const session of this.sessions.values()) session.isExpired = true;
  }

  /** The sessions are gone, without a word. */
  deleteSessions(): void {
    for (const id of this.sessions.keys()) endSession(id, this);
  }

  /** Every handle is gone, as when a volume is dismounted. */
  closeHandles(): void {
    for (const open of this.opens.values()) closeOpen(open, this);
  }

  /** What the server forgets of a client that is gone: its handles and sessions. */
  forgetClient(): void {
    this.closeHandles();
    this.sessions.clear();
  }

  /** The share is taken away: its handles and trees are gone, sessions are not. */
  closeShare(): void {
    this.closeHandles();
    for (const session of this.sessions.values()) session.trees.clear();
  }

  /** The requests that wait for changes are never answered. */
  forgetNotifies(): void {
    for (const { operation } of this.pendingNotifies) operation.forget();
  }

  /** More happened to each watched directory than there was room for. */
  overflowAll(): void {
    for (const { notify } of this.opens.values()) notify?.overflow();
  }

  /** From now on what comes is not looked at and what is to be said waits. */
  freeze(): void {
    if (this.#frozen !== undefined) return;
    this.#frozen = [];
    this.#held ??= [];
  }

  thaw(): void {
    const frames = this.#frozen ?? [];
    const held = this.#held ?? [];
    this.#frozen = this.#held = undefined;
    for (const frame of held) this.sendRaw(frame);
    for (const frame of frames) this.#onFrame(frame);
  }

  /** Keeps frames back until `release`, which may change their order. */
  holdFrames(): { release(order?: (frames: Buffer[]) => Buffer[]): void } {
    const held: Buffer[] = [];
    this.#held = held;
    return {
      release: (order = (frames) => frames) => {
        this.#held = undefined;
        for (const frame of order(held)) this.sendRaw(frame);
      },
    };
  }

  /** Any bytes. */
  sendRaw(bytes: Buffer): void {
    if (this.#isSilent) return;
    if (this.#held === undefined) this.#transport.send([bytes]);
    else this.#held.push(bytes);
  }

  /** Nothing is ever sent again, as behind a link that has died in one direction. */
  fallSilent(): void {
    this.#isSilent = true;
  }

  hangUp(): void {
    this.#transport.destroy();
  }

  violate(what: string): void {
    this.violations.push(what);
  }

  announceNotify(notify: PendingNotify): void {
    this.#notifies.push(notify);
  }

  startAsync(request: FakeRequest): { interim: Reply; operation: AsyncOperation } {
    this.#lastAsyncId += 1n;
    const asyncId = this.#lastAsyncId;
    const end = (): boolean => this.#operations.delete(asyncId);
    const isPending = (): boolean => this.#operations.has(asyncId);
    const operation: AsyncOperation = {
      request,
      asyncId,
      get isPending() {
        return isPending();
      },
      finish: (reply) => {
        if (end()) this.#send([{ ...this.#answer(request, reply, 0), finishes: asyncId }]);
      },
      forget: end,
    };
    this.#operations.set(asyncId, { operation, messageId: request.header.messageId });
    const interim = { status: Status.PENDING, body: encodeErrorResponse(), asyncId };
    return { interim, operation };
  }

  #onFrame(frame: Buffer): void {
    if (this.#frozen !== undefined) {
      this.#frozen.push(frame);
      return;
    }
    try {
      const opened = this.#open(frame);
      if (opened === undefined) {
        this.hangUp();
        return;
      }
      const { plain, sealed } = opened;
      this.#process(splitCompound(plain), sealed).catch((error: unknown) => this.#refuse(error));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    this.violate(`bad frame: ${String(error)}`);
    this.hangUp();
  }

  /** Undefined for a session that is gone: the server hangs up (MS-SMB2 3.3.5.2.1.1). */
  #open(frame: Buffer): { plain: Buffer; sealed: boolean } | undefined {
    if (protocolOf(frame) !== 'transform') return { plain: frame, sealed: false };
    const session = this.sessions.get(decodeTransformHeader(frame).sessionId);
    if (session === undefined) return undefined;
    if (session.sealer === undefined) throw new Error('encrypted for a session without key');
    return { plain: Buffer.concat(session.sealer.open([frame])), sealed: true };
  }

  async #process(messages: readonly Buffer[], sealed: boolean): Promise<void> {
    const chain: Chain = { status: Status.SUCCESS, fileId: undefined };
    const answers: Answer[] = [];
    for (const request of messages.map((message) => this.#accept(message, sealed, chain))) {
      if (request.header.command === Command.CANCEL) {
        this.#cancel(request);
        continue;
      }
      const outcome = this.#turn(request);
      const reply = outcome instanceof Promise ? await outcome : outcome;
      if (reply === undefined) continue;
      chain.status = reply.status;
      answers.push(this.#answer(request, reply, this.#grantFor(request.header)));
    }
    if (this.options.compoundAnswers === 'apart' || answers.some(standsAlone)) {
      for (const answer of answers) this.#send([answer]);
    } else if (answers.length > 0) this.#send(answers);
  }

  #accept(message: Buffer, sealed: boolean, chain: Chain): FakeRequest {
    const header = decodeHeader(message);
    const session = this.sessions.get(header.sessionId);
    const request: FakeRequest = { header, message, sealed, session, chain };
    if (header.command === Command.CANCEL) this.#checks.checkProtection(request);
    else this.#checks.accept(request);
    this.requests.push(request);
    this.options.trace(`> ${commandName(header.command)} ${header.messageId}`);
    this.#received.push(request);
    return request;
  }

  #turn(request: FakeRequest): Reply | undefined | Promise<Reply | undefined> {
    const answer = (): Reply => this.#handle(request);
    const rule = this.options.faults.match(request);
    return rule === undefined ? answer() : rule.fault({ request, answer });
  }

  #handle(request: FakeRequest): Reply {
    const { command } = request.header;
    const handler = HANDLERS.get(command);
    if (handler === undefined) return failure(Status.NOT_SUPPORTED);
    if (request.session === undefined && !WITHOUT_SESSION.includes(command)) {
      return failure(Status.USER_SESSION_DELETED);
    }
    if (request.session?.isExpired === true && !WHILE_EXPIRED.includes(command)) {
      return failure(Status.NETWORK_SESSION_EXPIRED);
    }
    try {
      return this.fileSystem.as('client', () => handler(request, this));
    } catch (error) {
      this.violate(`bad request: ${String(error)}`);
      return failure(Status.INVALID_PARAMETER);
    }
  }

  /** By async id, or by message id when the client knew none yet (MS-SMB2 3.3.5.16). */
  #cancel(request: FakeRequest): void {
    if (this.options.faults.match(request) !== undefined) return;
    const { flags, asyncId, messageId } = request.header;
    const isAsync = (flags & HeaderFlag.ASYNC) !== 0;
    for (const [id, entry] of this.#operations) {
      if (isAsync ? id === asyncId : entry.messageId === messageId) {
        entry.operation.finish(failure(Status.CANCELLED));
        return;
      }
    }
  }

  #grantFor({ creditCharge, credits }: Header): number {
    const { held } = this.#checks;
    const granted = this.options.grant({ charge: creditCharge, requested: credits, held });
    this.#checks.grant(granted);
    return granted;
  }

  #traceAnswer({ command, messageId }: Header, status: number): void {
    this.options.trace(`< ${commandName(command)} ${messageId} ${statusName(status)}`);
  }

  #answer(request: FakeRequest, reply: Reply, credits: number): Answer {
    const sessionId = reply.header?.sessionId ?? request.header.sessionId;
    const session = this.sessions.get(sessionId) ?? request.session;
    return { request, reply, credits, session };
  }

  #send(answers: readonly Answer[]): void {
    const frame = writeFrame(answers);
    const { wire, copies = 1 } = answers[0]?.reply ?? {};
    for (const { request, reply } of answers) this.#traceAnswer(request.header, reply.status);
    for (let copy = 0; copy < copies; copy += 1) {
      for (const chunk of wire?.(frame) ?? [frame]) this.sendRaw(chunk);
    }
    for (const { reply } of answers) reply.onSent?.();
  }
}
