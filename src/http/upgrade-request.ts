import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request to become a WebSocket, as Node hands it over. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly stream: Duplex;
  readonly head: Buffer;
  readonly url: URL;
}

/** The path and query of a request; undefined for what is no address. */
export function requestUrl(target: string | undefined): URL | undefined {
  // Absolute and `//` forms would name another host.
  if (target === undefined || !/^\/(?!\/)/.test(target)) return undefined;
  const base = 'http://localhost';
  return URL.canParse(target, base) ? new URL(target, base) : undefined;
}

/** Answers a request that cannot become a WebSocket. */
export function refuseUpgrade(stream: Duplex, status: string): void {
  stream.on('error', () => undefined);
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => {
    stream.destroy();
  });
}
