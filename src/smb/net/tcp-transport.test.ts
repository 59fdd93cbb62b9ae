import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTcp } from './tcp-transport.ts';
import type { ByteSink, Transport } from './transport.ts';

/** Gives each chunk memory of its own and passes it on. */
function collector(take: (chunk: Buffer) => void): ByteSink {
  let room = Buffer.alloc(0);
  return {
    room: () => (room = Buffer.alloc(50_000)),
    received: (length) => take(room.subarray(0, length)),
  };
}

describe('the TCP transport', () => {
  let server: net.Server;
  let port: number;
  let accepted: Promise<net.Socket>;

  beforeEach(async () => {
    server = net.createServer({ allowHalfOpen: true });
    accepted = once(server, 'connection').then(([socket]) => socket as net.Socket);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as net.AddressInfo).port;
  });

  afterEach(() => {
    server.close();
  });

  const open = (): Promise<Transport> => connectTcp({ host: '127.0.0.1', port, timeoutMs: 5_000 });

  const closeOf = (transport: Transport): Promise<Error | undefined> =>
    new Promise((resolve) => {
      transport.onClose(resolve);
    });

  it('carries bytes both ways, in order and whole', async () => {
    const transport = await open();
    const socket = await accepted;
    const size = 3_000_000;
    const sent = Buffer.alloc(size, 0).map((_, index) => index % 251);
    const received = new Promise<Buffer>((resolve) => {
      const chunks: Buffer[] = [];
      let have = 0;
      transport.receiveInto(
        collector((chunk) => {
          chunks.push(chunk);
          have += chunk.length;
          if (have === size) resolve(Buffer.concat(chunks));
        }),
      );
    });
    socket.on('data', (chunk) => socket.write(chunk));
    transport.send([Buffer.from(sent.subarray(0, 10)), Buffer.from(sent.subarray(10))]);
    expect((await received).equals(Buffer.from(sent))).toBe(true);
    const closed = closeOf(transport);
    transport.destroy();
    expect(await closed).toBeUndefined();
    socket.destroy();
  });

  it('keeps what comes before there is a reader', async () => {
    const transport = await open();
    const socket = await accepted;
    socket.write('early');
    const text = await new Promise<string>((resolve) => {
      transport.receiveInto(collector((chunk) => resolve(chunk.toString())));
    });
    expect(text).toBe('early');
    transport.destroy();
    socket.destroy();
  });

  it('ends when the server closes its half, and tells a reset by its error', async () => {
    const first = await open();
    const socket = await accepted;
    const ended = closeOf(first);
    socket.end();
    expect(await ended).toBeUndefined();
    socket.destroy();

    accepted = once(server, 'connection').then(([each]) => each as net.Socket);
    const second = await open();
    const reset = closeOf(second);
    (await accepted).resetAndDestroy();
    expect(await reset).toMatchObject({ code: 'ECONNRESET' });
  });

  it('tells refusal, abort and a full stop by their codes', async () => {
    const options = { host: '127.0.0.1', timeoutMs: 5_000 };
    server.close();
    await expect(connectTcp({ ...options, port })).rejects.toMatchObject({ code: 'unreachable' });
    const signal = AbortSignal.abort();
    await expect(connectTcp({ ...options, port, signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
