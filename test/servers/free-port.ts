import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { createServer } from 'node:net';

/** A port that nobody else takes while it is held. */
export interface ReservedPort {
  readonly port: number;
  release(): void;
}

/**
 * Reserves a TCP port of 127.0.0.1 between 10000 and 30000 for a server that is about to start.
 *
 * Below the ephemeral range, because a readiness probe on an ephemeral port can connect to itself.
 * smbd listens with SO_REUSEPORT, so two of them on one port would both seem to work: the TCP port is
 * tried with a plain bind, and the UDP port of the same number is held as the sign that it is taken.
 * The sign vanishes with the process, whatever ends it.
 */
export async function reservePort(): Promise<ReservedPort> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const sign = await bindUdp(port);
    if (sign === undefined) continue;
    if (await isFree(port)) return { port, release: () => sign.close() };
    sign.close();
  }
  throw new Error('no free TCP port between 10000 and 30000 was found in 200 tries');
}

/** Whether a plain bind (no SO_REUSEPORT) of the TCP port succeeds. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function bindUdp(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(socket);
    });
  });
}
