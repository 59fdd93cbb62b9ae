import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Doors } from '../../http/doors.ts';
import { refuseUpgrade, requestUrl } from '../../http/upgrade-request.ts';
import type { HostServer } from './attach-options.ts';

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;
type UpgradeListener = (request: IncomingMessage, stream: Duplex, head: Buffer) => void;

/**
 * Puts doors on a server that may have an owner with listeners of its own: what lies below the base path
 * is ours, everything else goes on to those that listened before. Returns how to take the doors away.
 */
export function putDoorsOn(server: HostServer, doors: Doors, basePath: string): () => void {
  const base = basePath.replace(/\/+$/, '');
  if (base !== '' && !base.startsWith('/')) throw new TypeError('basePath has to start with /');
  const before = server.listeners('request') as RequestListener[];
  const onRequest: RequestListener = (request, response) => {
    const inside = withoutBase(request.url, base);
    if (inside === undefined) {
      for (const listener of before) listener.call(server, request, response);
      if (before.length === 0) response.writeHead(404).end();
      return;
    }
    request.url = inside;
    doors.request(request, response);
  };
  const onUpgrade: UpgradeListener = (request, stream, head) => {
    const inside = withoutBase(request.url, base);
    const url = requestUrl(inside);
    if (url !== undefined && doors.upgrade({ request, stream, head, url })) return;
    // Outside of ours another listener may take it; if there is none, nobody would ever answer.
    if (inside === undefined && server.listenerCount('upgrade') > 1) return;
    refuseUpgrade(stream, '404 Not Found');
  };
  server.removeAllListeners('request');
  server.on('request', onRequest);
  server.on('upgrade', onUpgrade);
  return () => {
    server.off('request', onRequest);
    server.off('upgrade', onUpgrade);
    for (const listener of before) server.on('request', listener);
  };
}

/** What stands behind the base path, beginning with `/`; undefined when the address lies elsewhere. */
function withoutBase(target: string | undefined, base: string): string | undefined {
  if (target === undefined || !target.startsWith(base)) return undefined;
  const rest = target.slice(base.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : undefined;
}
