import type { AccountServer, Somebody } from './account-server.ts';

/** A request that a route answers as it should, for somebody who may ask. */
export interface RouteSample {
  readonly path: string;
  readonly body?: unknown;
  /** Instead of JSON the answer is lines. */
  readonly accept?: string;
}

type Sample = (server: AccountServer, who: Somebody) => RouteSample;

const PASSWORD = 'QZ-a-password';

/** A connection that whoever asks may change. */
function own({ admin, hers, shared }: AccountServer, who: Somebody): string {
  return who === admin ? shared.id : hers.id;
}

/** A token of whoever asks, which is not the one shown. */
function spareToken({ services: { accounts } }: AccountServer, { info }: Somebody): string {
  accounts.tokenOf(info.id);
  const [id] = [...accounts.issued].findLast(([, { userId }]) => userId === info.id) ?? [''];
  return id;
}

const at = (path: string, body?: unknown): Sample => {
  return () => (body === undefined ? { path } : { path, body });
};
const ofConnection = (rest: string, body?: unknown): Sample => {
  return (server, who) => {
    const path = `/api/connections/${own(server, who)}${rest}`;
    return body === undefined ? { path } : { path, body };
  };
};

/** One for each route, by method and path. The contract test fails for a route that has none. */
export const ROUTE_SAMPLES: Readonly<Record<string, Sample>> = {
  'GET /healthz': at('/healthz'),
  'GET /readyz': at('/readyz'),
  'GET /metrics': at('/metrics'),
  'GET /api/version': at('/api/version'),
  'GET /api/openapi.json': at('/api/openapi.json'),
  'POST /api/auth/login': at('/api/auth/login', { username: 'alice', password: 'a password' }),
  'POST /api/auth/logout': at('/api/auth/logout'),
  'GET /api/auth/me': at('/api/auth/me'),
  'PATCH /api/auth/me': at('/api/auth/me', { current_password: 'a password', password: PASSWORD }),
  'POST /api/auth/ws-ticket': at('/api/auth/ws-ticket'),
  'GET /api/auth/tokens': at('/api/auth/tokens?page=1&page_size=10'),
  'POST /api/auth/tokens': at('/api/auth/tokens', {
    name: 'backup',
    expires_at: '2027-01-01T00:00:00+01:00',
  }),
  'DELETE /api/auth/tokens/:id': (server, who) => ({
    path: `/api/auth/tokens/${spareToken(server, who)}`,
  }),
  'GET /api/users': at('/api/users'),
  'POST /api/users': at('/api/users', { username: 'carol', password: PASSWORD, role: 'user' }),
  'PATCH /api/users/:id': ({ bob }) => ({
    path: `/api/users/${bob.info.id}`,
    body: { enabled: false, password: PASSWORD },
  }),
  'DELETE /api/users/:id': ({ alice, bob }) => ({
    path: `/api/users/${alice.info.id}?transfer_to=${bob.info.id}`,
  }),
  'GET /api/connections': at('/api/connections'),
  'POST /api/connections': at('/api/connections', {
    ...{ name: 'new', type: 'smb', host: 'nas', password: PASSWORD, path_prefix: null },
    root_path: '/srv/QZcanary',
  }),
  'GET /api/connections/:id': ofConnection(''),
  'PATCH /api/connections/:id': ofConnection('', { host: 'other', password: PASSWORD }),
  'DELETE /api/connections/:id': ofConnection(''),
  'POST /api/connections/test': at('/api/connections/test', { host: 'nas', password: PASSWORD }),
  'POST /api/connections/:id/test': ofConnection('/test', { password: PASSWORD, path: 'a' }),
  'GET /api/connections/:id/entries': ofConnection('/entries?path=a&page_size=10000'),
  'POST /api/connections/:id/entries': ofConnection('/entries', { path: 'a', page_size: 10 }),
  'GET /api/connections/:id/directories/search': ofConnection('/directories/search?q=rep&limit=1'),
  'POST /api/connections/:id/directories/search': ofConnection('/directories/search', { q: 'r' }),
  'GET /api/connections/:id/cache': ofConnection('/cache'),
  'POST /api/connections/:id/cache/rescan': ofConnection('/cache/rescan'),
  'GET /api/watches': at('/api/watches'),
  'GET /api/runtime/actors': at('/api/runtime/actors'),
  'GET /api/runtime/actors/:id': at(`/api/runtime/actors/${encodeURIComponent('local:disk/a~1')}`),
  'GET /api/settings': at('/api/settings'),
  'PATCH /api/settings': at('/api/settings', { 'watch.verify_interval_minutes': 5 }),
  'GET /api/audit': at('/api/audit?page_size=1'),
};
