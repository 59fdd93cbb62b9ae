import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountServer } from '../../test/support/account-server.ts';
import type { Somebody } from '../../test/support/account-server.ts';
import { FakeCache } from '../../test/support/fake-cache.ts';
import { ROUTE_SAMPLES } from '../../test/support/route-samples.ts';
import { schemaErrors } from '../../test/support/json-schema.ts';
import type { JsonSchema } from '../../test/support/json-schema.ts';
import { openApiDocument } from './openapi.ts';
import { allRoutes } from './routes/all-routes.ts';

const ROUTES = allRoutes({ metricsPublic: false, services: true });
const DOCUMENT = openApiDocument(ROUTES, '1.2.3') as {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, Responses> }>>;
};
interface Responses {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

const names = ROUTES.map(({ method, path }) => `${method} ${path}`);
const MOMENT = '2026-01-01T00:00:00.000Z';

let server: AccountServer;
let logged: unknown[];
beforeEach(async () => {
  logged = [];
  const log = (fields: object, text?: string): void => void logged.push([fields, text]);
  const levels = { debug: log, info: log, warn: log, error: log };
  server = await AccountServer.start({ logger: { ...levels, isLevelEnabled: () => true } });
  const { doors, hers, services, shared } = server;
  for (const { id } of [hers, shared]) FakeCache.in(doors.runtime, id);
  // Places of this machine, as a runtime knows them; what leaves names the connection instead.
  const base = { mode: 'tree', state: 'live', since: MOMENT, seq: 1, reconnects: 0 } as const;
  doors.runtime.watchList = [{ ...base, location: '/srv/disk', path: 'a', subscribers: 1 }];
  doors.runtime.actorList.push({
    ...{ id: 'local:/srv/disk/a~1'.replace('local:', ''), machine: 'watchedDirectory' },
    ...{ state: 'live', since: MOMENT, counters: {} },
  });
  const file = { name: 'f', path: 'a/f', kind: 'file', size: 3, modified_at: MOMENT } as const;
  services.connections.pages = [[Object.assign({ inode: 'QZcanary' }, file)], [file]];
  for (const action of ['login', 'user.created']) {
    await services.audit.record({ actor: 'root', action, outcome: 'ok', address: '192.0.2.1' });
  }
});
afterEach(() => server.stop());

/** Asks as the sample says, and holds the answer against the document. */
async function answerTo(name: string, who: Somebody | undefined): Promise<Response> {
  const sample = ROUTE_SAMPLES[name]?.(server, who ?? server.alice);
  if (sample === undefined) throw new Error(`there is no sample for ${name}`);
  const [method = ''] = name.split(' ');
  const response = await server.ask(who, `${method} ${sample.path}`, sample.body);
  await expectDocumented(name, response.clone());
  return response;
}

async function expectDocumented(name: string, response: Response): Promise<void> {
  const [method = '', path = ''] = name.split(' ');
  const operation = DOCUMENT.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
  const documented = operation?.responses[String(response.status)];
  expect([name, response.status, documented !== undefined]).toEqual([name, response.status, true]);
  const text = await response.text();
  const type = response.headers.get('Content-Type')?.replace(/;.*/, '') ?? '';
  if (documented?.content === undefined) expect(text).toBe('');
  else if (type === 'application/json') {
    const schema = documented.content[type]?.schema ?? {};
    expect(schemaErrors(JSON.parse(text), schema, DOCUMENT)).toEqual([]);
  } else expect(Object.keys(documented.content)).toContain(type);
}

/** Secrets and places of this machine, in what was answered or logged. */
async function expectNothingLeft(response: Response): Promise<void> {
  const told = `${await response.text()} ${JSON.stringify([...response.headers])}`;
  for (const text of [told, JSON.stringify(logged)]) {
    expect(text).not.toContain('QZ');
    expect(text).not.toMatch(/"\/srv|\/srv\/disk/);
    for (const { secret } of server.services.accounts.issued.values()) {
      if (text !== told || !response.url.includes('/auth/')) expect(text).not.toContain(secret);
    }
  }
}

describe('every route', () => {
  it('has a sample, and every sample a route', () => {
    expect(Object.keys(ROUTE_SAMPLES).toSorted()).toEqual(names.toSorted());
  });

  it.each(ROUTES)(
    '$method $path keeps to its access, its document and its secrets',
    async (route) => {
      const name = `${route.method} ${route.path}`;
      const success = route.status ?? 200;
      const asNobody = await answerTo(name, undefined);
      expect(asNobody.status).toBe(route.access === 'open' ? success : 401);
      await expectNothingLeft(asNobody);
      const asUser = await answerTo(name, server.alice);
      expect(asUser.status).toBe(route.access === 'admin' ? 403 : success);
      await expectNothingLeft(asUser);
      const asAdmin = await answerTo(name, server.admin);
      expect(asAdmin.status).toBe(success);
      await expectNothingLeft(asAdmin);
    },
  );
});

const ofConnections = names.filter((name) => name.includes('/connections/:id'));

describe('a private connection of somebody else', () => {
  it.each(ofConnections)('is not there, for other users and admins: %s', async (name) => {
    const [method = '', path = ''] = name.split(' ');
    const body = ROUTE_SAMPLES[name]?.(server, server.alice).body;
    for (const who of [server.bob, server.admin]) {
      const known = await server.ask(who, `${method} ${path.replace(':id', server.hers.id)}`, body);
      const absent = '00000000-0000-4000-8000-000000000000';
      const unknown = await server.ask(who, `${method} ${path.replace(':id', absent)}`, body);
      expect(known.status).toBe(404);
      // Nothing tells the two apart.
      expect(await known.text()).toBe(await unknown.text());
      expect(unknown.status).toBe(404);
    }
    const list = await (await server.ask(server.bob, '/api/connections')).text();
    expect(list).not.toContain(server.hers.id);
    expect(list).toContain(server.shared.id);
  });

  it('nor are tokens of others', async () => {
    const { issued } = server.services.accounts;
    const [id] = [...issued].find(([, { userId }]) => userId === server.alice.info.id) ?? [''];
    for (const who of [server.bob, server.admin]) {
      expect((await server.ask(who, `DELETE /api/auth/tokens/${id}`)).status).toBe(404);
    }
    expect(issued.has(id)).toBe(true);
  });
});

const withBody = ROUTES.filter(({ body }) => body !== undefined).map(
  ({ method, path }) => `${method} ${path}`,
);

describe('a body', () => {
  const url = (name: string): string => {
    const path = ROUTE_SAMPLES[name]?.(server, server.admin).path ?? '';
    return `${name.split(' ')[0] ?? ''} ${path}`;
  };

  it.each(withBody)('with a field that nobody knows is refused by its name: %s', async (name) => {
    const body = { ...(ROUTE_SAMPLES[name]?.(server, server.admin).body as object), nonsense: 1 };
    const response = await server.ask(server.admin, url(name), body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'invalid_argument',
      fields: { nonsense: expect.stringContaining('nonsense is no') as string },
    });
  });

  it.each(withBody)('that is no JSON object is refused: %s', async (name) => {
    for (const body of [[], 'text', 7, null]) {
      expect((await server.ask(server.admin, url(name), body)).status).toBe(400);
    }
  });

  it.each(withBody)('of another media type is refused, so that forms are: %s', async (name) => {
    const form = { 'Content-Type': 'text/plain' };
    const response = await server.ask(server.admin, url(name), {}, form);
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ code: 'unsupported_media_type' });
  });
});
