import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { QuietLogger } from '../../../test/support/quiet-logger.ts';
import { eachDatabase } from '../../../test/support/test-database.ts';
import type { Database } from '../../db/database.ts';
import { Connection, KeyCheck, SystemSetting } from '../../db/entities/index.ts';
import { keyIdOf } from '../../secrets/secret-box.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import { formatSecretKey, secretKey } from '../../secrets/secret-key.ts';
import { AuditTrail } from '../audit/audit-trail.ts';
import { COMMAND_LINE } from '../caller.ts';
import { changeSecretKey } from './change-secret-key.ts';
import type { KeyChange } from './change-secret-key.ts';
import { openSecrets } from './open-secrets.ts';
import type { Secrets } from './open-secrets.ts';
import { rotateSecretKey } from './rotate-secret-key.ts';
import { SEALED_TABLES } from './sealed-tables.ts';
import { loadSecretKeys, secretKeyPath, writeSecretKeys } from './secret-key-file.ts';

const KEY = secretKey(Buffer.alloc(32, 1));
const OTHER = secretKey(Buffer.alloc(32, 2));
const clock = new ManualClock();
let dataDir = '';
let logger = new QuietLogger();

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-keys-'));
  logger = new QuietLogger();
});
afterEach(() => rmSync(dataDir, { recursive: true }));

function open(db: Database, env: Record<string, string> = {}): Promise<Secrets> {
  return openSecrets({ db, dataDir, env, clock, logger });
}

function change(db: Database, secrets: Secrets, rows = 100): Promise<KeyChange> {
  const audit = new AuditTrail(db, clock);
  return changeSecretKey(COMMAND_LINE, { db, audit, secrets, dataDir, clock, logger, rows });
}

function idOf(index: number): string {
  return `00000000-0000-4000-8000-${index.toString().padStart(12, '0')}`;
}

async function addConnections(db: Database, box: SecretBox, count: number): Promise<void> {
  const now = new Date();
  for (let index = 0; index < count; index += 1) {
    const place = { table: 'connection', column: 'secrets', row: idOf(index) };
    await db.em().insert(Connection, {
      ...{ id: idOf(index), name: `nas ${index}`, nameKey: `nas ${index}`, ownerId: null },
      ...{ type: 'smb', scope: 'private', config: {}, secretNames: ['password'] },
      ...{ createdAt: now, updatedAt: now },
      secrets: box.seal(`secret ${index}`, place),
      keyId: box.ring.newest.id,
    });
  }
}

async function addSetting(db: Database, box: SecretBox): Promise<void> {
  const place = { table: 'system_setting', column: 'sealed', row: 'mail.password' };
  await db.em().insert(SystemSetting, {
    ...{ key: 'mail.password', updatedAt: new Date(), updatedBy: 'ann', value: null },
    sealed: box.seal('secret of mail', place),
    keyId: box.ring.newest.id,
  });
}

/** Everything that is sealed, opened, and the keys it was sealed with. */
async function readAll(db: Database, box: SecretBox) {
  const texts: string[] = [];
  const keyIds = new Set<string>();
  for (const row of await db.em().find(Connection, {}, { orderBy: { id: 'asc' } })) {
    const sealed = row.secrets as Uint8Array;
    const place = { table: 'connection', column: 'secrets', row: row.id };
    texts.push(box.openText(sealed, place));
    keyIds.add(keyIdOf(sealed)).add(row.keyId as string);
  }
  for (const row of await db.em().find(SystemSetting, {})) {
    const sealed = row.sealed as Uint8Array;
    texts.push(box.openText(sealed, { table: 'system_setting', column: 'sealed', row: row.key }));
    keyIds.add(keyIdOf(sealed)).add(row.keyId as string);
  }
  return { texts, keyIds: Array.from(keyIds).toSorted() };
}

eachDatabase('the secret key of a server', (openDatabase) => {
  it('is made at the first start, is there at the next, and belongs to its owner alone', async () => {
    const db = await openDatabase();
    const first = await open(db);
    expect(statSync(secretKeyPath(dataDir)).mode & 0o777).toBe(0o600);
    const second = await open(db);
    expect(second.box.ring.newest.id).toBe(first.box.ring.newest.id);
    expect(await db.em().count(KeyCheck)).toBe(1);
    expect(logger.lines.map(({ message }) => message)).toEqual(['made a secret key']);
  });

  it('is not made anew while there are encrypted rows', async () => {
    const db = await openDatabase();
    const { box } = await open(db);
    await addConnections(db, box, 1);
    rmSync(secretKeyPath(dataDir));
    await expect(open(db)).rejects.toMatchObject({
      code: 'secret_key_missing',
      message: expect.stringContaining(box.ring.newest.id) as string,
    });
    expect(existsSync(secretKeyPath(dataDir))).toBe(false);
    // Nothing is lost once it is back.
    await writeSecretKeys(dataDir, [box.ring.newest]);
    const again = await open(db);
    expect((await readAll(db, again.box)).texts).toEqual(['secret 0']);
  });

  it('that is another one is told at the start, from the file and from the environment', async () => {
    const db = await openDatabase();
    const { box } = await open(db);
    await addSetting(db, box);
    await expect(open(db, { TIDEWATCH_SECRET_KEY: formatSecretKey(OTHER) })).rejects.toMatchObject({
      code: 'secret_key_wrong',
      message: expect.stringContaining('TIDEWATCH_SECRET_KEY') as string,
    });
    await writeSecretKeys(dataDir, [OTHER]);
    await expect(open(db)).rejects.toMatchObject({ code: 'secret_key_wrong' });
    expect((await db.em().find(KeyCheck, {})).map(({ keyId }) => keyId)).toEqual([
      box.ring.newest.id,
    ]);
  });

  it('that cannot be the one of the database is told, even if it has its id', async () => {
    const db = await openDatabase();
    await open(db);
    await db.em().nativeUpdate(KeyCheck, {}, { sealed: Buffer.alloc(50, 1) });
    await expect(open(db)).rejects.toMatchObject({ code: 'secret_key_wrong' });
  });

  it('can be another one as long as nothing is encrypted', async () => {
    const db = await openDatabase();
    await open(db);
    const { box, source } = await open(db, { TIDEWATCH_SECRET_KEY: formatSecretKey(OTHER) });
    expect([box.ring.newest.id, source]).toEqual([OTHER.id, 'environment']);
    expect((await db.em().find(KeyCheck, {})).map(({ keyId }) => keyId)).toEqual([OTHER.id]);
  });

  it('is known to every table that has something sealed', async () => {
    const db = await openDatabase();
    const sql =
      "select table_name, column_name from information_schema.columns where table_schema = 'tidewatch' " +
      "and data_type = 'bytea' and column_name not in ('token_hash') order by 1, 2";
    const rows = await db.em().execute<{ table_name: string; column_name: string }[]>(sql);
    const known = SEALED_TABLES.map(({ column, table }) => `${table}.${column}`);
    const found = rows.map((row) => `${row.table_name}.${row.column_name}`);
    expect(found).toEqual([...known, 'key_check.sealed'].toSorted());
  });

  it('is changed while the server runs, and the old one goes at the next start', async () => {
    const db = await openDatabase();
    const secrets = await open(db);
    const { newest: old } = secrets.box.ring;
    await addConnections(db, secrets.box, 7);
    await addSetting(db, secrets.box);
    const changed = await change(db, secrets, 3);
    expect(changed).toEqual({ keyId: secrets.box.ring.newest.id, rows: 8, resumed: false });
    expect(changed.keyId).not.toBe(old.id);
    const { keyIds, texts } = await readAll(db, secrets.box);
    expect(keyIds).toEqual([changed.keyId]);
    expect(texts).toHaveLength(8);
    expect((await loadSecretKeys({ dataDir, env: {} })).keys).toHaveLength(2);

    const next = await open(db);
    expect(next.box.ring.keys.map(({ id }) => id)).toEqual([changed.keyId]);
    expect((await loadSecretKeys({ dataDir, env: {} })).keys).toHaveLength(1);
    expect(await db.em().count(KeyCheck)).toBe(1);
    expect((await readAll(db, next.box)).texts).toEqual(texts);
    const [record] = await new AuditTrail(db, clock).list({ limit: 1 });
    expect(record).toMatchObject({
      ...{ actor: 'command line', action: 'key.rotate' },
      details: { key_id: changed.keyId, rows: 8 },
    });
    expect(JSON.stringify(record)).not.toContain(formatSecretKey(next.box.ring.newest));
  });

  it.each([1, 2, 3, 4])(
    'is changed to the end after an end in the midst (step %i)',
    async (step) => {
      const db = await openDatabase();
      const secrets = await open(db);
      const old = secrets.box.ring.newest;
      await addConnections(db, secrets.box, 7);
      await addSetting(db, secrets.box);
      await writeSecretKeys(dataDir, [OTHER, old]);
      let steps = 0;
      const interrupted = rotateSecretKey(db, [old], OTHER, {
        rows: 2,
        onProgress: () => {
          steps += 1;
          if (steps === step) throw new Error('killed');
        },
      });
      await expect(interrupted).rejects.toThrow('killed');
      // Everything can be read in between, and no old key is dropped.
      const between = await open(db);
      const { keyIds, texts } = await readAll(db, between.box);
      expect(keyIds).toEqual([OTHER.id, old.id].toSorted());
      expect(texts).toHaveLength(8);
      const resumed = await change(db, between, 2);
      expect(resumed).toEqual({ keyId: OTHER.id, rows: Math.max(1, 8 - 2 * step), resumed: true });
      expect(await readAll(db, between.box)).toEqual({ texts, keyIds: [OTHER.id] });
      expect((await open(db)).box.ring.keys).toHaveLength(1);
    },
  );

  it('of the environment is changed to the first of two', async () => {
    const db = await openDatabase();
    const one = { TIDEWATCH_SECRET_KEY: formatSecretKey(KEY) };
    const secrets = await open(db, one);
    await addConnections(db, secrets.box, 2);
    await expect(change(db, secrets)).rejects.toMatchObject({ code: 'invalid_argument' });
    const env = { TIDEWATCH_SECRET_KEY: `${formatSecretKey(OTHER)} ${formatSecretKey(KEY)}` };
    const both = await open(db, env);
    expect(await change(db, both)).toEqual({ keyId: OTHER.id, rows: 2, resumed: true });
    const alone = await open(db, { TIDEWATCH_SECRET_KEY: formatSecretKey(OTHER) });
    expect((await readAll(db, alone.box)).texts).toEqual(['secret 0', 'secret 1']);
    await expect(open(db, one)).rejects.toMatchObject({ code: 'secret_key_wrong' });
    expect(existsSync(secretKeyPath(dataDir))).toBe(false);
  });

  it('is not changed over a row that was altered: nothing of it is lost', async () => {
    const db = await openDatabase();
    const secrets = await open(db);
    await addConnections(db, secrets.box, 2);
    const [first] = await db.em().find(Connection, { id: idOf(0) });
    // A row that holds what was sealed for another.
    await db.em().nativeUpdate(Connection, { id: idOf(1) }, { secrets: first?.secrets ?? null });
    await expect(change(db, secrets)).rejects.toMatchObject({
      code: 'secret_unreadable',
      message: expect.stringContaining(idOf(1)) as string,
    });
    const rows = await db.em().find(Connection, {});
    expect(rows.map(({ secrets: sealed }) => keyIdOf(sealed as Uint8Array))).not.toContain(
      secrets.box.ring.newest.id,
    );
  });
});

describe('the file of the secret key', () => {
  it('is refused when others may read it', async () => {
    await writeSecretKeys(dataDir, [KEY]);
    chmodSync(secretKeyPath(dataDir), 0o644);
    await expect(loadSecretKeys({ dataDir, env: {} })).rejects.toMatchObject({
      code: 'secret_key_wrong',
      message: `others may read the secret key ${secretKeyPath(dataDir)}: chmod 600 it`,
    });
  });

  it.each(['', '\n', 'not a key', 'AAAA'])('is refused when it holds %j', async (text) => {
    writeFileSync(secretKeyPath(dataDir), text, { mode: 0o600 });
    await expect(loadSecretKeys({ dataDir, env: {} })).rejects.toMatchObject({
      code: 'secret_key_wrong',
    });
  });

  it('takes the place of an older one whole, whatever a crash left behind', async () => {
    await writeSecretKeys(dataDir, [KEY]);
    writeFileSync(`${secretKeyPath(dataDir)}.new`, 'half a k', { mode: 0o644 });
    await writeSecretKeys(dataDir, [OTHER, KEY]);
    const { keys, source } = await loadSecretKeys({ dataDir, env: {} });
    expect(keys).toEqual([OTHER, KEY]);
    expect(source).toBe('file');
    expect(readFileSync(secretKeyPath(dataDir), 'utf8').trim().split('\n')).toHaveLength(2);
    expect(existsSync(`${secretKeyPath(dataDir)}.new`)).toBe(false);
  });

  it('does not count beside a key of the environment', async () => {
    await writeSecretKeys(dataDir, [KEY]);
    const env = { TIDEWATCH_SECRET_KEY: formatSecretKey(OTHER) };
    expect((await loadSecretKeys({ dataDir, env })).keys).toEqual([OTHER]);
    await expect(
      loadSecretKeys({ dataDir, env: { TIDEWATCH_SECRET_KEY: 'short' } }),
    ).rejects.toMatchObject({
      code: 'secret_key_wrong',
      message: 'TIDEWATCH_SECRET_KEY does not hold the base64 of 32 bytes',
    });
  });
});
