import { afterEach, describe, expect, it } from 'vitest';
import { DoorServer, TOKEN } from '../../test/support/door-server.ts';
import { SocketClient } from '../../test/support/socket-client.ts';
import { singleToken } from './authentication.ts';
import type { DoorOptions } from './doors.ts';

let server: DoorServer;
const start = async (options: Partial<DoorOptions> = {}): Promise<DoorServer> => {
  server = await DoorServer.start(options);
  return server;
};
afterEach(() => server.stop());

const PONG = { type: 'pong' };
const REFUSED = { code: 1008, reason: 'not authenticated' };
const anonymous = (query = '', headers: Record<string, string> = {}): SocketClient =>
  server.keep(new SocketClient(`${server.ws}${query}`, { headers }));

describe('an authenticator of the host', () => {
  const client = { Authorization: 'Bearer theirs' };

  it('that throws at once refuses a socket, and harms nobody', async () => {
    const authenticate = (): never => {
      throw new Error('the accounts are gone');
    };
    await start({ authenticator: { authenticate } });
    expect(await anonymous('', client).closed).toEqual(REFUSED);
    expect(await anonymous('?token=theirs').closed).toEqual(REFUSED);
    const late = anonymous();
    await late.send({ action: 'authenticate', token: 'theirs' });
    expect(await late.closed).toEqual(REFUSED);
    const inspector = new SocketClient(server.ws.replace('/ws', '/inspect'), {
      headers: client,
    });
    expect(await server.keep(inspector).closed).toEqual(REFUSED);
  });

  it('that never answers keeps no socket open', async () => {
    await start({ authenticator: { authenticate: () => new Promise(() => undefined) } });
    const waiting = anonymous('', client);
    await waiting.opened;
    server.clock.advance(10_001);
    expect(await waiting.closed).toEqual({ code: 1008, reason: 'not authenticated in time' });
  });
});

describe('one token', () => {
  it('is never empty, or everybody would have it', () => {
    expect(() => singleToken('')).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});

describe('a socket', () => {
  it('is let in by a token in its address, as older clients send it', async () => {
    await start();
    expect(await anonymous(`?token=${TOKEN}`).ask({ action: 'ping' })).toEqual(PONG);
  });

  it('is let in by a header', async () => {
    await start();
    const client = anonymous('', { Authorization: `bearer ${TOKEN}` });
    expect(await client.ask({ action: 'ping' })).toEqual(PONG);
  });

  it('is let in by a ticket, once', async () => {
    await start();
    const ticket = await server.ticket();
    expect(await anonymous(`?ticket=${ticket}`).ask({ action: 'ping' })).toEqual(PONG);
    expect(await anonymous(`?ticket=${ticket}`).closed).toEqual(REFUSED);
  });

  it('is not let in by a ticket older than 30 s', async () => {
    await start();
    const [young, old] = [await server.ticket(), await server.ticket()];
    server.clock.advance(29_999);
    expect(await anonymous(`?ticket=${young}`).ask({ action: 'ping' })).toEqual(PONG);
    server.clock.advance(2);
    expect(await anonymous(`?ticket=${old}`).closed).toEqual(REFUSED);
  });

  it('is let in by its first message', async () => {
    await start();
    const client = anonymous();
    const reply = await client.ask({ action: 'authenticate', token: TOKEN, request_id: 1 });
    expect(reply).toEqual({ type: 'authenticated', request_id: 1 });
    expect(await client.ask({ action: 'ping' })).toEqual(PONG);
    // The deadline has no power over it any more.
    server.clock.advance(10_001);
    expect(await client.ask({ action: 'ping' })).toEqual(PONG);
  });

  it('is heard in order when it sends on without waiting to be let in', async () => {
    await start();
    const client = anonymous();
    await client.send({ action: 'authenticate', token: TOKEN });
    for (let id = 0; id < 20; id += 1) await client.send({ action: 'ping', request_id: id });
    expect(await client.next()).toEqual({ type: 'authenticated' });
    for (let id = 0; id < 20; id += 1) {
      expect(await client.next()).toEqual({ type: 'pong', request_id: id });
    }
  });

  it.each([
    ['?token=wrong', {}],
    ['?token=', {}],
    ['?ticket=', {}],
    ['?ticket=wrong&token=a-token-of-the-tests', {}],
    ['', { Authorization: 'Bearer wrong' }],
  ])('is accepted and closed with 1008 when it comes with %j', async (query, headers) => {
    await start();
    const client = anonymous(query, headers);
    await client.opened;
    expect(await client.closed).toEqual(REFUSED);
    expect(server.doors.counters.refused).toBe(1);
  });

  it.each([
    { action: 'authenticate', token: 'wrong' },
    { action: 'ping' },
    { action: 'subscribe', connection_id: 'data', path: '' },
    'no json',
  ])('is closed with 1008 when its first message is %j', async (message) => {
    await start();
    const client = anonymous();
    await client.send(message);
    expect(await client.closed).toEqual(REFUSED);
    expect(server.runtime.subscriptions).toEqual([]);
  });

  it('is closed with 1008 when it says nothing for 10 s', async () => {
    await start();
    const client = anonymous();
    await client.opened;
    server.clock.advance(10_000);
    expect(await client.closed).toEqual({ code: 1008, reason: 'not authenticated in time' });
  });

  it('that was let in is closed when it authenticates anew with a wrong token', async () => {
    await start();
    const client = server.client();
    await client.ask({ action: 'subscribe', connection_id: 'data', path: '' });
    await client.send({ action: 'authenticate', token: 'wrong' });
    expect(await client.closed).toEqual(REFUSED);
    expect(server.runtime.open()).toEqual([]);
  });

  it('of a page elsewhere is closed with 1008', async () => {
    await start({ allowedOrigins: ['https://files.example'] });
    const host = `127.0.0.1:${server.port}`;
    for (const Origin of ['http://evil.example', 'null', `http://${host}.evil.example`]) {
      const client = server.client({ headers: { Origin } });
      expect(await client.closed).toEqual({ code: 1008, reason: 'origin not allowed' });
    }
    for (const Origin of [`http://${host}`, 'https://files.example']) {
      const client = server.client({ headers: { Origin } });
      expect(await client.ask({ action: 'ping' })).toEqual(PONG);
    }
  });

  it('too many is closed with 1008', async () => {
    await start({ limits: { maxSockets: 2 } });
    const clients = [server.client(), server.client()];
    await Promise.all(clients.map((client) => client.ask({ action: 'ping' })));
    expect(await server.client().closed).toEqual({ code: 1008, reason: 'too many sockets' });
    await clients[0]?.close();
    await expect.poll(() => server.doors.counters.sockets).toBe(1);
    expect(await server.client().ask({ action: 'ping' })).toEqual(PONG);
  });

  it('at an address that is none is answered 404', async () => {
    await start();
    const client = server.keep(new SocketClient(`ws://127.0.0.1:${server.port}/elsewhere`));
    await expect(client.opened).rejects.toThrow('404');
  });
});

describe('an inspector', () => {
  it('is not let in by a token in its address', async () => {
    await start();
    const url = `ws://127.0.0.1:${server.port}/api/inspect?token=${TOKEN}`;
    expect(await server.keep(new SocketClient(url)).closed).toEqual(REFUSED);
  });
});

describe('a client that is let in', () => {
  it('has a limit of subscriptions, which replacing does not touch', async () => {
    await start({ limits: { maxSubscriptions: 2 } });
    const client = server.client();
    const subscribe = (path: string): object => ({
      ...{ action: 'subscribe', connection_id: 'data', path },
    });
    for (const path of ['a', 'b', '/a/']) {
      expect(await client.ask(subscribe(path))).toMatchObject({ type: 'subscribed' });
    }
    const reply = await client.ask(subscribe('c'));
    expect(reply).toMatchObject({ type: 'error', code: 'limit_exceeded', path: 'c' });
    await client.ask({ action: 'unsubscribe', connection_id: 'data', path: 'a' });
    expect(await client.ask(subscribe('c'))).toMatchObject({ type: 'subscribed' });
  });

  it('is read no faster than agreed when it sends too much, and loses nothing', async () => {
    await start({ limits: { messageBurst: 10, messagesPerSecond: 100 } });
    const client = server.client();
    // Ten of these fill what is read from a connection at once.
    const filler = 'x'.repeat(6_500);
    for (let id = 0; id < 200; id += 1) {
      await client.send({ action: 'ping', request_id: id, filler });
    }
    let heard = 0;
    client.socket.on('message', () => (heard += 1));
    while (heard < 200) {
      server.clock.advance(10);
      await new Promise(setImmediate);
    }
    expect(server.clock.now()).toBeGreaterThan(1_500);
    for (let id = 0; id < 200; id += 1) {
      expect(await client.next()).toEqual({ type: 'pong', request_id: id });
    }
  });
});
