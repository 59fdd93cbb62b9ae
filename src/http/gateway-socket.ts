import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Caller, Clock, Logger } from '../app/index.ts';
import type { Access } from './access.ts';
import { ownerOf } from './authentication.ts';
import type { Authenticator } from './authentication.ts';
import { plainFrame } from './change-frames.ts';
import type { AuthenticateMessage } from './client-messages.ts';
import type { ClientSession } from './client-session.ts';
import { CLOSE, mayComeBack } from './close-codes.ts';
import type { CloseReason } from './close-codes.ts';
import type { GatewayCounters } from './gateway-counters.ts';
import type { DoorLimits } from './limits.ts';
import { MessageBudget } from './message-budget.ts';
import { parseMessage } from './parse-message.ts';
import { SocketAccess } from './socket-access.ts';
import { SocketWriter } from './socket-writer.ts';

export interface GatewaySocketOptions {
  /** For the log. */
  readonly id: number;
  readonly socket: WebSocket;
  readonly stream: Duplex;
  /** Who it said it is when it came; undefined when its first message has to say. */
  readonly presented: Promise<Caller | undefined> | undefined;
  /** Where it comes from. */
  readonly address: string;
  readonly access: Access;
  readonly authenticator: Authenticator;
  readonly session: (writer: SocketWriter, caller: Caller) => ClientSession;
  readonly limits: DoorLimits;
  readonly clock: Clock;
  readonly counters: GatewayCounters;
  readonly logger: Logger;
}

/** The life of one socket of `/api/ws`: who it is, how much it may send, and how it ends. */
export class GatewaySocket {
  readonly #options: GatewaySocketOptions;
  readonly #writer: SocketWriter;
  readonly #budget: MessageBudget;
  readonly #access: SocketAccess;
  readonly #pauses = new Set<'congested' | 'budget' | 'authenticating'>();
  /** Came while it was not known yet who it is. */
  readonly #early: string[] = [];
  #session: ClientSession | undefined;
  #authenticating = false;
  #over = false;
  #deadline: unknown;
  #budgetTimer: unknown;

  constructor(options: GatewaySocketOptions) {
    this.#options = options;
    const { access, clock, counters, limits, logger, socket, stream } = options;
    this.#access = new SocketAccess({
      ...{ access, clock, logger },
      callerChanged: (caller) => this.#session?.become(caller),
      connectionChanged: (id) => this.#session?.recheck(id),
      end: (reason) => this.end(reason),
    });
    this.#budget = new MessageBudget(clock, limits.messageBurst, limits.messagesPerSecond);
    this.#writer = new SocketWriter({
      socket,
      stream,
      limits,
      clock,
      counters,
      congestion: (congested) => this.#pause('congested', congested),
      tooSlow: () => {
        counters.slowCloses += 1;
        this.end(CLOSE.tooSlow);
      },
    });
  }

  start(): void {
    const { clock, limits, presented, socket } = this.#options;
    socket.on('message', (data: Buffer, binary: boolean) => {
      this.#spend();
      this.#receive(binary ? '' : data.toString());
    });
    socket.on('ping', (data: Buffer) => {
      this.#spend();
      // A flood of pings must not pile up answers that nobody takes.
      if (!this.#writer.congested) socket.pong(data);
    });
    socket.once('close', (code: number) => this.#release(mayComeBack(code)));
    const late = (): void => this.#refuse(CLOSE.late);
    this.#deadline = clock.setTimeout(late, limits.authenticationMs);
    if (presented !== undefined) void this.#admit(presented);
  }

  /** Closes the socket and lets go of everything it has at once, however slow the other side is. */
  end({ code, reason }: CloseReason): void {
    if (this.#over) return;
    this.#release(mayComeBack(code));
    this.#options.socket.resume();
    this.#options.socket.close(code, reason);
  }

  #receive(text: string): void {
    if (this.#over) return;
    if (this.#authenticating) {
      // Reading is paused; these came in the same chunk.
      this.#early.push(text);
      return;
    }
    const message = parseMessage(text);
    if (message.action === 'authenticate') {
      void this.#admit(ownerOf(this.#options.authenticator, message.token), message);
    } else if (this.#session === undefined) {
      this.#refuse(CLOSE.refused);
    } else {
      this.#session.receive(message);
    }
  }

  async #admit(claimed: Promise<Caller | undefined>, message?: AuthenticateMessage): Promise<void> {
    this.#authenticating = true;
    this.#pause('authenticating', true);
    await this.#access.admit(claimed, (caller) => {
      if (caller === undefined) this.#refuse(CLOSE.refused);
      else this.#letIn({ ...caller, address: this.#options.address }, message);
    });
  }

  #letIn(caller: Caller, message: AuthenticateMessage | undefined): void {
    const { clock, session } = this.#options;
    clock.clearTimeout(this.#deadline);
    if (this.#session === undefined) this.#session = session(this.#writer, caller);
    else this.#session.become(caller);
    if (message !== undefined) {
      const { request_id } = message;
      this.#writer.send(plainFrame({ type: 'authenticated', ...{ request_id } }));
    }
    this.#authenticating = false;
    this.#pause('authenticating', false);
    // One of them may authenticate anew, and then the rest waits again.
    for (const text of this.#early.splice(0)) this.#receive(text);
  }

  #refuse(reason: CloseReason): void {
    if (this.#over) return;
    const { counters, id, logger } = this.#options;
    counters.refused += 1;
    logger.info({ event: 'ws.refused', socket: id, reason: reason.reason }, 'refused a socket');
    this.end(reason);
  }

  #spend(): void {
    const wait = this.#budget.spend();
    if (wait === 0 || this.#budgetTimer !== undefined || this.#over) return;
    this.#pause('budget', true);
    this.#budgetTimer = this.#options.clock.setTimeout(() => {
      this.#budgetTimer = undefined;
      this.#pause('budget', false);
    }, wait);
  }

  #pause(why: 'congested' | 'budget' | 'authenticating', paused: boolean): void {
    if (paused) this.#pauses.add(why);
    else this.#pauses.delete(why);
    if (this.#over) return;
    const { socket } = this.#options;
    if (this.#pauses.size > 0) socket.pause();
    else socket.resume();
  }

  #release(linger: boolean): void {
    if (this.#over) return;
    this.#over = true;
    const { clock } = this.#options;
    clock.clearTimeout(this.#deadline);
    clock.clearTimeout(this.#budgetTimer);
    this.#early.length = 0;
    this.#access.close();
    this.#session?.close({ linger });
    this.#writer.close();
  }
}
