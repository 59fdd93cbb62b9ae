import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { FakeRuntime } from '../../../test/support/fake-runtime.ts';
import { startServer } from './serve.ts';

/** A WebSocket whose other side never confirms that it is closed. */
async function speechless(port: number, token: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    [
      ...['GET /api/ws HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket'],
      ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
      ...[`Authorization: Bearer ${token}`, '', ''],
    ].join('\r\n'),
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}

it('the runtime stops while sockets are waited for, so that both together stay below 5 s', async () => {
  const runtime = new FakeRuntime();
  const server = await startServer({
    ...{ runtime, logger: runtime.logger, host: '127.0.0.1', port: 0, token: 't' },
    ...{ connections: [], allowedOrigins: [], metricsPublic: false },
  });
  const socket = await speechless(Number(new URL(server.url).port), 't');
  const stopping = server.stop();
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect(runtime.stopped).toBe(1);
  const ended = once(socket, 'close');
  await stopping;
  await ended;
});
