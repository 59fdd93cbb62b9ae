import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoorServer, TOKEN } from '../../test/support/door-server.ts';
import { EPOCH } from '../../test/support/fake-runtime.ts';
import { SocketClient } from '../../test/support/socket-client.ts';

let server: DoorServer;
beforeEach(async () => {
  server = await DoorServer.start();
});
afterEach(() => server.stop());

describe('a socket that ends', () => {
  const subscribed = async (): Promise<SocketClient> => {
    const client = server.client();
    await client.ask({ action: 'subscribe', connection_id: 'data', path: 'a' });
    return client;
  };

  it.each([
    ['in order', false, (client: SocketClient) => client.socket.close(1000)],
    ['without a code', false, (client: SocketClient) => client.socket.close()],
    ['because its page goes', true, (client: SocketClient) => client.socket.close(1001)],
    ['by a broken connection', true, (client: SocketClient) => client.socket.terminate()],
  ] as const)('%s lets watches linger: %s', async (_how, linger, end) => {
    const client = await subscribed();
    end(client);
    await expect.poll(() => server.runtime.subscriptions[0]?.closed).toEqual({ linger });
    await expect.poll(() => server.doors.counters.sockets).toBe(0);
    expect(server.doors.counters.subscriptions).toBe(0);
  });

  it('while its subscribe is in flight leaves nothing', async () => {
    server.runtime.automatic = false;
    const client = server.client();
    const subscribing = new Promise<void>((resolve) => {
      server.runtime.onSubscribe = () => resolve();
    });
    await client.send({ action: 'subscribe', connection_id: 'data', path: 'a' });
    await subscribing;
    client.socket.terminate();
    await expect.poll(() => server.runtime.open()).toEqual([]);
    // The answer comes too late and harms nobody.
    const subscriber = server.runtime.subscriptions[0]?.subscriber;
    subscriber?.subscribed({
      ...{ type: 'subscribed', epoch: EPOCH, seq: 0, state: 'live', resumed: false },
    });
    subscriber?.numbered({ type: 'resync', seq: 1, reason: 'overflow' }, EPOCH);
    expect(server.doors.counters.subscriptions).toBe(0);
  });

  it('is told 1001 when the server goes', async () => {
    const client = await subscribed();
    const closing = server.doors.close();
    expect(await client.closed).toEqual({ code: 1001, reason: 'server going away' });
    await closing;
    expect(server.runtime.open()).toEqual([]);
    expect(server.clock.pendingTimers).toBe(0);
  });
});

describe('the end of the server', () => {
  it('does not wait for a client that does not answer', async () => {
    await server.stop();
    server = await DoorServer.start({ limits: { closeMs: 20 } });
    const client = server.client();
    await client.ask({ action: 'ping' });
    client.socket.pause();
    await server.doors.close();
    expect(server.doors.counters.sockets).toBe(0);
  });
});

describe('the heartbeat', () => {
  it('keeps who answers and ends who does not', async () => {
    const alive = server.client();
    const dead = server.keep(
      new SocketClient(server.ws, {
        headers: { Authorization: `Bearer ${TOKEN}` },
        autoPong: false,
      }),
    );
    const subscribe = { action: 'subscribe', connection_id: 'data', path: 'a' };
    await Promise.all([alive.ask(subscribe), dead.ask(subscribe)]);
    const pinged = Promise.all([once(alive.socket, 'ping'), once(dead.socket, 'ping')]);
    server.clock.advance(30_000);
    await pinged;
    // The pong of the one is there before the answer to its next message.
    await alive.untilPong();
    server.clock.advance(30_000);
    expect(await dead.closed).toMatchObject({ code: 1006 });
    expect(await alive.untilPong()).toEqual([]);
    expect(server.runtime.subscriptions.map(({ closed }) => closed)).toContainEqual({
      linger: true,
    });
    expect(server.runtime.open()).toHaveLength(1);
  });

  it('answers the pings of a client', async () => {
    const client = server.client();
    await client.opened;
    const pong = once(client.socket, 'pong');
    client.socket.ping('are you there');
    expect(String((await pong)[0])).toBe('are you there');
  });
});
