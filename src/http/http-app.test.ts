import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { DoorServer, TOKEN } from '../../test/support/door-server.ts';
import type { Readiness } from './door-world.ts';
import type { WatchInfo } from '../app/index.ts';
import type { DoorOptions } from './doors.ts';

let server: DoorServer;
const start = async (options: Partial<DoorOptions> = {}): Promise<void> => {
  server = await DoorServer.start(options);
};
afterEach(() => server.stop());

const bare = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.http}${path}`, init);

describe('health', () => {
  it('of the process is open to everybody', async () => {
    await start({ readiness: () => 'starting' });
    const response = await bare('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('of the service follows the runtime', async () => {
    let readiness: Readiness = 'starting';
    await start({ readiness: () => readiness });
    const starting = await bare('/readyz');
    expect(starting.status).toBe(503);
    expect(starting.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect(await starting.json()).toEqual({
      detail: 'the server is starting',
      code: 'unavailable',
    });
    readiness = 'ready';
    expect((await bare('/readyz')).status).toBe(200);
    readiness = 'stopping';
    expect((await bare('/readyz')).status).toBe(503);
  });
});

describe('the routes of /api', () => {
  it.each([
    ...['/api', '/api/', '/api/connections', '/api/connections/', '/api/no-such-route'],
    ...['/API/connections', '/Api/watches', '/api?x', '/metrics'],
  ])('let nobody in without a valid token: %s', async (path) => {
    await start();
    for (const headers of [{}, { Authorization: 'Bearer wrong' }, { Authorization: TOKEN }]) {
      const response = await bare(path, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer');
      expect(await response.json()).toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('list connections, page by page', async () => {
    await start();
    const first = await server.get('/api/connections?page=1&page_size=1');
    expect(first.status).toBe(200);
    expect(await first.json()).toEqual({
      items: [
        expect.objectContaining({ id: server.id, name: 'data', type: 'smb', scope: 'shared' }),
      ],
      total: 2,
      page: 1,
      page_size: 1,
      total_pages: 2,
      has_more: true,
    });
    const second = await (await server.get('/api/connections?page=2&page_size=1')).json();
    expect(second).toMatchObject({ items: [{ name: 'disk' }], has_more: false });
    const whole = await (await server.get('/api/connections')).json();
    expect(whole).toMatchObject({ page: 1, page_size: 50, total_pages: 1 });
    const beyond = await (await server.get('/api/connections?page=9')).json();
    expect(beyond).toMatchObject({ items: [], total: 2, has_more: false });
  });

  it.each(['page=0', 'page=x', 'page=1.5', 'page=-1', 'page_size=201', 'page=1&page=2', 'page='])(
    'refuse the page %s',
    async (query) => {
      await start();
      const response = await server.get(`/api/connections?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid_argument' });
    },
  );

  it('give one connection, by id in any spelling or by name', async () => {
    await start();
    for (const id of [server.id, server.id.toUpperCase(), 'data']) {
      const response = await server.get(`/api/connections/${id}`);
      expect(await response.json()).toMatchObject({ id: server.id });
    }
    const missing = await server.get('/api/connections/nobody');
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ code: 'not_found' });
    expect((await server.get('/api/connections/%zz')).status).toBe(404);
  });

  it('list watches and actors', async () => {
    await start();
    const since = '2026-01-01T00:00:00.000Z';
    server.runtime.watchList = [
      {
        ...{ location: 'smb://nas/data', path: 'a', mode: 'tree', state: 'live', since },
        ...{ subscribers: 2, seq: 4, reconnects: 0 },
      },
    ];
    server.runtime.actorList.push({
      ...{ id: 'watch/1', machine: 'watchedDirectory', state: 'live', since, counters: {} },
    });
    expect(await (await server.get('/api/watches')).json()).toMatchObject({
      items: server.runtime.watchList,
      total: 1,
    });
    expect(await (await server.get('/api/runtime/actors')).json()).toMatchObject({
      items: server.runtime.actorList,
    });
    const one = await server.get(`/api/runtime/actors/${encodeURIComponent('watch/1')}`);
    expect(await one.json()).toEqual(server.runtime.actorList[0]);
    expect((await server.get('/api/runtime/actors/none')).status).toBe(404);
  });

  it('give a ticket and the version', async () => {
    await start();
    const version = await (await server.get('/api/version')).json();
    expect(version).toEqual({ name: 'tidewatch', version: '1.2.3' });
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const ticket = await bare('/api/auth/ws-ticket', { method: 'POST', headers });
    expect(await ticket.json()).toEqual({
      ticket: expect.stringMatching(/^[\w-]{43}$/) as string,
      expires_at: new Date(server.clock.wall() + 30_000).toISOString(),
    });
  });

  it('say which methods they take', async () => {
    await start();
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const response = await bare('/api/connections', { method: 'DELETE', headers });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe('HEAD, GET');
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  });

  it('answer what is not there with 404', async () => {
    await start();
    for (const path of ['/', '/nowhere', '/api/nowhere', '/API/connections']) {
      const response = await server.get(path);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toMatchObject({ code: 'not_found' });
    }
  });

  it('tell nothing of a mistake of ours but that it was one', async () => {
    const logged: object[] = [];
    const nothing = (): void => undefined;
    const error = (fields: object): void => void logged.push(fields);
    await start({ logger: { debug: nothing, info: nothing, warn: nothing, error } });
    server.runtime.watches = () => {
      throw new Error('a detail of the inside');
    };
    const response = await server.get('/api/watches?token=hidden');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('inside');
    expect(logged).toEqual([expect.objectContaining({ event: 'http.error' })]);
    expect(JSON.stringify(logged)).not.toContain('hidden');
  });

  it('are sent with headers that keep a browser from making something of them', async () => {
    await start();
    for (const path of ['/api/connections', '/healthz', '/nowhere']) {
      const { headers } = await server.get(path);
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('X-Frame-Options')).toBe('DENY');
      expect(headers.get('Cache-Control')).toBe('no-store');
    }
  });

  it('withstand an address that is none', async () => {
    await start();
    const status = await new Promise((resolve, reject) => {
      const asked = request({ port: server.port, host: '127.0.0.1', path: '//[', method: 'GET' });
      asked.on('response', (response) => resolve(response.statusCode));
      asked.on('error', reject).end();
    });
    expect(status).toBe(404);
  });

  it('leave the query out of the log', async () => {
    const lines: object[] = [];
    const nothing = (): void => undefined;
    const debug = (fields: object): void => void lines.push(fields);
    await start({ logger: { debug, info: nothing, warn: nothing, error: nothing } });
    await server.get('/api/connections?token=hidden');
    expect(lines).toEqual([
      {
        event: 'http.request',
        method: 'GET',
        path: '/api/connections',
        status: 200,
        ms: expect.any(Number) as number,
      },
    ]);
  });
});

describe('an address that says the same in another way', () => {
  it.each([
    ...['//api/connections', '/./api/connections', '/x/../api/connections'],
    ...['/%61pi/connections', '/api%2fconnections', '/api//connections', '/apiconnections'],
    'http://elsewhere/api/connections',
  ])('opens nothing without a token: %s', async (path) => {
    await start();
    const status = await new Promise((resolve, reject) => {
      const asked = request({ port: server.port, host: '127.0.0.1', path, method: 'GET' });
      asked.on('response', (response) => resolve(response.resume().statusCode));
      asked.on('error', reject).end();
    });
    expect([401, 404]).toContain(status);
  });
});

describe('metrics', () => {
  it('tell the figures of the runtime, the doors and the process', async () => {
    await start();
    const client = server.client();
    await client.ask({ action: 'subscribe', connection_id: 'data', path: 'a' });
    const response = await server.get('/metrics');
    expect(response.headers.get('Content-Type')).toMatch(/^text\/plain; version=0.0.4/);
    const text = await response.text();
    for (const line of [
      'tidewatch_changes_total 3',
      'tidewatch_resyncs_total{reason="overflow"} 2',
      'tidewatch_reconnects_total 1',
      'tidewatch_listings_total 5',
      'tidewatch_watches{state="live"} 7',
      'tidewatch_connections{state="connected"} 1',
      'tidewatch_subscribers 1',
      'tidewatch_sockets 1',
      'tidewatch_socket_subscriptions 1',
      'tidewatch_socket_frames_total 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toMatch(/^process_heap_bytes \d+$/m);
    expect(text).toMatch(/^event_loop_delay_p99_seconds [\d.e-]+$/m);
  });

  it('tell how fresh the watch is that was compared longest ago', async () => {
    await start();
    const figure = async (): Promise<string | undefined> =>
      /^tidewatch_oldest_verified_timestamp_seconds (\S+)$/m.exec(
        await (await server.get('/metrics')).text(),
      )?.[1];
    expect(await figure()).toBeUndefined();
    const watch: WatchInfo = {
      location: 'smb://nas/data',
      path: 'a',
      mode: 'flat',
      state: 'live',
      since: '2026-01-01T00:00:00.000Z',
      subscribers: 1,
      seq: 0,
      reconnects: 0,
    };
    server.runtime.watchList = [
      { ...watch, verified_at: '2026-01-01T00:10:00.500Z' },
      { ...watch, verified_at: '2026-01-01T00:05:00.500Z', state: 'reconnecting' },
      watch,
    ];
    expect(await figure()).toBe(String(Date.parse('2026-01-01T00:05:00.500Z') / 1000));
  });

  it('are open to everybody only when that is wanted', async () => {
    await start({ metricsPublic: true });
    expect((await bare('/metrics')).status).toBe(200);
  });
});
