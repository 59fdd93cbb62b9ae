import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OneTimeTask } from '../../src/db/entities/index.ts';
import { checkServer } from '../../src/db/postgresql/server-checks.ts';
import { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { PostgresServer } from '../servers/postgres.ts';
import { openUntilEnd } from '../support/test-database.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
const open = openUntilEnd();

async function refusalOf(databaseUrl: string): Promise<TidewatchError> {
  const error = await open({ databaseUrl }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TidewatchError);
  return error as TidewatchError;
}

describe('a PostgreSQL server that cannot be used', () => {
  it('refuses a wrong password, which is not told again', async () => {
    const url = server.url('postgres', 'test', 'wrong-secret');
    const error = await refusalOf(url);
    expect(error).toMatchObject({ code: 'database_login_failed' });
    expect(error.remedy).toContain('DATABASE_URL');
    expect(`${error.message} ${error.stack}`).not.toContain('wrong-secret');
  });

  it('is none by its URL, which is not told again either', async () => {
    for (const url of ['mysql://u:s3cret@host/db', 'u:s3cret@host', 'postgres://u:s3cret@h:x/']) {
      const error = await refusalOf(url);
      expect(error.code).toBe('invalid_argument');
      expect(inspect(error)).not.toContain('s3cret');
    }
  });

  it('has no such user, or no such database', async () => {
    const stranger = await refusalOf(server.url('postgres', 'stranger', 'x'));
    expect(stranger.code).toBe('database_login_failed');
    const missing = await refusalOf(server.url('missing'));
    expect(missing).toMatchObject({ code: 'database_missing' });
    expect(missing.message).toContain('missing');
  });

  it('does not answer', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const { port } = nobody.address() as AddressInfo;
    nobody.close();
    await once(nobody, 'close');
    const error = await refusalOf(`postgres://test:x@127.0.0.1:${port}/postgres`);
    expect(error.code).toBe('database_unreachable');
    expect(error.message).toContain(String(port));
    expect((await refusalOf('postgres://test:x@nowhere.invalid/postgres')).code).toBe(
      'database_unreachable',
    );
  });

  it('is no database at all', async () => {
    const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    try {
      const { port } = web.address() as AddressInfo;
      const error = await refusalOf(`postgres://test:x@127.0.0.1:${port}/postgres`);
      expect(error.code).toBe('database_unreachable');
    } finally {
      web.close();
    }
  });

  it('gives the user no right to make a schema, or to use the one there', async () => {
    await server.sql(`create role guest login password 'guest-pw'`);
    await server.createDatabase().then(async (url) => {
      const guest = url.replace('test:test-pw', 'guest:guest-pw');
      expect((await refusalOf(guest)).code).toBe('database_rights_missing');
      // What the remedy says helps.
      await server.sql(`create schema tidewatch`, new URL(url).pathname.slice(1));
      expect((await refusalOf(guest)).code).toBe('database_rights_missing');
      await server.sql(`alter schema tidewatch owner to guest`, new URL(url).pathname.slice(1));
      const database = await open({ databaseUrl: guest });
      await expect(database.ping()).resolves.toBeUndefined();
    });
  });

  it('is encoded such that names would be lost', async () => {
    await server.sql(`create database latin encoding latin1 template template0`);
    const error = await refusalOf(server.url('latin'));
    expect(error.code).toBe('invalid_argument');
    expect(error.message).toContain('LATIN1');
  });

  it('is too old', async () => {
    const facts = { name: 'd', user: 'u', version: '12.20', number: 120_020, encoding: 'UTF8' };
    const client = { query: async () => await Promise.resolve({ rows: [facts] }) };
    const check = checkServer(client as unknown as Parameters<typeof checkServer>[0]);
    await expect(check).rejects.toMatchObject({
      code: 'database_too_old',
      message: 'the server is PostgreSQL 12.20',
    });
  });

  it('leaves no connection open where opening failed', async () => {
    await refusalOf(server.url('latin'));
    await vi.waitFor(async () => {
      const rows = await server.sql(
        `select application_name from pg_stat_activity where application_name like 'tidewatch%'`,
      );
      expect(rows).toEqual([]);
    });
  });
});

describe('the lock of a database on a server', () => {
  it('refuses a second Tidewatch, saying who is there, and not on another database', async () => {
    const databaseUrl = await server.createDatabase();
    const first = await open({ databaseUrl });
    const error = await refusalOf(databaseUrl);
    expect(error.code).toBe('database_in_use');
    expect(error.message).toContain(`tidewatch`);
    expect(error.message).toContain(String(process.pid));
    expect(error.message).toContain('127.0.0.1');
    const other = await open({ databaseUrl: await server.createDatabase() });
    await other.ping();
    await first.ping();
    await first.close();
    const next = await open({ databaseUrl });
    await expect(next.ping()).resolves.toBeUndefined();
  });

  it('goes to one of many that start at once on a new database', async () => {
    const databaseUrl = await server.createDatabase();
    const started = await Promise.allSettled(
      Array.from({ length: 5 }, () => open({ databaseUrl })),
    );
    expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of started) {
      if (one.status === 'rejected') expect(one.reason).toHaveProperty('code', 'database_in_use');
    }
  });

  it('is taken again when the server comes back; meanwhile nothing is written', async () => {
    const databaseUrl = await server.createDatabase();
    const database = await open({ databaseUrl });
    const task = { name: 'before', doneAt: new Date(), details: {} };
    await database.em().insert(OneTimeTask, task);
    await server.kill();
    await vi.waitFor(() => expect(() => database.em()).toThrow(/lock/));
    await expect(database.ping()).rejects.toHaveProperty('code', 'database_failed');
    await server.start();
    await vi.waitFor(() => expect(() => database.em()).not.toThrow(), { timeout: 10_000 });
    expect(await database.em().count(OneTimeTask)).toBe(1);
    expect((await refusalOf(databaseUrl)).code).toBe('database_in_use');
  });

  it('is lost for good when another one was quicker, and that is told once', async () => {
    await server.sql(`create role slow login password 'slow-pw'`);
    await server.sql(`create database shared owner slow`);
    const first = await open({ databaseUrl: server.url('shared', 'slow', 'slow-pw') });
    const lost: Error[] = [];
    first.onLost((error) => lost.push(error));
    // It cannot come back before the second one is there.
    await server.sql(`alter role slow nologin`);
    await server.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'shared'`,
    );
    const second = await open({ databaseUrl: server.url('shared') });
    await server.sql(`alter role slow login`);
    await vi.waitFor(() => expect(lost).toHaveLength(1), { timeout: 10_000 });
    expect(lost[0]).toHaveProperty('code', 'database_in_use');
    expect(() => first.em()).toThrow(/lock/);
    await second.ping();
  });
});
