import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/app/index.ts';
import { createLogger } from '../../src/app/server/logger.ts';
import { startKeptServer } from '../../src/app/server/kept-server.ts';
import type { KeptServer } from '../../src/app/server/kept-server.ts';
import { openApiDocument } from '../../src/http/openapi.ts';
import { allRoutes } from '../../src/http/routes/all-routes.ts';
import { schemaErrors } from '../support/json-schema.ts';
import type { JsonSchema } from '../support/json-schema.ts';
import { SocketClient } from '../support/socket-client.ts';
import { TextSink } from '../support/text-sink.ts';

/** Part of each password, secret and place of this machine; nothing that leaves may have it. */
const CANARY = 'QZ7canary';
const PASSWORD = `${CANARY} of the administrator`;
const ROUTES = allRoutes({ metricsPublic: false, services: true });
const DOCUMENT = openApiDocument(ROUTES, '') as {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, Answer> }>>;
};
interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

let folder: string;
let kept: KeptServer;
let secretKey: string;
const log = new TextSink();
let logged = '';
const asked = new Set<string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `tidewatch-${CANARY}-`));
  const files = join(folder, 'files');
  await mkdir(join(files, 'reports', '2026'), { recursive: true });
  await writeFile(join(files, 'a.txt'), 'text');
  const logger = createLogger('debug', log);
  const dataDir = join(folder, 'data');
  kept = await startKeptServer({
    ...{ runtime: createRuntime({ logger, dataDir }), logger, dataDir, host: '127.0.0.1', port: 0 },
    connections: [{ name: 'given', target: { type: 'local', root: files }, pathPrefix: '' }],
    ...{ allowedOrigins: [], metricsPublic: false },
    env: { TIDEWATCH_ADMIN_PASSWORD: PASSWORD, TIDEWATCH_LOCAL_ROOTS: `named=${files}` },
  });
  secretKey = (await readFile(join(dataDir, 'secret-key'), 'utf8')).trim();
}, 60_000);
afterAll(async () => {
  await kept.stop();
  await rm(folder, { recursive: true });
});

interface Asking {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly status: number;
  /** Parameters of the path, in order. */
  readonly at?: readonly string[];
  readonly query?: string;
}

/** Asks a route, and holds the answer against its document and its secrets. */
async function ask(
  route: string,
  { at = [], body, query = '', status, token }: Asking,
): Promise<unknown> {
  const [method = '', path = ''] = route.split(' ');
  const left = [...at];
  const url = path.replace(/:\w+/g, () => encodeURIComponent(left.shift() ?? '')) + query;
  const response = await fetch(`${kept.server.url}${url}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect([route, response.status, response.status === status ? '' : text]).toEqual([
    route,
    status,
    '',
  ]);
  asked.add(route);
  expectNothingLeft(`${text} ${JSON.stringify([...response.headers])}`);
  const documented =
    DOCUMENT.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]?.responses[status];
  expect([route, status, documented !== undefined]).toEqual([route, status, true]);
  if (!(response.headers.get('Content-Type') ?? '').startsWith('application/json')) return text;
  const schema = documented?.content?.['application/json']?.schema ?? {};
  const answer = JSON.parse(text) as unknown;
  expect([route, schemaErrors(answer, schema, DOCUMENT)]).toEqual([route, []]);
  return answer;
}

function expectNothingLeft(text: string): void {
  // Hashes and ciphertexts of this program, however they are written, and what was planted.
  const secrets = [CANARY, secretKey, 'scrypt', 'password_hash', 'token_hash', '"sealed"'];
  for (const secret of secrets) {
    const at = text.indexOf(secret);
    expect(at === -1 ? '' : text.slice(Math.max(0, at - 100), at + 50)).toBe('');
  }
}

const login = async (username: string, password: string): Promise<string> =>
  (
    (await ask('POST /api/auth/login', { body: { username, password }, status: 200 })) as {
      token: string;
    }
  ).token;
const idOf = (made: unknown): string => (made as { id: string }).id;

describe('a server with a database', () => {
  it('answers every route as it is documented, and keeps secrets and places to itself', async () => {
    const admin = await login('admin', PASSWORD);
    const carol = { username: 'carol', password: `${CANARY} of carol`, role: 'user' };
    const carolId = idOf(await ask('POST /api/users', { token: admin, body: carol, status: 201 }));
    const user = await login('carol', carol.password);

    const secret = { type: 'smb', host: '127.0.0.1', share_name: 's', username: 'u', port: 9 };
    const smb = { name: 'hers', ...secret, password: `${CANARY} of smb` };
    const hers = idOf(await ask('POST /api/connections', { token: user, body: smb, status: 201 }));
    const disk = { name: 'disk', type: 'local', root_path: 'named', scope: 'shared' };
    await ask('POST /api/connections', { token: user, body: disk, status: 403 });
    const shared = idOf(
      await ask('POST /api/connections', { token: admin, body: disk, status: 201 }),
    );

    for (const token of [admin, user]) {
      const asAdmin = token === admin;
      await ask('GET /healthz', { token, status: 200 });
      await ask('GET /readyz', { token, status: 200 });
      await ask('GET /metrics', { token, status: asAdmin ? 200 : 403 });
      await ask('GET /api/version', { token, status: 200 });
      await ask('GET /api/openapi.json', { token, status: 200 });
      await ask('GET /api/auth/me', { token, status: 200 });
      await ask('GET /api/auth/tokens', { token, status: 200 });
      await ask('POST /api/auth/ws-ticket', { token, status: 200 });
      await ask('GET /api/users', { token, status: asAdmin ? 200 : 403 });
      await ask('GET /api/connections', { token, status: 200 });
      for (const id of [shared, 'given']) {
        const at = [id];
        await ask('GET /api/connections/:id', { token, at, status: 200 });
        await ask('GET /api/connections/:id/entries', { token, at, status: 200 });
        const missing = `?path=${encodeURIComponent('missing/one')}`;
        await ask('GET /api/connections/:id/entries', { token, at, query: missing, status: 404 });
        await ask('POST /api/connections/:id/entries', {
          token,
          at,
          body: { path: '..' },
          status: 400,
        });
        // Those of the command line are as they are; folders are for administrators to try.
        const tried = id === shared && asAdmin ? 200 : 403;
        await ask('POST /api/connections/:id/test', { token, at, status: tried });
        const query = '?q=rep';
        await ask('GET /api/connections/:id/directories/search', { token, at, query, status: 200 });
        const body = { q: '2026' };
        await ask('POST /api/connections/:id/directories/search', { token, at, body, status: 200 });
        await ask('GET /api/connections/:id/cache', { token, at, status: 200 });
        await ask('POST /api/connections/:id/cache/rescan', { token, at, status: 202 });
      }
      const at = [hers];
      const mine = asAdmin ? 404 : 200;
      await ask('GET /api/connections/:id', { token, at, status: mine });
      await ask('POST /api/connections/:id/test', { token, at, status: mine });
      await ask('GET /api/connections/:id/cache', { token, at, status: mine });
      const body = { name: 'renamed' };
      await ask('PATCH /api/connections/:id', { token, at, body, status: mine });
      await ask('POST /api/connections/test', { token, body: smb, status: 200 });
      for (const route of ['GET /api/watches', 'GET /api/runtime/actors', 'GET /api/audit']) {
        await ask(route, { token, status: asAdmin ? 200 : 403 });
      }
      await ask('GET /api/settings', { token, status: asAdmin ? 200 : 403 });
      const settings = { 'watch.verify_interval_minutes': 11 };
      await ask('PATCH /api/settings', { token, body: settings, status: asAdmin ? 200 : 403 });
    }
    const actors = (await ask('GET /api/runtime/actors', { token: admin, status: 200 })) as {
      items: { id: string }[];
    };
    const actor = actors.items[0]?.id ?? '';
    await ask('GET /api/runtime/actors/:id', { token: admin, at: [actor], status: 200 });

    const changed = { current_password: carol.password, password: `${CANARY} anew` };
    await ask('PATCH /api/auth/me', { token: user, body: changed, status: 200 });
    const again = await login('carol', changed.password);
    const made = await ask('POST /api/auth/tokens', {
      token: again,
      body: { name: 't' },
      status: 201,
    });
    await ask('DELETE /api/auth/tokens/:id', { token: again, at: [idOf(made)], status: 204 });
    await ask('POST /api/auth/logout', { token: again, status: 204 });
    await ask('GET /api/auth/me', { token: again, status: 401 });
    const at = [carolId];
    await ask('PATCH /api/users/:id', { token: admin, at, body: { role: 'user' }, status: 200 });
    await ask('DELETE /api/users/:id', { token: admin, at, status: 409 });
    await ask('DELETE /api/users/:id', { token: admin, at, query: '?purge=true', status: 204 });
    await ask('DELETE /api/connections/:id', { token: admin, at: [shared], status: 204 });
    expect([...asked].toSorted()).toEqual(
      ROUTES.map((one) => `${one.method} ${one.path}`).toSorted(),
    );
  }, 60_000);

  it('tells an inspector and a socket no secrets or places', async () => {
    const admin = await login('admin', PASSWORD);
    const headers = { Authorization: `Bearer ${admin}` };
    const url = kept.server.url.replace('http', 'ws');
    const [inspector, socket] = ['/api/inspect', '/api/ws'].map(
      (path) => new SocketClient(`${url}${path}`, { headers }),
    ) as [SocketClient, SocketClient];
    const heard: string[] = [];
    inspector.socket.on('message', (data: Buffer) => heard.push(data.toString()));
    await inspector.opened;
    const wanted = { action: 'subscribe', connection_id: 'given', path: '' };
    const answer = await socket.ask(wanted);
    expect(answer).toMatchObject({ type: 'subscribed', state: 'live' });
    const missing = await socket.ask({ ...wanted, path: 'missing' });
    expectNothingLeft(JSON.stringify([answer, missing]));
    await expect.poll(() => heard.length).toBeGreaterThan(3);
    expectNothingLeft(heard.join('\n'));
    inspector.socket.terminate();
    socket.socket.terminate();
  });

  it('has written no secret into its log', () => {
    logged += log.take();
    expect(logged).toContain('http.request');
    expect(logged).not.toContain(secretKey);
    // Places of this machine are for those who may read its log; secrets are for nobody.
    for (const word of [
      'of the administrator',
      'of carol',
      'of smb',
      'anew',
      'tw_login_',
      'tw_api_',
    ]) {
      expect(logged).not.toContain(word);
    }
  });
});
