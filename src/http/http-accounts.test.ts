import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountServer } from '../../test/support/account-server.ts';
import type { Somebody } from '../../test/support/account-server.ts';
import { DoorServer, TOKEN } from '../../test/support/door-server.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

let server: AccountServer;
beforeEach(async () => {
  server = await AccountServer.start();
});
afterEach(() => server.stop());

const json = async (response: Promise<Response>): Promise<unknown> => (await response).json();

describe('signing in', () => {
  it('gives a token that counts, until it is signed out', async () => {
    const credentials = { username: 'alice', password: 'a password' };
    const response = await server.ask(undefined, 'POST /api/auth/login', credentials);
    expect(response.status).toBe(200);
    const { token, user } = (await response.json()) as { token: string; user: { id: string } };
    expect(user).toEqual({
      ...{ id: server.alice.info.id, username: 'alice', role: 'user', enabled: true },
      created_at: '2026-01-01T12:00:00.000Z',
    });
    const login: Somebody = { info: server.alice.info, token };
    expect(await json(server.ask(login, '/api/auth/me'))).toEqual(user);
    expect((await server.ask(login, 'POST /api/auth/logout')).status).toBe(204);
    expect((await server.ask(login, '/api/auth/me')).status).toBe(401);
    expect(server.services.accounts.logins).toEqual([{ address: '127.0.0.1' }]);
  });

  it('fails with 401 and says nothing of which was wrong', async () => {
    for (const [username, password] of [
      ['alice', 'wrong'],
      ['nobody', 'a password'],
    ]) {
      const body = { username, password };
      const response = await server.ask(undefined, 'POST /api/auth/login', body);
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({
        ...{ detail: 'the name or the password is wrong', code: 'bad_login' },
      });
    }
  });

  it('too often is answered 429 with the time to wait, in whole seconds', async () => {
    const body = { username: 'locked', password: 'x' };
    const response = await server.ask(undefined, 'POST /api/auth/login', body);
    expect(response.status).toBe(429);
    expect(response.headers.get('Retry-After')).toBe('30');
    expect(await response.json()).toMatchObject({ code: 'too_many_attempts' });
  });

  it('takes texts, not whatever else', async () => {
    const body = { username: ['alice'], password: '' };
    const response = await server.ask(undefined, 'POST /api/auth/login', body);
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({
      code: 'invalid_argument',
      detail: 'username must be a text; password must not be empty',
      fields: { username: 'username must be a text', password: 'password must not be empty' },
    });
  });

  it('is not needed with the token of the environment, which has no account', async () => {
    const fixed = { info: server.admin.info, token: TOKEN };
    expect(await json(server.ask(fixed, '/api/auth/me'))).toEqual({
      ...{ username: 'token', role: 'admin', enabled: true },
    });
    const body = { current_password: 'x', password: 'y' };
    expect((await server.ask(fixed, 'PATCH /api/auth/me', body)).status).toBe(403);
  });
});

describe('tokens', () => {
  it('are shown once, listed without what opens anything, and revoked', async () => {
    const made = await server.ask(server.alice, 'POST /api/auth/tokens', { name: 'backup' });
    expect(made.status).toBe(201);
    const { id, token } = (await made.json()) as { id: string; token: string };
    expect(made.headers.get('Location')).toBe(`/api/auth/tokens/${id}`);
    const list = await (await server.ask(server.alice, '/api/auth/tokens')).text();
    expect(JSON.parse(list)).toMatchObject({ total: 2, items: [{}, { id, name: 'backup' }] });
    expect(list).not.toContain(token);
    const removed = await server.ask(server.alice, `DELETE /api/auth/tokens/${id}`);
    expect(removed.status).toBe(204);
    expect((await server.ask({ ...server.alice, token }, '/api/auth/me')).status).toBe(401);
  });

  it.each(['not-a-uuid', '%00', '00000000-0000-4000-8000-000000000000'])(
    'that cannot be are not there: %s',
    async (id) => {
      const response = await server.ask(server.alice, `DELETE /api/auth/tokens/${id}`);
      expect(response.status).toBe(404);
    },
  );
});

describe('accounts', () => {
  const path = (who: Somebody): string => `/api/users/${who.info.id}`;

  it('are for administrators', async () => {
    const forbidden = await server.ask(server.alice, '/api/users');
    expect(forbidden.status).toBe(403);
    expect(await forbidden.json()).toMatchObject({ code: 'forbidden' });
    expect(await json(server.ask(server.admin, '/api/users?page_size=2&page=2'))).toMatchObject({
      ...{ total: 3, page: 2, page_size: 2, total_pages: 2, has_more: false },
      items: [{ username: 'bob' }],
    });
  });

  it('that are made or changed know where that came from', async () => {
    const body = { username: 'carol', password: 'a password' };
    const made = await server.ask(server.admin, 'POST /api/users', body);
    expect(await made.json()).toMatchObject({ username: 'carol', role: 'user' });
    expect(server.services.accounts.callers).toEqual([
      expect.objectContaining({ name: 'root', address: '127.0.0.1' }),
    ]);
    const again = await server.ask(server.admin, 'POST /api/users', body);
    expect(again.status).toBe(409);
  });

  it('that own things are deleted only when it is said what becomes of them', async () => {
    const owning = await server.ask(server.admin, `DELETE ${path(server.alice)}`);
    expect(owning.status).toBe(409);
    expect(await owning.json()).toMatchObject({ code: 'owns_things' });
    const both = `DELETE ${path(server.alice)}?purge=true&transfer_to=${server.bob.info.id}`;
    expect((await server.ask(server.admin, both)).status).toBe(400);
    const wrong = `DELETE ${path(server.alice)}?purge=yes`;
    expect((await server.ask(server.admin, wrong)).status).toBe(400);
    const given = `DELETE ${path(server.alice)}?transfer_to=${server.bob.info.id}`;
    expect((await server.ask(server.admin, given)).status).toBe(204);
    const hers = `/api/connections/${server.hers.id}`;
    expect((await server.ask(server.bob, hers)).status).toBe(200);
    const purge = `DELETE ${path(server.bob)}?purge=true`;
    expect((await server.ask(server.admin, purge)).status).toBe(204);
  });

  it('never lose their last administrator', async () => {
    const demoted = await server.ask(server.admin, `PATCH ${path(server.admin)}`, { role: 'user' });
    expect(demoted.status).toBe(409);
    expect(await demoted.json()).toMatchObject({ code: 'last_admin' });
    expect((await server.ask(server.admin, `DELETE ${path(server.admin)}`)).status).toBe(409);
  });

  it('let people change their own password', async () => {
    const wrong = { current_password: 'wrong', password: 'another one' };
    expect((await server.ask(server.alice, 'PATCH /api/auth/me', wrong)).status).toBe(401);
    const right = { current_password: 'a password', password: 'another one' };
    const changed = await server.ask(server.alice, 'PATCH /api/auth/me', right);
    expect(await changed.json()).toMatchObject({ username: 'alice' });
    const login = { username: 'alice', password: 'another one' };
    expect((await server.ask(undefined, 'POST /api/auth/login', login)).status).toBe(200);
  });
});

describe('a saved connection', () => {
  const hers = (): string => `/api/connections/${server.hers.id}`;

  it('is changed only in the version that If-Match names', async () => {
    const found = await server.ask(server.alice, hers());
    expect(found.headers.get('ETag')).toBe('"1"');
    const change = (tag: string): Promise<Response> =>
      server.ask(server.alice, `PATCH ${hers()}`, { name: 'mine' }, { 'If-Match': tag });
    const changed = await change('"1"');
    expect(changed.headers.get('ETag')).toBe('"2"');
    expect(await changed.json()).toMatchObject({ name: 'mine', version: 2 });
    // Weak tags never match (RFC 9110 section 13.1.1), nor do those that were never ours.
    for (const tag of ['"1"', 'W/"2"', '"x"', '"7", "8"']) {
      const refused = await change(tag);
      expect([tag, refused.status]).toEqual([tag, 412]);
      expect(await refused.json()).toMatchObject({ code: 'precondition_failed' });
    }
    expect((await change('2')).status).toBe(400);
    expect((await change('"1", "2"')).status).toBe(200);
    expect((await change('*')).status).toBe(200);
    const old = { 'If-Match': '"1"' };
    expect((await server.ask(server.alice, `DELETE ${hers()}`, undefined, old)).status).toBe(412);
    expect((await server.ask(server.alice, `DELETE ${hers()}`)).status).toBe(204);
    expect((await server.ask(server.alice, hers())).status).toBe(404);
  });

  it('needs its secret anew when it leads elsewhere', async () => {
    const response = await server.ask(server.alice, `PATCH ${hers()}`, { host: 'evil' });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      ...{ code: 'secret_required', fields: { password: 'is needed' } },
    });
  });

  it('on a disk of the server is for administrators', async () => {
    const body = { name: 'disk', type: 'local', root_path: 'photos' };
    expect((await server.ask(server.alice, 'POST /api/connections', body)).status).toBe(403);
    const made = await server.ask(server.admin, 'POST /api/connections', body);
    expect(made.status).toBe(201);
    expect(await made.json()).toMatchObject({ root_path: 'photos' });
  });

  it.each([
    [{ port: 0 }, 'port must not be less than 1'],
    [{ port: 1.5 }, 'port must be a whole number'],
    [{ port: '445' }, 'port must be a number'],
    [{ type: 'ftp' }, 'type must be one of smb, local, s3'],
    [{ name: '' }, 'name must not be empty'],
    [{ name: null }, 'name must be a text'],
    [{ password: 'x'.repeat(1_025) }, 'password must not be longer than 1024 characters'],
    [{ owner: 'bob' }, 'owner is no field of this request'],
    [{ ['__proto__x']: 1 }, '__proto__x is no field of this request'],
  ])('refuses %j', async (fields, sentence) => {
    const body = { name: 'new', ...fields };
    const response = await server.ask(server.alice, 'POST /api/connections', body);
    expect(response.status).toBe(422);
    const [name = ''] = Object.keys(fields);
    expect(await response.json()).toEqual({
      ...{ code: 'invalid_argument', detail: sentence, fields: { [name]: sentence } },
    });
  });

  it('is tried with changes that are not saved', async () => {
    const body = { password: 'p', path: 'reports' };
    const response = await server.ask(server.alice, `POST ${hers()}/test`, body);
    expect(await response.json()).toEqual({
      ok: true,
      stages: [
        { stage: 'dns', outcome: 'ok', ok: true, ms: 0.4 },
        { stage: 'notify', outcome: 'unverified', ok: true, ms: 3 },
      ],
      ...{ dialect: '3.1.1', limits: { maxReadSize: 8_388_608 } },
    });
    expect(server.services.connections.tested).toEqual({
      ...{ id: server.hers.id, fields: { password: 'p' }, path: 'reports' },
    });
    await server.ask(server.alice, `POST ${hers()}/test`);
    expect(server.services.connections.tested).toEqual({ id: server.hers.id });
  });
});

describe('settings', () => {
  it('show that a secret has a value, and not which', async () => {
    const all = await json(server.ask(server.admin, '/api/settings'));
    expect(all).toMatchObject({
      items: [
        { key: 'watch.verify_interval_minutes', value: 10, default: 10 },
        { key: 'transcription.api_key', has_value: true },
      ],
    });
    expect(JSON.stringify(all)).not.toContain('QZ');
  });

  it('change all together, or not at all', async () => {
    const good = { 'watch.verify_interval_minutes': 3 };
    const changed = await server.ask(server.admin, 'PATCH /api/settings', good);
    expect(await changed.json()).toMatchObject({ items: [{ value: 3 }, {}] });
    const bad = await server.ask(server.admin, 'PATCH /api/settings', { nonsense: 1 });
    expect(bad.status).toBe(422);
    expect(await bad.json()).toMatchObject({ fields: { nonsense: 'nonsense is no setting' } });
  });
});

describe('the audit log', () => {
  it('is read page by page, newest first, each page from where the last one ended', async () => {
    for (let n = 1; n <= 5; n += 1) {
      await server.services.audit.record({ actor: 'root', action: 'login', outcome: 'ok' });
    }
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const from: string = after === undefined ? '' : `&after=${after}`;
      const page = (await json(server.ask(server.admin, `/api/audit?page_size=2${from}`))) as {
        items: { id: string }[];
        has_more: boolean;
        next_after?: string;
      };
      expect(page.has_more).toBe(page.next_after !== undefined);
      seen.push(...page.items.map(({ id }) => id));
      after = page.next_after;
    } while (after !== undefined);
    expect(seen).toEqual(['5', '4', '3', '2', '1']);
    const other = await json(server.ask(server.admin, '/api/audit?action=other'));
    expect(other).toEqual({ items: [], has_more: false });
  });
});

describe('a service that fails', () => {
  it('is told as what it is when the file server is the reason, without places', async () => {
    const { connections } = server.services;
    const path = `/api/connections/${server.hers.id}/entries`;
    const missing = await server.ask(server.alice, `${path}?path=missing`);
    expect(missing.status).toBe(404);
    expect(await missing.text()).not.toMatch(/QZ|srv/);
    connections.entries = () =>
      Promise.reject(new TidewatchError('unreachable', 'connect to /srv/QZ failed'));
    const gone = await server.ask(server.alice, path);
    expect(gone.status).toBe(503);
    expect(gone.headers.get('Retry-After')).toMatch(/^\d+$/);
    const told = await gone.text();
    expect(JSON.parse(told)).toMatchObject({ code: 'unreachable' });
    expect(told).not.toContain('QZ');
  });

  it('that answers what its schema does not know is a mistake, and tells nothing', async () => {
    const wrong = { id: 'QZ', total: 'many' };
    server.services.accounts.users = () => Promise.resolve(wrong as never);
    const response = await server.ask(server.admin, '/api/users');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('QZ');
  });
});

describe('without accounts', () => {
  it('whoever the host lets in sees what there is', async () => {
    const authenticate = (): Promise<{ name: string; admin: boolean }> =>
      Promise.resolve({ name: 'theirs', admin: false });
    const bare = await DoorServer.start({ authenticator: { authenticate } });
    try {
      for (const path of ['/api/watches', '/api/runtime/actors', '/metrics', '/api/connections']) {
        expect([path, (await bare.get(path)).status]).toEqual([path, 200]);
      }
    } finally {
      await bare.stop();
    }
  });

  it('their routes are not there, and connections stay as they were', async () => {
    const bare = await DoorServer.start();
    try {
      for (const path of ['/api/auth/me', '/api/users', '/api/settings', '/api/audit']) {
        expect([path, (await bare.get(path)).status]).toEqual([path, 404]);
      }
      const search = `/api/connections/${bare.id}/directories/search?q=x`;
      expect((await bare.get(search)).status).toBe(404);
      const headers = { Authorization: `Bearer ${TOKEN}` };
      const login = await fetch(`${bare.http}/api/auth/login`, { method: 'POST', headers });
      expect(login.status).toBe(404);
      const disk = await (await bare.get('/api/connections/disk')).json();
      expect(disk).not.toHaveProperty('root_path');
    } finally {
      await bare.stop();
    }
  });
});
