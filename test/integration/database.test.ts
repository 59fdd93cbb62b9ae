import { randomUUID } from 'node:crypto';
import {
  ForeignKeyConstraintViolationException,
  LockMode,
  OptimisticLockError,
  UniqueConstraintViolationException,
} from '@mikro-orm/core';
import { SchemaGenerator } from '@mikro-orm/postgresql';
import { expect, it } from 'vitest';
import { SCHEMA } from '../../src/db/orm-options.ts';
import {
  ApiToken,
  AuditLog,
  Connection,
  ENTITIES,
  OneTimeTask,
  User,
} from '../../src/db/entities/index.ts';
import { eachDatabase } from '../support/test-database.ts';

function newUser(name: string) {
  const now = new Date(1_800_000_000_123);
  return {
    id: randomUUID(),
    username: name,
    usernameKey: name.toLowerCase(),
    passwordHash: 'x',
    role: 'user' as const,
    enabled: true,
    createdAt: now,
    updatedAt: now,
  };
}

eachDatabase('a database', (open) => {
  it('gives back what was stored, to the millisecond and to the byte', async () => {
    const database = await open();
    const user = newUser('Ann');
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await database.transaction(async (em) => {
      em.create(User, user);
      em.create(Connection, {
        id: randomUUID(),
        ownerId: user.id,
        name: 'nas',
        nameKey: 'nas',
        type: 'smb',
        scope: 'private',
        config: { host: 'nas', port: 445, nested: [1, null, 'ü\u{1f600}'] },
        secrets: bytes,
        secretNames: ['password'],
        keyId: 'k1',
        createdAt: user.createdAt,
        updatedAt: user.createdAt,
      });
    });
    const em = database.em();
    const found = await em.findOneOrFail(User, { usernameKey: 'ann' });
    expect(found).toMatchObject({ ...user, lastLoginAt: null, version: 1 });
    const connection = await em.findOneOrFail(Connection, { ownerId: user.id });
    expect(connection.ownerId).toBe(user.id);
    expect(connection.config).toEqual({ host: 'nas', port: 445, nested: [1, null, 'ü\u{1f600}'] });
    expect(connection.secretNames).toEqual(['password']);
    expect(Buffer.compare(connection.secrets ?? new Uint8Array(), bytes)).toBe(0);
    expect(await em.count(ApiToken)).toBe(0);
    expect(await em.count(AuditLog)).toBe(0);
  });

  it('rolls back a transaction whose work fails', async () => {
    const database = await open();
    const failing = database.transaction(async (em) => {
      em.create(User, newUser('Ann'));
      await em.flush();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await database.em().count(User)).toBe(0);
  });

  it('tells names that are taken, and leaves the rest of a transaction to be done', async () => {
    const database = await open();
    await database.em().insert(User, newUser('Ann'));
    const again = database.em().insert(User, newUser('ANN'));
    await expect(again).rejects.toBeInstanceOf(UniqueConstraintViolationException);
    await database.transaction(async (em) => {
      // A savepoint: what fails inside of it does not take the transaction along.
      const inner = em.transactional(async (nested) => {
        await nested.insert(User, newUser('ann'));
      });
      await expect(inner).rejects.toBeInstanceOf(UniqueConstraintViolationException);
      await em.insert(User, newUser('Bob'));
    });
    expect(await database.em().count(User)).toBe(2);
  });

  it('notices that somebody else was quicker to change a row', async () => {
    const database = await open();
    await database.em().insert(User, newUser('Ann'));
    const [one, two] = [database.em(), database.em()];
    const [first, second] = [
      await one.findOneOrFail(User, { usernameKey: 'ann' }),
      await two.findOneOrFail(User, { usernameKey: 'ann' }),
    ];
    first.enabled = false;
    await one.flush();
    expect(first.version).toBe(2);
    second.role = 'admin';
    await expect(two.flush()).rejects.toBeInstanceOf(OptimisticLockError);
  });

  it('takes tokens along with an account, and keeps an account that owns connections', async () => {
    const database = await open();
    const [ann, bob] = [newUser('Ann'), newUser('Bob')];
    const now = new Date();
    await database.transaction(async (em) => {
      em.create(User, ann);
      em.create(User, bob);
      await em.flush();
      const tokenHash = Buffer.from('hash');
      em.create(ApiToken, {
        ...{ id: randomUUID(), userId: ann.id, name: 't', kind: 'login' },
        ...{ tokenHash, createdAt: now },
      });
      em.create(Connection, {
        ...{ id: randomUUID(), ownerId: bob.id, name: 'c', nameKey: 'c', type: 's3' },
        ...{ scope: 'shared', config: {}, secretNames: [], createdAt: now, updatedAt: now },
      });
    });
    await database.em().nativeDelete(User, { id: ann.id });
    expect(await database.em().count(ApiToken)).toBe(0);
    const deleting = database.em().nativeDelete(User, { id: bob.id });
    await expect(deleting).rejects.toBeInstanceOf(ForeignKeyConstraintViolationException);
  });

  it('does many transactions at once, each as if alone', async () => {
    const database = await open();
    await database.em().insert(OneTimeTask, { name: 'n', doneAt: new Date(), details: { n: 0 } });
    const add = async (): Promise<void> =>
      await database.transaction(async (em) => {
        const lock = { lockMode: LockMode.PESSIMISTIC_WRITE };
        const task = await em.findOneOrFail(OneTimeTask, { name: 'n' }, lock);
        task.details = { n: Number(task.details['n']) + 1 };
      });
    await Promise.all(Array.from({ length: 40 }, add));
    const { details } = await database.em().findOneOrFail(OneTimeTask, { name: 'n' });
    expect(details).toEqual({ n: 40 });
  });

  it('refuses a second entity manager within a transaction instead of hanging', async () => {
    const database = await open();
    const outside = database.em();
    await database.transaction(async (em) => {
      await em.insert(User, newUser('Ann'));
      expect(() => database.em()).toThrow(/second entity manager/);
      const nested = database.transaction(async () => await Promise.resolve());
      await expect(nested).rejects.toThrow(/second entity manager/);
      await expect(database.ping()).rejects.toThrow(/second entity manager/);
      if (database.kind === 'embedded') {
        await expect(outside.count(User)).rejects.toThrow(/second entity manager/);
      }
      // The transaction goes on.
      expect(await em.count(User)).toBe(1);
    });
    expect(await outside.count(User)).toBe(1);
    await outside.transactional(async () => {
      expect(() => database.em()).toThrow(/second entity manager/);
      await Promise.resolve();
    });
    expect(await database.em().count(User)).toBe(1);
  });

  it('lets what was begun within a transaction go on when it has ended', async () => {
    const database = await open();
    const ended = Promise.withResolvers<void>();
    const later = await database.transaction(async (em) => {
      await em.insert(User, newUser('Ann'));
      return { count: ended.promise.then(async () => await database.em().count(User)) };
    });
    ended.resolve();
    expect(await later.count).toBe(1);
  });

  it('has exactly the tables that the entities ask for, all in a schema of their own', async () => {
    const database = await open();
    const em = database.em();
    const generator = new SchemaGenerator(em);
    expect(await generator.getUpdateSchemaSQL({ wrap: false })).toBe('');
    const tables = await em.execute<{ table_schema: string; table_name: string }[]>(
      `select table_schema, table_name from information_schema.tables
        where table_schema not in ('pg_catalog', 'information_schema') order by table_name`,
    );
    expect(new Set(tables.map((table) => table.table_schema))).toEqual(new Set([SCHEMA]));
    const expected = ENTITIES.map(({ meta }) => meta.tableName);
    expect(tables.map((table) => table.table_name)).toEqual([...expected, 'migration'].sort());
    // A difference would be seen.
    await em.execute('alter table tidewatch.user drop column last_login_at');
    expect(await generator.getUpdateSchemaSQL({ wrap: false })).toContain('last_login_at');
  });

  it('is refused when a newer version has changed its tables', async () => {
    const { database, reopen } = await open.again();
    await database.em().execute(`insert into tidewatch.migration (name) values ('29991231-later')`);
    await expect(reopen()).rejects.toMatchObject({
      code: 'database_newer',
      message: expect.stringContaining('29991231-later') as string,
    });
  });
});
