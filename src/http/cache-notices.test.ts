import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountServer } from '../../test/support/account-server.ts';
import { FakeCache } from '../../test/support/fake-cache.ts';
import type { SocketClient } from '../../test/support/socket-client.ts';

let server: AccountServer;
let cache: FakeCache;
beforeEach(async () => {
  server = await AccountServer.start();
  cache = FakeCache.in(server.doors.runtime, server.shared.id);
});
afterEach(() => server.stop());

const subscribe = (spelling: string, path: string): object => ({
  ...{ action: 'subscribe', connection_id: spelling, path },
});
const search = (): Promise<Response> =>
  server.ask(server.bob, `/api/connections/${server.shared.id}/directories/search?q=rep`);
const subscribed = async (spelling: string, path = 'a'): Promise<SocketClient> => {
  const client = server.socket(server.alice);
  expect(await client.ask(subscribe(spelling, path))).toMatchObject({ type: 'subscribed' });
  return client;
};
const told = (id: string, fields: object): object => ({
  ...{ type: 'cache_state', connection_id: id, state: 'ready', directories: 2, scanned: 2 },
  ...fields,
});

describe('a socket that is subscribed to a connection', () => {
  it('makes no server list everything by that alone', async () => {
    let asked = 0;
    server.doors.runtime.cacheOf = () => {
      asked += 1;
      return Promise.reject(new Error('nobody searches'));
    };
    const client = await subscribed(server.shared.id);
    expect(await client.untilPong()).toEqual([]);
    expect(asked).toBe(0);
  });

  it('is told how the directory cache is once somebody searches, in its own spelling', async () => {
    const upper = server.shared.id.toUpperCase();
    const client = await subscribed(upper);
    await search();
    expect(await client.next()).toEqual(told(upper, {}));
  });

  it('is told at once after it subscribed, where there is a cache already', async () => {
    await search();
    const first = await subscribed(server.shared.id);
    expect(await first.next()).toEqual(told(server.shared.id, {}));
    const second = await subscribed(server.shared.id);
    expect(await second.next()).toEqual(told(server.shared.id, {}));
  });

  it('is told at most once a second, and of the last state in the end', async () => {
    const client = await subscribed(server.shared.id);
    await search();
    await client.next();
    for (let scanned = 1; scanned <= 50; scanned += 1) {
      cache.tell({ state: 'scanning', scanned, progress: scanned / 100 });
    }
    expect(await client.untilPong()).toEqual([]);
    server.doors.clock.advance(999);
    expect(await client.untilPong()).toEqual([]);
    server.doors.clock.advance(1);
    const last = { state: 'scanning', scanned: 50, progress: 0.5 };
    expect(await client.next()).toEqual(told(server.shared.id, last));
    // Nothing new, nothing told; and what comes after a silence comes at once.
    server.doors.clock.advance(10_000);
    expect(await client.untilPong()).toEqual([]);
    cache.tell({ state: 'ready', scanned: 51 });
    expect(await client.next()).toMatchObject({ state: 'ready', scanned: 51 });
  });

  it('is told once for each of its spellings, however many directories it hears of', async () => {
    const client = await subscribed(server.shared.id, 'a');
    await client.ask(subscribe(server.shared.id, 'b'));
    await client.ask(subscribe(`{${server.shared.id}}`, 'c'));
    await search();
    const spellings = (await client.untilPong()).map((one) => one['connection_id']);
    expect(spellings).toEqual([server.shared.id, `{${server.shared.id}}`]);
  });

  it('goes on to hear of the cache that its connection has after an edit', async () => {
    const client = await subscribed(server.shared.id);
    await search();
    await client.next();
    const after = FakeCache.in(server.doors.runtime, server.shared.id);
    after.info = { ...after.info, state: 'scanning', scanned: 0 };
    const admin = { name: 'root', admin: true, userId: server.admin.info.id };
    await server.services.connections.update(admin, server.shared.id, { name: 'renamed' });
    server.doors.clock.advance(1_000);
    expect(await client.next()).toMatchObject({ state: 'scanning', scanned: 0 });
    expect([cache.closed, cache.listeners.size, after.listeners.size]).toEqual([1, 0, 1]);
  });

  it('is told nothing more after its last subscription', async () => {
    const client = await subscribed(server.shared.id);
    await search();
    await client.next();
    await client.ask({ action: 'unsubscribe', connection_id: server.shared.id, path: 'a' });
    expect(cache.listeners.size).toBe(0);
    cache.tell({ state: 'stale' });
    server.doors.clock.advance(2_000);
    expect(await client.untilPong()).toEqual([]);
  });

  it('is told nothing more of what it may not use any more', async () => {
    const client = await subscribed(server.shared.id);
    await search();
    await client.next();
    const admin = { name: 'root', admin: true, userId: server.admin.info.id };
    await server.services.connections.update(admin, server.shared.id, { scope: 'private' });
    expect(await client.next()).toMatchObject({ type: 'error', code: 'not_found' });
    cache.tell({ state: 'stale' });
    server.doors.clock.advance(2_000);
    expect(await client.untilPong()).toEqual([]);
  });
});

describe('the directory cache of a connection', () => {
  it('is another one after the connection was edited', async () => {
    await search();
    const [before] = [cache];
    const after = FakeCache.in(server.doors.runtime, server.shared.id);
    after.paths = ['reports elsewhere'];
    before.isOver = true;
    const found = (await (await search()).json()) as { results: unknown[] };
    expect(found.results).toEqual([{ path: 'reports elsewhere', score: 1, kind: 'directory' }]);
  });

  it('is let go of with the connection, and with the server', async () => {
    const hers = FakeCache.in(server.doors.runtime, server.hers.id);
    await search();
    await server.ask(server.alice, `/api/connections/${server.hers.id}/cache`);
    await server.ask(server.alice, `DELETE /api/connections/${server.hers.id}`);
    await expect.poll(() => hers.closed).toBe(1);
    expect(cache.closed).toBe(0);
    await server.doors.doors.close();
    expect(cache.closed).toBe(1);
  });

  it('is listed anew on demand', async () => {
    const path = `/api/connections/${server.shared.id}/cache/rescan`;
    const response = await server.ask(server.alice, `POST ${path}`);
    expect(response.status).toBe(202);
    expect(cache.rescans).toBe(1);
  });

  it.each(['limit=0', 'limit=1001', 'fuzzy=1', 'include_hidden=yes', `q=${'x'.repeat(1_001)}`])(
    'refuses to be searched with %s',
    async (query) => {
      const path = `/api/connections/${server.shared.id}/directories/search?${query}`;
      expect((await server.ask(server.alice, path)).status).toBe(400);
    },
  );
});
