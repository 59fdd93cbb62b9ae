import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFaultProxy } from './tcp-fault-proxy.ts';
import type { FaultProxy } from './tcp-fault-proxy.ts';

describe('a TCP proxy with faults', () => {
  let echo: Server;
  let proxy: FaultProxy;
  /** Sockets as the echo server sees them. */
  let served: Socket[];

  beforeEach(async () => {
    served = [];
    echo = createServer((socket) => {
      served.push(socket);
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await startFaultProxy({ targetPort: (echo.address() as AddressInfo).port });
  });

  afterEach(async () => {
    await proxy.close();
    for (const socket of served) socket.destroy();
    echo.close();
  });

  it('forwards both ways and counts', async () => {
    const client = await open();
    client.write('hello');
    expect(await read(client, 5)).toEqual(Buffer.from('hello'));
    expect(proxy.forwarded).toEqual({ up: 5, down: 5 });
    expect(proxy.connections).toBe(1);
    client.end();
    await once(client, 'close');
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it('resets, ends, or loses only the far side', async () => {
    const reset = await open();
    proxy.cut('rst');
    expect(((await once(reset, 'error')) as [NodeJS.ErrnoException])[0].code).toBe('ECONNRESET');

    const ended = await open();
    proxy.cut('fin');
    await once(ended.resume(), 'end');

    const half = await open();
    const far = served.at(-1) as Socket;
    proxy.cut('half');
    await once(far, 'close');
    expect(half.destroyed).toBe(false);
    half.destroy();
  });

  it('cuts in the midst of a stream', async () => {
    const client = await open();
    proxy.cutAfter('down', 3);
    let got = '';
    client.on('data', (bytes) => (got += bytes.toString()));
    client.write('abcdef');
    await closed(client);
    expect('abc'.startsWith(got)).toBe(true);
    expect(proxy.forwarded.down).toBe(3);
  });

  it('holds one direction back until it is resumed, in order', async () => {
    const client = await open();
    proxy.pause('down');
    client.write('1');
    await expect.poll(() => proxy.forwarded.up).toBe(1);
    client.write('2');
    await expect.poll(() => proxy.forwarded.up).toBe(2);
    expect(proxy.forwarded.down).toBe(0);
    proxy.resume();
    expect(await read(client, 2)).toEqual(Buffer.from('12'));
  });

  it('delays', async () => {
    const client = await open();
    proxy.delay(40);
    const start = performance.now();
    client.write('late');
    await read(client, 4);
    expect(performance.now() - start).toBeGreaterThanOrEqual(75);
  });

  it('splits into fragments without losing a byte', async () => {
    const client = await open();
    proxy.fragment(7);
    const sent = Buffer.alloc(1000, 'tide');
    let pieces = 0;
    client.on('data', () => pieces++);
    client.write(sent);
    expect(await read(client, sent.length)).toEqual(sent);
    expect(pieces).toBeGreaterThan(20);
  });

  it('flips one bit of a byte, once', async () => {
    const client = await open();
    proxy.flip('down', 1);
    client.write('AAAA');
    expect(await read(client, 4)).toEqual(Buffer.from('A@AA'));
    client.write('AA');
    expect(await read(client, 2)).toEqual(Buffer.from('AA'));
  });

  it('refuses connections while asked to', async () => {
    proxy.refuse(true);
    const client = connect(proxy.port, '127.0.0.1');
    await closed(client);
    proxy.refuse(false);
    const next = await open();
    next.write('ok');
    expect(await read(next, 2)).toEqual(Buffer.from('ok'));
  });

  /** A connection that the echo server has accepted. */
  async function open(): Promise<Socket> {
    const before = served.length;
    const client = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true });
    await once(client, 'connect');
    await expect.poll(() => served.length, { interval: 2 }).toBe(before + 1);
    return client;
  }
});

/** Resolves when the socket is closed, with or without an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
  });
}

/** The next so many bytes of a socket. */
function read(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size < length) return;
      socket.off('data', onData);
      resolve(Buffer.concat(chunks));
    };
    socket.on('data', onData);
    socket.once('error', reject);
  });
}
