import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { DEFAULTS } from '../../defaults.ts';

/** Limits on those who send or take too slowly, too much, or come too many at once. */
export const HTTP_SERVER_LIMITS = {
  headersMs: DEFAULTS.httpHeadersMs as number,
  requestMs: DEFAULTS.httpRequestMs as number,
  checkMs: DEFAULTS.httpCheckMs as number,
  keepAliveMs: DEFAULTS.httpKeepAliveMs as number,
  idleMs: DEFAULTS.httpIdleMs as number,
  maxConnections: DEFAULTS.httpMaxConnections as number,
  maxHeaderBytes: DEFAULTS.httpMaxHeaderBytes as number,
};

export type HttpServerLimits = Readonly<typeof HTTP_SERVER_LIMITS>;

/** A server that nobody keeps busy by being slow. WebSockets have limits of their own. */
export function createHttpServer(limits: HttpServerLimits = HTTP_SERVER_LIMITS): Server {
  const server = createServer({
    // Some clients offer HTTP/2 with every request; to go on without is the answer they expect.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.maxHeaderBytes,
  });
  // Nothing was read or written for so long: whoever takes an answer drop by drop is let go.
  server.timeout = limits.idleMs;
  limitConnections(server, limits.maxConnections);
  return server;
}

/** Those that became WebSockets do not count, so that neither kind keeps the other out. */
function limitConnections(server: Server, most: number): void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    if (open.size >= most) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('upgrade', (_request, stream) => open.delete(stream as Socket));
}
