import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';

export interface ServerMessage {
  readonly type: string;
  readonly [name: string]: unknown;
}

/** A WebSocket as a client has it, whose messages are awaited one after another. */
export class SocketClient {
  readonly socket: WebSocket;
  readonly opened: Promise<void>;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #messages: ServerMessage[] = [];
  #wake: () => void = () => undefined;
  #ended = false;

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, options);
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    // Who only waits for the end does not look at this.
    this.opened.catch(() => undefined);
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        this.#ended = true;
        this.#wake();
        resolve({ code, reason: reason.toString() });
      });
    });
    this.socket.on('message', (data: Buffer) => {
      this.#messages.push(JSON.parse(data.toString()) as ServerMessage);
      this.#wake();
    });
  }

  async send(message: unknown): Promise<void> {
    await this.opened;
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends a message and gives the next that comes. */
  async ask(message: unknown): Promise<ServerMessage> {
    await this.send(message);
    return this.next();
  }

  async next(): Promise<ServerMessage> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      if (this.#ended) throw new Error('the socket was closed');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Everything that comes before the answer to a ping that is sent now. */
  async untilPong(): Promise<ServerMessage[]> {
    await this.send({ action: 'ping', request_id: 'until' });
    const before: ServerMessage[] = [];
    for (;;) {
      const message = await this.next();
      if (message.type === 'pong' && message['request_id'] === 'until') return before;
      before.push(message);
    }
  }

  async close(): Promise<void> {
    this.socket.close(1000);
    await this.closed;
  }
}
