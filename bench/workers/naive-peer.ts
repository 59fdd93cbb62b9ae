import { setImmediate as nextTurn } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { nowMicros } from '../support/moment.ts';

/** The loop that fan-out is compared with, on the very sockets that the gateway serves. */
export class NaivePeer {
  readonly #sockets = new Set<WebSocket>();
  #restore: () => void = () => undefined;

  /** The gateway keeps its sockets to itself: whatever it sends something on from now on is one. */
  noteSockets(): void {
    const sockets = this.#sockets;
    const { prototype } = WebSocket;
    const descriptor = Object.getOwnPropertyDescriptor(prototype, 'send')!;
    const send = descriptor.value as (this: WebSocket, ...args: unknown[]) => void;
    Object.defineProperty(prototype, 'send', {
      ...descriptor,
      value(this: WebSocket, ...args: unknown[]): void {
        sockets.add(this);
        send.apply(this, args);
      },
    });
    this.#restore = () => Object.defineProperty(prototype, 'send', descriptor);
  }

  /** One message for each change and socket, made anew for each. Gives when it began. */
  async send(options: {
    readonly changes: number;
    readonly connection: string;
    readonly path: string;
  }): Promise<number> {
    this.#restore();
    const sockets = [...this.#sockets];
    const begin = nowMicros();
    for (let i = 0; i < options.changes; i += 1) {
      const message = {
        type: 'directory_changed',
        connection_id: options.connection,
        path: options.path,
        epoch: 'bmFpdmUtbG9vcC0x',
        seq: i + 1,
        reason: 'change',
        changes: [
          {
            action: 'added',
            path: `naive-${i}`,
            kind: 'file',
            size: 0,
            modified_at: '2026-01-02T03:04:05.678Z',
          },
        ],
      };
      for (const ws of sockets) ws.send(JSON.stringify(message));
      await nextTurn();
    }
    return begin;
  }
}
