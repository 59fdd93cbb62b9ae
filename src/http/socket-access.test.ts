import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountServer } from '../../test/support/account-server.ts';
import type { Somebody } from '../../test/support/account-server.ts';
import { TOKEN } from '../../test/support/door-server.ts';
import { SocketClient } from '../../test/support/socket-client.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

let server: AccountServer;
beforeEach(async () => {
  server = await AccountServer.start();
});
afterEach(() => server.stop());

const WITHDRAWN = { code: 4003, reason: 'access withdrawn' };
const EXPIRED = { code: 4001, reason: 'token expired' };
const REFUSED = { code: 1008, reason: 'not authenticated' };
const NO_CONNECTION = 'Connection not found or access denied';
const DAY_MS = 86_400_000;

const subscribe = (id: string, path = 'a'): object => ({
  ...{ action: 'subscribe', connection_id: id, path },
});
const withTicket = (ticket: string): SocketClient =>
  server.doors.keep(new SocketClient(`${server.doors.ws}?ticket=${ticket}`));
/** Id of the token that somebody was given first. */
const tokenId = ({ info }: Somebody): string =>
  [...server.services.accounts.issued].find(([, { userId }]) => userId === info.id)?.[0] ?? '';
const caller = ({ info }: Somebody): { name: string; admin: boolean; userId: string } => ({
  ...{ name: info.username, admin: info.role === 'admin', userId: info.id },
});
const held = (): { open: () => void } => {
  const gate = Promise.withResolvers<void>();
  server.services.accounts.gate = gate.promise;
  return { open: gate.resolve };
};
/** Whatever was begun before has gone on as far as it can. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('a subscription', () => {
  it('of a private connection is for its owner alone, in words that tell nothing', async () => {
    const owner = server.socket(server.alice);
    expect(await owner.ask(subscribe(server.hers.id))).toMatchObject({ type: 'subscribed' });
    for (const who of [server.bob, server.admin]) {
      const client = server.socket(who);
      const refused = await client.ask(subscribe(server.hers.id));
      const absent = '00000000-0000-4000-8000-000000000000';
      const unknown = await client.ask(subscribe(absent));
      expect(refused).toEqual({ ...unknown, connection_id: server.hers.id });
      expect(refused).toMatchObject({ code: 'not_found', message: NO_CONNECTION });
      expect(await client.ask(subscribe(server.shared.id))).toMatchObject({ type: 'subscribed' });
    }
  });

  it('ends with an error when its connection becomes private', async () => {
    const [alice, bob] = [server.socket(server.alice), server.socket(server.bob)];
    for (const client of [alice, bob]) {
      await client.ask({ ...subscribe(server.shared.id.toUpperCase()), request_id: 'r' });
    }
    server.services.connections.give(server.shared.id, server.alice.info.id);
    await server.services.connections.update(caller(server.alice), server.shared.id, {
      scope: 'private',
    });
    expect(await bob.untilPong()).toEqual([
      {
        ...{ type: 'error', code: 'not_found', message: NO_CONNECTION },
        ...{ connection_id: server.shared.id.toUpperCase(), path: 'a' },
      },
    ]);
    expect(await alice.untilPong()).toEqual([]);
    expect(server.doors.runtime.open()).toHaveLength(1);
    expect(server.doors.doors.counters.subscriptions).toBe(1);
    // What it may not have is not kept for it to come back to.
    expect(server.doors.runtime.subscriptions[1]?.closed).toEqual({ linger: false });
  });

  it('that has no answer yet is answered with the error, by its request', async () => {
    server.doors.runtime.automatic = false;
    const bob = server.socket(server.bob);
    await bob.send({ ...subscribe(server.shared.id), request_id: 7 });
    expect(await bob.untilPong()).toEqual([]);
    await server.services.connections.update(caller(server.admin), server.shared.id, {
      scope: 'private',
    });
    expect(await bob.next()).toMatchObject({ type: 'error', code: 'not_found', request_id: 7 });
    expect(server.doors.runtime.open()).toEqual([]);
  });

  it('moves to another owner, and leaves the one before', async () => {
    const [alice, bob] = [server.socket(server.alice), server.socket(server.bob)];
    await alice.ask(subscribe(server.hers.id));
    server.services.connections.give(server.hers.id, server.bob.info.id);
    expect(await alice.next()).toMatchObject({ type: 'error', code: 'not_found' });
    expect(await bob.ask(subscribe(server.hers.id))).toMatchObject({ type: 'subscribed' });
  });

  it('of a connection that is removed ends as the runtime tells it, once', async () => {
    const alice = server.socket(server.alice);
    await alice.ask(subscribe(server.hers.id));
    const [made] = server.doors.runtime.open();
    await server.services.connections.remove(caller(server.alice), server.hers.id);
    expect(await alice.untilPong()).toEqual([]);
    made?.subscriber.ended(new TidewatchError('not_found', 'The connection was removed'));
    expect(await alice.next()).toMatchObject({ type: 'watch_state', state: 'failed' });
    expect(await alice.next()).toMatchObject({ type: 'error', code: 'not_found' });
    expect(await alice.untilPong()).toEqual([]);
  });
});

describe('a socket', () => {
  it('is closed with 4003 when its token is revoked, and only that one', async () => {
    const other = {
      info: server.alice.info,
      token: server.services.accounts.tokenOf(server.alice.info.id),
    };
    const [first, second] = [server.socket(server.alice), server.socket(other)];
    await first.ask(subscribe(server.hers.id));
    await second.ask(subscribe(server.hers.id));
    await server.ask(other, `DELETE /api/auth/tokens/${tokenId(server.alice)}`);
    expect(await first.closed).toEqual(WITHDRAWN);
    expect(await second.ask({ action: 'ping' })).toEqual({ type: 'pong' });
    expect(server.doors.runtime.subscriptions[0]?.closed).toEqual({ linger: false });
  });

  it('is closed with 4003 when its login is signed out, its account disabled or deleted', async () => {
    const { accounts } = server.services;
    const login = await accounts.login('alice', 'a password', { address: '' });
    const sockets = [
      server.socket({ info: server.alice.info, token: login.token }),
      server.socket(server.bob),
      server.socket(server.alice),
    ] as const;
    for (const socket of sockets) await socket.ask({ action: 'ping' });
    await server.ask({ info: server.alice.info, token: login.token }, 'POST /api/auth/logout');
    expect(await sockets[0].closed).toEqual(WITHDRAWN);
    const bob = `PATCH /api/users/${server.bob.info.id}`;
    await server.ask(server.admin, bob, { enabled: false });
    expect(await sockets[1].closed).toEqual(WITHDRAWN);
    await server.ask(server.admin, `DELETE /api/users/${server.alice.info.id}?purge=true`);
    expect(await sockets[2].closed).toEqual(WITHDRAWN);
  });

  it('stays when something else about its account changes', async () => {
    const socket = server.socket(server.alice);
    await socket.ask(subscribe(server.hers.id));
    const alice = `PATCH /api/users/${server.alice.info.id}`;
    await server.ask(server.admin, alice, { username: 'alicia' });
    expect(await socket.untilPong()).toEqual([]);
  });

  it('that was let in by the token of the environment is nobody’s account', async () => {
    const fixed = server.socket({ info: server.admin.info, token: TOKEN });
    await fixed.ask(subscribe(server.shared.id));
    await server.ask(server.admin, `DELETE /api/users/${server.bob.info.id}`);
    expect(await fixed.untilPong()).toEqual([]);
  });

  it('is closed with 4001 when it is told that its token expired', async () => {
    const socket = server.socket(server.alice);
    await socket.ask({ action: 'ping' });
    server.services.accounts.tell({ kind: 'token_expired', tokenId: tokenId(server.alice) });
    expect(await socket.closed).toEqual(EXPIRED);
  });

  it('is closed with 4001 by its own clock, however far off that is', async () => {
    // Longer than a timer of JavaScript can be (2^31 ms, some 24.8 days).
    const ends = server.doors.clock.wall() + 60 * DAY_MS;
    const token = server.services.accounts.tokenOf(server.alice.info.id, ends);
    const socket = server.socket({ info: server.alice.info, token });
    await socket.ask(subscribe(server.hers.id));
    server.doors.clock.advance(20_000);
    expect(await socket.untilPong()).toEqual([]);
    const timers: number[] = [];
    const set = server.doors.clock.setTimeout.bind(server.doors.clock);
    server.doors.clock.setTimeout = (callback, delay) => {
      timers.push(delay);
      return set(callback, delay);
    };
    server.doors.clock.sleep(59 * DAY_MS);
    expect(Math.max(...timers)).toBeLessThan(2 ** 31);
    // Still there, and heard of by the heartbeat.
    expect(await socket.untilPong()).toEqual([]);
    server.doors.clock.sleep(DAY_MS);
    expect(await socket.closed).toEqual(EXPIRED);
    expect(server.doors.runtime.open()).toEqual([]);
  });

  it('goes on with what may be used when it authenticates as somebody else', async () => {
    const socket = server.socket(server.alice);
    await socket.ask(subscribe(server.hers.id));
    await socket.ask(subscribe(server.shared.id));
    await socket.send({ action: 'authenticate', token: server.bob.token });
    expect(await socket.next()).toMatchObject({ type: 'error', connection_id: server.hers.id });
    expect(await socket.next()).toEqual({ type: 'authenticated' });
    server.services.accounts.tell({ kind: 'token_revoked', tokenId: tokenId(server.alice) });
    expect(await socket.untilPong()).toEqual([]);
    server.services.accounts.tell({ kind: 'token_revoked', tokenId: tokenId(server.bob) });
    expect(await socket.closed).toEqual(WITHDRAWN);
  });

  it('whose access cannot be checked is closed, and may come back', async () => {
    const socket = server.socket(server.alice);
    await socket.ask(subscribe(server.hers.id));
    server.services.accounts.stillValid = () => Promise.reject(new Error('no database'));
    server.services.accounts.tell({ kind: 'user_changed', userId: server.alice.info.id });
    expect(await socket.closed).toEqual({ code: 1011, reason: 'access could not be checked' });
    expect(server.doors.runtime.subscriptions[0]?.closed).toEqual({ linger: true });
  });

  it('leaves nothing behind that listens for access', async () => {
    expect(server.services.accounts.listening).toBe(1);
    const socket = server.socket(server.alice);
    await socket.ask({ action: 'ping' });
    await socket.close();
    await server.doors.doors.close();
    expect(server.services.accounts.listening).toBe(0);
  });
});

describe('a ticket', () => {
  it('opens a socket as whoever got it', async () => {
    const socket = withTicket(await server.ticket(server.alice));
    expect(await socket.ask(subscribe(server.hers.id))).toMatchObject({ type: 'subscribed' });
  });

  it('opens nothing when the token behind it was revoked since', async () => {
    const ticket = await server.ticket(server.alice);
    await server.ask(server.alice, `DELETE /api/auth/tokens/${tokenId(server.alice)}`);
    expect(await withTicket(ticket).closed).toEqual(REFUSED);
  });

  it('opens nothing when the account was disabled since', async () => {
    const ticket = await server.ticket(server.bob);
    const bob = `PATCH /api/users/${server.bob.info.id}`;
    await server.ask(server.admin, bob, { enabled: false });
    expect(await withTicket(ticket).closed).toEqual(REFUSED);
  });

  it('opens nothing when the token expired since', async () => {
    const ends = server.doors.clock.wall() + 10_000;
    const token = server.services.accounts.tokenOf(server.alice.info.id, ends);
    const ticket = await server.ticket({ info: server.alice.info, token });
    server.doors.clock.advance(20_000);
    expect(await withTicket(ticket).closed).toEqual(REFUSED);
  });

  it('opens as what its holder is now, not as what they were', async () => {
    await server.ask(server.admin, `PATCH /api/users/${server.bob.info.id}`, { role: 'admin' });
    const ticket = await server.ticket(server.bob);
    await server.ask(server.admin, `PATCH /api/users/${server.bob.info.id}`, { role: 'user' });
    const url = `${server.doors.ws.replace('/ws', '/inspect')}?ticket=${ticket}`;
    const inspector = server.doors.keep(new SocketClient(url));
    expect(await inspector.closed).toEqual({ code: 1008, reason: 'not allowed' });
  });
});

describe('a change while it is found out who a socket is', () => {
  const changes: [name: string, change: () => unknown][] = [
    [
      'revoked',
      () =>
        server.services.accounts.logout({
          ...caller(server.alice),
          tokenId: tokenId(server.alice),
        }),
    ],
    [
      'disabled',
      () =>
        server.services.accounts.updateUser(caller(server.admin), server.alice.info.id, {
          enabled: false,
        }),
    ],
  ];

  it.each(changes)('counts: the token was %s while it was looked up', async (_name, change) => {
    const gate = held();
    const socket = server.socket(server.alice);
    await socket.opened;
    await settled();
    // The look-up has seen what there was before.
    await change();
    gate.open();
    expect(await socket.closed).toEqual(REFUSED);
  });

  it.each(changes)(
    'counts: the token was %s while a ticket was redeemed',
    async (_name, change) => {
      const ticket = await server.ticket(server.alice);
      const gate = held();
      const socket = withTicket(ticket);
      await socket.opened;
      await settled();
      await change();
      gate.open();
      expect(await socket.closed).toEqual(REFUSED);
    },
  );

  it.each(changes)(
    'counts: the token was %s while a first message waits',
    async (_name, change) => {
      const socket = server.doors.keep(new SocketClient(server.doors.ws));
      const gate = held();
      await socket.send({ action: 'authenticate', token: server.alice.token });
      await expect.poll(() => server.doors.doors.counters.sockets).toBe(1);
      await settled();
      await change();
      gate.open();
      expect(await socket.closed).toEqual(REFUSED);
    },
  );
});

describe('an inspector', () => {
  it('is for administrators, and ends when they are none any more', async () => {
    const user = server.socket(server.bob, '/api/inspect');
    expect(await user.closed).toEqual({ code: 1008, reason: 'not allowed' });
    await server.ask(server.admin, `PATCH /api/users/${server.bob.info.id}`, { role: 'admin' });
    const promoted = server.socket(server.bob, '/api/inspect');
    await expect.poll(() => server.doors.runtime.observers.size).toBe(1);
    await server.ask(server.admin, `PATCH /api/users/${server.bob.info.id}`, { role: 'user' });
    expect(await promoted.closed).toEqual(WITHDRAWN);
    expect(server.doors.runtime.observers.size).toBe(0);
  });

  it('ends with its token', async () => {
    const inspector = server.socket(server.admin, '/api/inspect');
    await expect.poll(() => server.doors.runtime.observers.size).toBe(1);
    await server.ask(server.admin, `DELETE /api/auth/tokens/${tokenId(server.admin)}`);
    expect(await inspector.closed).toEqual(WITHDRAWN);
  });
});
