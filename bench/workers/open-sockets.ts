import { once } from 'node:events';
import { WebSocket } from 'ws';

const AT_ONCE = 50;

export interface SocketsToOpen {
  /** `http://…`, as the server says it. */
  readonly url: string;
  readonly token: string;
  readonly count: number;
}

export async function openSockets({ url, token, count }: SocketsToOpen): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => {
      return new WebSocket(`${url.replace('http', 'ws')}/api/ws`, {
        headers: { authorization: `Bearer ${token}` },
        perMessageDeflate: false,
      });
    });
    await Promise.all(some.map((socket) => once(socket, 'open')));
    sockets.push(...some);
  }
  return sockets;
}

/** Resolves when the socket has been told so of every path; rejects when it is told an error. */
export function subscribeSocket(
  socket: WebSocket,
  subscription: {
    readonly connection: string;
    readonly paths: readonly string[];
    readonly detail: string;
  },
): Promise<void> {
  const { connection, detail, paths } = subscription;
  let waiting = paths.length;
  return new Promise((resolve, reject) => {
    const onMessage = (data: Buffer): void => {
      const text = data.toString();
      const { type } = JSON.parse(text) as { type: string };
      if (type === 'error') reject(new Error(text));
      if (type !== 'subscribed') return;
      waiting -= 1;
      if (waiting > 0) return;
      socket.off('message', onMessage);
      resolve();
    };
    socket.on('message', onMessage);
    socket.once('close', (code) => reject(new Error(`the socket was closed with ${code}`)));
    for (const path of paths) {
      const message = { action: 'subscribe', connection_id: connection, path, detail };
      socket.send(JSON.stringify({ ...message, recursive: false }));
    }
  });
}
