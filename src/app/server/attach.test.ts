import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeRuntime } from '../../../test/support/fake-runtime.ts';
import { SocketClient } from '../../../test/support/socket-client.ts';
import { attach } from './attach.ts';
import type { Attachment } from './attach.ts';

let host: Server;
let runtime: FakeRuntime;
let attached: Attachment | undefined;
beforeEach(async () => {
  runtime = new FakeRuntime();
  host = createServer((request, response) => response.end(`host ${request.url ?? ''}`));
  await new Promise<void>((resolve) => {
    host.listen(0, '127.0.0.1', resolve);
  });
});
afterEach(async () => {
  await attached?.detach();
  host.closeAllConnections();
  await new Promise((resolve) => host.close(resolve));
});

const port = (): number => (host.address() as AddressInfo).port;
const get = (path: string, token = 't'): Promise<Response> =>
  fetch(`http://127.0.0.1:${port()}${path}`, { headers: { Authorization: `Bearer ${token}` } });
const open = (path: string): SocketClient =>
  new SocketClient(`ws://127.0.0.1:${port()}${path}`, { headers: { Authorization: 'Bearer t' } });

describe('doors on the server of a host', () => {
  it('stand below the base path and leave the rest to the host', async () => {
    attached = attach(runtime, host, { basePath: '/tidewatch/', authentication: { token: 't' } });
    expect(await (await get('/tidewatch/api/connections')).json()).toMatchObject({ items: [] });
    expect((await get('/tidewatch/readyz')).status).toBe(200);
    expect((await get('/tidewatch')).status).toBe(404);
    expect((await get('/tidewatch?x=1')).status).toBe(404);
    for (const path of ['/', '/api/connections', '/tidewatching']) {
      expect(await (await get(path)).text()).toBe(`host ${path}`);
    }
    const client = open('/tidewatch/api/ws');
    expect(await client.ask({ action: 'ping' })).toEqual({ type: 'pong' });
    client.socket.terminate();
  });

  it('leave other WebSockets to the host', async () => {
    const theirs = new WebSocketServer({ noServer: true });
    host.on('upgrade', (request, stream, head) => {
      if (request.url !== '/theirs') return;
      theirs.handleUpgrade(request, stream, head, (socket) => socket.send('{"type":"theirs"}'));
    });
    attached = attach(runtime, host, { basePath: '/tidewatch', authentication: { token: 't' } });
    const client = open('/theirs');
    expect(await client.next()).toEqual({ type: 'theirs' });
    client.socket.terminate();
    await expect(open('/tidewatch/elsewhere').opened).rejects.toThrow('404');
  });

  it('answer who asks for a WebSocket where there is none', async () => {
    attached = attach(runtime, host, { authentication: { token: 't' } });
    await expect(open('/nowhere').opened).rejects.toThrow('404');
  });

  it('are taken away again, with every socket', async () => {
    attached = attach(runtime, host, { basePath: '/tidewatch', authentication: { token: 't' } });
    const client = open('/tidewatch/api/ws');
    await client.ask({ action: 'ping' });
    await attached.detach();
    expect(await client.closed).toMatchObject({ code: 1001 });
    expect(await (await get('/tidewatch/readyz')).text()).toBe('host /tidewatch/readyz');
    expect(host.listenerCount('upgrade')).toBe(0);
    expect(host.listenerCount('request')).toBe(1);
  });

  it('make a token for this run when there is none', async () => {
    attached = attach(runtime, host, { basePath: '/tidewatch' });
    expect(attached.token).toMatch(/^[\w-]{43}$/);
    expect((await get('/tidewatch/api/version', attached.token)).status).toBe(200);
    expect((await get('/tidewatch/api/version')).status).toBe(401);
  });

  it('refuse a base path that is none', () => {
    expect(() => attach(runtime, host, { basePath: 'tidewatch' })).toThrow('basePath');
  });
});
