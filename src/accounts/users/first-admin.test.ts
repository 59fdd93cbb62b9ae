import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { QuietLogger } from '../../../test/support/quiet-logger.ts';
import { eachDatabase } from '../../../test/support/test-database.ts';
import type { Database } from '../../db/database.ts';
import { OneTimeTask, User } from '../../db/entities/index.ts';
import { AuditTrail } from '../audit/audit-trail.ts';
import { Passwords } from '../passwords/passwords.ts';
import { ensureFirstAdmin } from './first-admin.ts';
import type { FirstAdmin } from './first-admin.ts';

const passwords = new Passwords({ logBlocks: 4, blockSize: 8, rounds: 1 });
let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-admin-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

function start(db: Database, env: Record<string, string> = {}): Promise<FirstAdmin | undefined> {
  const clock = new ManualClock();
  const audit = new AuditTrail(db, clock);
  return ensureFirstAdmin({ db, audit, passwords, dataDir, env, clock, logger: new QuietLogger() });
}

async function opens(db: Database, password: string): Promise<boolean> {
  const admin = await db.em().findOneOrFail(User, { usernameKey: 'admin' });
  return passwords.verify(password, admin.passwordHash);
}

eachDatabase('the first start', (open) => {
  it('makes an administrator with a password that its owner can read in a file', async () => {
    const db = await open();
    const made = await start(db);
    expect(made).toEqual({
      username: 'admin',
      password: expect.stringMatching(/^[a-z2-9]{5}(-[a-z2-9]{5}){4}$/) as string,
      passwordFile: join(dataDir, 'admin-password'),
    });
    expect(readFileSync(join(dataDir, 'admin-password'), 'utf8')).toBe(`${made?.password}\n`);
    expect(statSync(join(dataDir, 'admin-password')).mode & 0o777).toBe(0o600);
    expect(await opens(db, made?.password ?? '')).toBe(true);
    expect(await db.em().findOneOrFail(User, { usernameKey: 'admin' })).toMatchObject({
      role: 'admin',
      enabled: true,
    });
    const records = await new AuditTrail(db, new ManualClock()).list({ limit: 10 });
    expect(records).toMatchObject([{ action: 'user.create', subject: 'admin' }]);
    expect(JSON.stringify(records)).not.toContain(made?.password);
  });

  it('takes the password of the environment, which it neither shows nor keeps', async () => {
    const db = await open();
    expect(await start(db, { TIDEWATCH_ADMIN_PASSWORD: 'correct horse' })).toEqual({
      username: 'admin',
    });
    expect(await opens(db, 'correct horse')).toBe(true);
    expect(existsSync(join(dataDir, 'admin-password'))).toBe(false);
  });

  it('refuses a password that is too short, without making anything', async () => {
    const db = await open();
    await expect(start(db, { TIDEWATCH_ADMIN_PASSWORD: 'short' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'TIDEWATCH_ADMIN_PASSWORD: a password has 8 characters at least',
    });
    expect(await db.em().count(User)).toBe(0);
    expect(await db.em().count(OneTimeTask)).toBe(0);
  });

  it('happens once, whatever becomes of the account', async () => {
    const db = await open();
    await start(db);
    await db.em().nativeUpdate(User, {}, { username: 'root', usernameKey: 'root' });
    rmSync(join(dataDir, 'admin-password'));
    expect(await start(db, { TIDEWATCH_ADMIN_PASSWORD: 'another horse' })).toBeUndefined();
    expect(await db.em().count(User)).toBe(1);
    expect(existsSync(join(dataDir, 'admin-password'))).toBe(false);
  });

  it('makes nothing beside accounts that are there already', async () => {
    const db = await open();
    await start(db);
    await db.em().nativeDelete(OneTimeTask, {});
    rmSync(join(dataDir, 'admin-password'));
    expect(await start(db)).toBeUndefined();
    expect(await db.em().count(User)).toBe(1);
    expect(existsSync(join(dataDir, 'admin-password'))).toBe(false);
    expect(await db.em().findOneOrFail(OneTimeTask, { name: 'first-admin' })).toMatchObject({
      details: { made: false },
    });
  });
});
