import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoorServer, TOKEN } from '../../test/support/door-server.ts';
import { EPOCH } from '../../test/support/fake-runtime.ts';
import { SocketClient } from '../../test/support/socket-client.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { ChangeEvent, NumberedEvent, Subscriber } from '../app/index.ts';

let server: DoorServer;
beforeEach(async () => {
  server = await DoorServer.start();
});
afterEach(() => server.stop());

const change = (seq: number): ChangeEvent => ({
  type: 'change',
  seq,
  changes: [{ action: 'added', path: `file-${seq}`, kind: 'file', size: 5 }],
});

/** What a runtime does with one event: the same object to every subscriber. */
function tellAll(event: NumberedEvent): void {
  for (const { subscriber } of server.runtime.open()) subscriber.numbered(event, EPOCH);
}

function last(): Subscriber {
  const subscription = server.runtime.subscriptions.at(-1);
  if (subscription === undefined) throw new Error('nobody subscribed');
  return subscription.subscriber;
}

/** Resolves when the runtime was asked for one more subscription. */
function nextSubscribe(): Promise<void> {
  return new Promise((resolve) => {
    server.runtime.onSubscribe = () => resolve();
  });
}

describe('a client that knows only subscribe, unsubscribe and ping with an id and a path', () => {
  it('is answered as it expects', async () => {
    const client = server.keep(new SocketClient(`${server.ws}?token=${TOKEN}`));
    const address = { connection_id: server.id, path: '/projects' };
    expect(await client.ask({ action: 'subscribe', ...address })).toEqual({
      type: 'subscribed',
      ...address,
      epoch: EPOCH,
      seq: 0,
      state: 'live',
      resumed: false,
    });
    expect(server.runtime.subscriptions[0]?.request).toEqual({
      connection: server.id,
      path: '/projects',
      recursive: 'tree',
      detail: 'refresh',
      resume: undefined,
    });
    tellAll(change(1));
    expect(await client.next()).toEqual({
      type: 'directory_changed',
      ...address,
      epoch: EPOCH,
      seq: 1,
      reason: 'change',
    });
    expect(await client.ask({ action: 'ping' })).toEqual({ type: 'pong' });
    expect(await client.ask({ action: 'unsubscribe', ...address })).toEqual({
      type: 'unsubscribed',
      ...address,
    });
    expect(server.runtime.subscriptions[0]?.closed).toEqual({ linger: false });
  });

  it('may leave the path out, which means the root', async () => {
    const client = server.client();
    const reply = await client.ask({ action: 'subscribe', connection_id: server.id });
    expect(reply).toMatchObject({ type: 'subscribed', path: '' });
  });

  it('gets an answer to unsubscribe even when it is not subscribed or the id is none', async () => {
    const client = server.client();
    for (const id of [server.id, 'no-such-connection', '{not-a-uuid']) {
      const reply = await client.ask({ action: 'unsubscribe', connection_id: id, path: '../x' });
      expect(reply).toEqual({ type: 'unsubscribed', connection_id: id, path: '../x' });
    }
  });

  it('is told that a connection is not there in the words it knows', async () => {
    const reply = await server
      .client()
      .ask({ action: 'subscribe', connection_id: 'not-a-uuid', path: '', request_id: 7 });
    expect(reply).toEqual({
      type: 'error',
      code: 'not_found',
      message: 'Connection not found or access denied',
      connection_id: 'not-a-uuid',
      path: '',
      request_id: 7,
    });
    expect(server.runtime.subscriptions).toEqual([]);
  });
});

describe('a subscription', () => {
  const ways = (): string[] => [
    server.id.toUpperCase(),
    `{${server.id}}`,
    server.id.replaceAll('-', ''),
    'data',
  ];

  it('takes the id in any spelling, or the name, and answers in the same spelling', async () => {
    for (const spelling of ways()) {
      const client = server.client();
      const address = { connection_id: spelling, path: 'a/b/' };
      const reply = await client.ask({ action: 'subscribe', ...address, request_id: 'r1' });
      expect(reply).toMatchObject({ type: 'subscribed', ...address, request_id: 'r1' });
      expect(server.runtime.subscriptions.at(-1)?.request.connection).toBe(server.id);
      last().numbered(change(1), EPOCH);
      expect(await client.next()).toMatchObject({ type: 'directory_changed', ...address });
      await client.close();
    }
  });

  it('passes on mode, detail and where to resume', async () => {
    const resume = { epoch: EPOCH, seq: 41 };
    const wanted = { path: 'a', recursive: false, detail: 'changes', resume };
    const reply = await server
      .client()
      .ask({ action: 'subscribe', connection_id: 'data', ...wanted });
    expect(reply).toMatchObject({ type: 'subscribed', resumed: true });
    expect(server.runtime.subscriptions[0]?.request).toEqual({ connection: server.id, ...wanted });
  });

  it('with detail tells what changed, and on a resync only why', async () => {
    const client = server.client();
    await client.ask({ action: 'subscribe', connection_id: 'data', path: 'a', detail: 'changes' });
    tellAll(change(1));
    expect(await client.next()).toMatchObject({ seq: 1, changes: change(1).changes });
    tellAll({ type: 'resync', seq: 2, reason: 'overflow' });
    expect(await client.next()).toEqual({
      type: 'directory_changed',
      connection_id: 'data',
      path: 'a',
      epoch: EPOCH,
      seq: 2,
      reason: 'overflow',
    });
  });

  it('tells how the watch is', async () => {
    const client = server.client();
    await client.ask({ action: 'subscribe', connection_id: 'data', path: 'a' });
    const state = {
      state: 'reconnecting',
      since: '2026-01-01T00:00:00.000Z',
      attempt: 2,
      retry_in_ms: 700,
      code: 'unreachable',
      message: 'no connection',
    } as const;
    last().state({ type: 'state', ...state });
    expect(await client.next()).toEqual({
      type: 'watch_state',
      connection_id: 'data',
      path: 'a',
      ...state,
    });
  });

  it.each([
    ['not_found', 'not_found'],
    ['access_denied', 'not_found'],
    ['share_not_found', 'not_found'],
    ['invalid_path', 'invalid_path'],
    ['insufficient_resources', 'limit_exceeded'],
    ['logon_failure', 'unavailable'],
    ['unsupported', 'unavailable'],
  ] as const)(
    'that meets %s at the start is answered %s and leaves nothing',
    async (code, word) => {
      server.runtime.automatic = false;
      const client = server.client();
      const subscribing = nextSubscribe();
      await client.send({ action: 'subscribe', connection_id: 'data', path: 'a', request_id: 'x' });
      await subscribing;
      last().ended(new TidewatchError(code, 'a sentence'));
      const reply = await client.next();
      expect(reply).toMatchObject({ type: 'error', code: word, message: 'a sentence', path: 'a' });
      expect(reply['request_id']).toBe('x');
      expect(reply['cause']).toBe(word === 'unavailable' ? code : undefined);
      expect(server.doors.counters.subscriptions).toBe(0);
      // Nothing is left to be told of.
      last().numbered(change(1), EPOCH);
      expect(await client.untilPong()).toEqual([]);
    },
  );

  it.each(['a/../b', '..', 'a/./b', 'a\0b', 'a:b', 'a\\..\\b', 'refused by the runtime'])(
    'to a path that cannot be is answered invalid_path: %j',
    async (path) => {
      const client = server.client();
      const reply = await client.ask({ action: 'subscribe', connection_id: 'data', path });
      expect(reply).toMatchObject({ type: 'error', code: 'invalid_path', path });
      expect(server.doors.counters.subscriptions).toBe(0);
    },
  );

  it.each([
    ['closed', 'stopped'],
    ['directory_deleted', 'failed'],
  ] as const)('that ends later with %s is told as %s and as an error', async (code, state) => {
    const client = server.client();
    await client.ask({ action: 'subscribe', connection_id: 'data', path: 'a' });
    last().ended(new TidewatchError(code, 'a sentence'));
    expect(await client.next()).toMatchObject({ type: 'watch_state', state, code });
    expect(await client.next()).toMatchObject({ type: 'error', code: 'unavailable', path: 'a' });
    expect(server.doors.counters.subscriptions).toBe(0);
  });

  it('of the same directory replaces the one before, which is told nothing more', async () => {
    const client = server.client();
    await client.ask({ action: 'subscribe', connection_id: 'data', path: 'a/b' });
    const replacement = { connection_id: server.id.toUpperCase(), path: '\\a//b/' };
    await client.ask({ action: 'subscribe', ...replacement, detail: 'changes' });
    const [before, after] = server.runtime.subscriptions;
    expect([before?.closed, after?.closed]).toEqual([{ linger: false }, undefined]);
    expect(server.doors.counters.subscriptions).toBe(1);
    before?.subscriber.numbered(change(1), EPOCH);
    after?.subscriber.numbered(change(1), EPOCH);
    const told = await client.untilPong();
    expect(told).toEqual([expect.objectContaining({ ...replacement, seq: 1 })]);
  });

  it('keeps names with a backslash apart on a disk', async () => {
    const client = server.client();
    await client.ask({ action: 'subscribe', connection_id: 'disk', path: 'a/b' });
    await client.ask({ action: 'subscribe', connection_id: 'disk', path: 'a\\b' });
    expect(server.doors.counters.subscriptions).toBe(2);
  });

  it('that is replaced before it was armed answers both requests', async () => {
    server.runtime.automatic = false;
    const client = server.client();
    const subscribe = { action: 'subscribe', connection_id: 'data', path: 'a' };
    await client.send({ ...subscribe, request_id: 1 });
    await client.send({ ...subscribe, path: '/a', request_id: 2 });
    await client.untilPong();
    last().subscribed({
      type: 'subscribed',
      epoch: EPOCH,
      seq: 0,
      state: 'live',
      resumed: false,
    });
    expect(await client.next()).toMatchObject({ type: 'subscribed', path: 'a', request_id: 1 });
    expect(await client.next()).toMatchObject({ type: 'subscribed', path: '/a', request_id: 2 });
  });

  it('that is given up before it was armed answers its request, too', async () => {
    server.runtime.automatic = false;
    const client = server.client();
    const address = { connection_id: 'data', path: 'a' };
    await client.send({ action: 'subscribe', ...address, request_id: 1 });
    await client.send({ action: 'unsubscribe', ...address, request_id: 2 });
    expect(await client.next()).toMatchObject({ type: 'error', request_id: 1 });
    expect(await client.next()).toEqual({ type: 'unsubscribed', ...address, request_id: 2 });
    expect(server.runtime.open()).toEqual([]);
  });

  it('is refreshed on demand', async () => {
    const client = server.client();
    await client.ask({ action: 'subscribe', connection_id: 'data', path: 'a' });
    await client.send({ action: 'refresh', connection_id: 'data', path: '/a' });
    expect(await client.untilPong()).toEqual([]);
    expect(server.runtime.subscriptions[0]?.refreshes).toBe(1);
    const reply = await client.ask({ action: 'refresh', connection_id: 'data', path: 'b' });
    expect(reply).toMatchObject({ type: 'error', code: 'not_found', path: 'b' });
  });

  it('keeps a path with an unpaired surrogate as it was sent', async () => {
    const client = server.client();
    const sent = '{"action":"subscribe","connection_id":"data","path":"a\\ud800"}';
    expect(await client.ask(sent)).toMatchObject({ type: 'subscribed', path: 'a\ud800' });
  });
});

describe('many', () => {
  it('sockets of one directory hear of each event exactly once', async () => {
    const clients = Array.from({ length: 50 }, () => server.client());
    const subscribe = { action: 'subscribe', connection_id: 'data', path: 'a' };
    await Promise.all(clients.map((client) => client.ask(subscribe)));
    tellAll(change(1));
    for (const client of clients) {
      expect(await client.untilPong()).toEqual([expect.objectContaining({ seq: 1 })]);
    }
  });

  it('subscriptions of one socket are each heard of, and all go with it', async () => {
    const client = server.client();
    for (let index = 0; index < 100; index += 1) {
      await client.send({ action: 'subscribe', connection_id: 'data', path: `${index}` });
    }
    for (let index = 0; index < 100; index += 1) {
      expect(await client.next()).toMatchObject({ type: 'subscribed' });
    }
    expect(server.doors.counters.subscriptions).toBe(100);
    tellAll(change(1));
    const told = await client.untilPong();
    expect(new Set(told.map(({ path }) => path)).size).toBe(100);
    await client.close();
    await expect.poll(() => server.runtime.open()).toEqual([]);
    expect(server.doors.counters.subscriptions).toBe(0);
  });
});

describe('the log', () => {
  it('has a line for each notice to a socket, where somebody reads such lines', async () => {
    const lines: object[] = [];
    let level = 'debug';
    const nothing = (): void => undefined;
    await server.stop();
    server = await DoorServer.start({
      logger: {
        ...{ info: nothing, warn: nothing, error: nothing },
        debug: (fields) => void lines.push(fields),
        isLevelEnabled: (asked) => asked === level,
      },
    });
    const client = server.client();
    await client.ask({ action: 'subscribe', connection_id: 'data', path: '/a' });
    lines.length = 0;
    tellAll(change(1));
    const line = { event: 'ws.notified', socket: 1, connection: server.id, path: '/a' };
    expect(lines).toEqual([line]);
    level = 'info';
    tellAll(change(2));
    expect(lines).toEqual([line]);
    expect(await client.untilPong()).toHaveLength(2);
  });
});
