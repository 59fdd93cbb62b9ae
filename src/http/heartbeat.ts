import type { WebSocket } from 'ws';
import { WebSocket as Socket } from 'ws';
import type { Clock } from '../app/index.ts';

/** Pings WebSockets and ends those that do not answer: half-open connections tell nothing by themselves. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  /** Whether each was heard of since its last ping. */
  readonly #heard = new Map<WebSocket, boolean>();
  #timer: unknown;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  add(socket: WebSocket): void {
    this.#heard.set(socket, true);
    const heard = (): void => void this.#heard.set(socket, true);
    socket.on('pong', heard);
    socket.on('message', heard);
    socket.once('close', () => {
      socket.off('pong', heard);
      socket.off('message', heard);
      this.#heard.delete(socket);
    });
    this.#timer ??= this.#schedule();
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): unknown {
    return this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#beat();
      if (this.#heard.size > 0) this.#timer = this.#schedule();
    }, this.#intervalMs);
  }

  #beat(): void {
    for (const [socket, heard] of this.#heard) {
      if (!heard) socket.terminate();
      else if (socket.readyState === Socket.OPEN) {
        this.#heard.set(socket, false);
        socket.ping();
      }
    }
  }
}
