import { AsyncResource } from 'node:async_hooks';
import { randomBytes, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { copyDatabase } from '../../src/db/copy-database.ts';
import type { Database } from '../../src/db/database.ts';
import { dumpTables } from '../../src/db/dump-tables.ts';
import type { DumpManifest } from '../../src/db/dump-tables.ts';
import { ApiToken, AuditLog, Connection, ENTITIES } from '../../src/db/entities/index.ts';
import { KeyCheck, OneTimeTask, SystemSetting, User } from '../../src/db/entities/index.ts';
import { restoreTables } from '../../src/db/restore-tables.ts';
import { tableShapes } from '../../src/db/table-shapes.ts';
import { timeOrderedIds } from '../../src/db/time-ordered-ids.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { PostgresServer } from '../servers/postgres.ts';
import { eachDatabase, freshDataDir, openUntilEnd } from '../support/test-database.ts';

const AWKWARD = 'a\\b"c\'\n\r\t\u2028 ü e\u0301 \u{1f600} $1 ? \ufeff';
/** More than are read at once, and in no order that any language knows. */
const RECORDS = 1_203;

/** Rows in every table, with values that are easily spoilt on the way. */
async function fill(database: Database): Promise<void> {
  const at = new Date(1_800_000_000_987);
  const long = new Date(-62_135_596_800_000);
  await database.transaction(async (em) => {
    for (const name of ['a', 'B', 'ä', 'Z', '_', AWKWARD]) {
      const id = randomUUID();
      const names = { id, username: name, usernameKey: `key ${name}`, passwordHash: 'x' };
      em.create(User, { ...names, role: 'admin', enabled: false, createdAt: at, updatedAt: long });
      const token = { id: randomUUID(), userId: id, name, kind: 'api' as const };
      em.create(ApiToken, { ...token, tokenHash: randomBytes(32), createdAt: at });
      const connection = {
        id: randomUUID(),
        ownerId: id,
        name,
        nameKey: name,
        type: 'smb' as const,
      };
      em.create(Connection, {
        ...connection,
        ...{ scope: 'private', config: { [AWKWARD]: [1.5, null, { x: AWKWARD }, 1e300] } },
        ...{ secrets: randomBytes(5_000), secretNames: [AWKWARD], keyId: null },
        ...{ createdAt: at, updatedAt: at },
      });
      em.create(OneTimeTask, { name, doneAt: at, details: {} });
      em.create(SystemSetting, { key: name, value: false, updatedAt: at, updatedBy: name });
      em.create(KeyCheck, { keyId: name, sealed: Buffer.alloc(0), current: true, createdAt: at });
    }
    await em.flush();
    await em.execute('update tidewatch.connection set version = 7');
    // A null of JSON is another one than that of SQL.
    await em.execute(
      `insert into tidewatch.system_setting values ('null', 'null', '', 'k', now(), '')`,
    );
    const nextId = timeOrderedIds(() => 1_800_000_000_000);
    const records = Array.from({ length: RECORDS }, (_, i) => ({
      ...{ id: nextId(), at, actor: AWKWARD, action: `a${i}`, outcome: 'ok' as const },
      details: { i },
    }));
    await em.insertMany(AuditLog, records);
  });
}

async function dumpOf(database: Database): Promise<{ text: string; manifest: DumpManifest }> {
  let text = '';
  const manifest = await dumpTables(database, async (lines) => {
    text += lines;
    await Promise.resolve();
  });
  return { text, manifest };
}

/** In pieces that break lines and characters. */
async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 1_009) yield bytes.subarray(at, at + 1_009);
  await Promise.resolve();
}

async function countAll(database: Database): Promise<number> {
  let rows = 0;
  for (const shape of tableShapes(database.em())) {
    const [found] = await database
      .em()
      .execute<{ n: number }[]>(`select count(*)::int as n from ${shape.quoted}`);
    rows += found?.n ?? 0;
  }
  return rows;
}

eachDatabase('a dump', (open) => {
  it('has every row of every table, and gives back exactly these', async () => {
    const from = await open();
    await fill(from);
    const { text, manifest } = await dumpOf(from);
    expect(Object.keys(manifest.tables)).toHaveLength(ENTITIES.length);
    expect(manifest.tables['audit_log']?.rows).toBe(RECORDS);
    expect(manifest.tables['system_setting']?.rows).toBe(7);

    const to = await open();
    expect(await restoreTables(to, inPieces(text))).toEqual(manifest);
    expect((await dumpOf(to)).manifest.tables).toEqual(manifest.tables);
    const setting = await to.em().findOneOrFail(SystemSetting, { key: AWKWARD });
    expect(setting).toMatchObject({ value: false, sealed: null, updatedBy: AWKWARD });
    const connection = await to.em().findOneOrFail(Connection, { name: AWKWARD });
    expect(connection.config).toEqual({ [AWKWARD]: [1.5, null, { x: AWKWARD }, 1e300] });
    expect(connection.version).toBe(7);
  });

  it('is of one moment, whatever is written meanwhile', async () => {
    const database = await open();
    await fill(database);
    // As a request would be, which knows nothing of the dump.
    const request = new AsyncResource('request');
    let writing: Promise<unknown> | undefined;
    const manifest = await dumpTables(database, async () => {
      writing ??= request.runInAsyncScope(() =>
        database.em().insert(OneTimeTask, { name: 'late', doneAt: new Date(), details: {} }),
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
    await writing;
    expect(manifest.tables['one_time_task']?.rows).toBe(6);
    expect(await database.em().count(OneTimeTask)).toBe(7);
  });

  it('goes into an empty database only', async () => {
    const database = await open();
    await fill(database);
    const { text } = await dumpOf(database);
    const before = await countAll(database);
    await expect(restoreTables(database, inPieces(text))).rejects.toMatchObject({
      code: 'database_not_empty',
      message: expect.stringContaining('user') as string,
    });
    expect(await countAll(database)).toBe(before);
  });

  it('that was damaged leaves the database as it was, empty', async () => {
    const from = await open();
    await fill(from);
    const { text } = await dumpOf(from);
    const to = await open();
    const lines = text.trimEnd().split('\n');
    const without = (index: number): string => `${lines.toSpliced(index, 1).join('\n')}\n`;
    const row = lines.findIndex((line) => line.startsWith('['));
    const section = lines.findIndex((line) => line.includes('"table":"api_token"'));
    const broken = {
      'nothing at all': '',
      'no head': without(0),
      'a row too few': without(row),
      'a section too few': without(section),
      'no manifest': without(lines.length - 1),
      'a last line that is cut': text.slice(0, -20),
      'one character changed': text.replace('"admin"', '"user"'),
      'a value that is none': text.replace('"admin"', '"king"'),
      'a row twice': `${lines.toSpliced(row, 0, lines[row] ?? '').join('\n')}\n`,
      'a row that is cut': text.replace(/^\["[^"]+",/m, '['),
      'something behind': `${text}{}\n`,
      'a table from elsewhere': text.replace('"table":"api_token"', '"table":"pg_class"'),
      'a column from elsewhere': text.replace('"token_hash"', '"x\\"; drop table"'),
      'no JSON': text.replace('[', '('),
      'a newer version': text.replace('-first-tables', '-later-tables'),
      'another format': text.replace('tidewatch-tables', 'something-else'),
      'a section without a name': text.replace('"table":"user"', '"table":7'),
    };
    for (const [what, altered] of Object.entries(broken)) {
      expect(altered, what).not.toBe(text);
      const restoring = restoreTables(to, inPieces(altered));
      await expect(restoring, what).rejects.toHaveProperty('code', 'dump_damaged');
      expect(await countAll(to), what).toBe(0);
    }
    await restoreTables(to, inPieces(text));
    expect(await countAll(to)).toBe(await countAll(from));
  });

  it('stops when it cannot be written', async () => {
    const database = await open();
    await fill(database);
    const failing = dumpTables(database, async () => await Promise.reject(new Error('disk full')));
    await expect(failing).rejects.toThrow('disk full');
    await expect(database.ping()).resolves.toBeUndefined();
  });
});

describe('a copy from the embedded database to a server', () => {
  let server: PostgresServer;
  const folders: string[] = [];
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const open = openUntilEnd();

  async function both(): Promise<{ from: Database; to: Database; name: string }> {
    const dataDir = await freshDataDir();
    folders.push(dataDir);
    const from = await open({ dataDir });
    await fill(from);
    // A server and a database with other habits.
    const databaseUrl = await server.createDatabase();
    const name = new URL(databaseUrl).pathname.slice(1);
    await server.sql(`alter database ${name} set datestyle = 'German'`);
    await server.sql(`alter database ${name} set timezone = 'Asia/Kathmandu'`);
    await server.sql(`alter database ${name} set bytea_output = 'escape'`);
    return { from, to: await open({ databaseUrl }), name };
  }

  it('loses nothing and changes nothing, there and back', async () => {
    const { from, to } = await both();
    const manifest = await copyDatabase(from, to);
    expect(manifest.tables['audit_log']?.rows).toBe(RECORDS);
    const connection = await to.em().findOneOrFail(Connection, { name: AWKWARD });
    const original = await from.em().findOneOrFail(Connection, { name: AWKWARD });
    expect({ ...connection }).toEqual({ ...original });
    const dataDir = await freshDataDir();
    folders.push(dataDir);
    const back = await open({ dataDir });
    expect((await copyDatabase(to, back)).tables).toEqual(manifest.tables);
  });

  it('is refused where there is something already', async () => {
    const { from, to } = await both();
    await to.em().insert(OneTimeTask, { name: 'x', doneAt: new Date(), details: {} });
    await expect(copyDatabase(from, to)).rejects.toHaveProperty('code', 'database_not_empty');
    expect(await countAll(to)).toBe(1);
    await expect(from.ping()).resolves.toBeUndefined();
  });

  it('that fails on the way leaves nothing', async () => {
    const { from, to, name } = await both();
    await server.sql(
      `create function refuse() returns trigger language plpgsql as $$
        begin raise exception 'no more room'; end $$;
       create trigger refuse before insert on tidewatch.audit_log
        for each row execute function refuse()`,
      name,
    );
    await expect(copyDatabase(from, to)).rejects.toThrow('no more room');
    expect(await countAll(to)).toBe(0);
    await expect(from.ping()).resolves.toBeUndefined();
  });
});
