import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FROM, HOUR, NOTHING_OWNED } from '../../test/support/account-setting.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { QuietLogger } from '../../test/support/quiet-logger.ts';
import { eachDatabase } from '../../test/support/test-database.ts';
import type { Accounts as AccountsFace, Audit, Settings } from '../app/service-face.ts';
import type { Database } from '../db/database.ts';
import { User } from '../db/entities/index.ts';
import { openAccountServices } from './account-services.ts';
import type { AccountServices, AccountServicesOptions } from './account-services.ts';
import { COMMAND_LINE } from './caller.ts';
import { Passwords } from './passwords/passwords.ts';

const passwords = new Passwords({ logBlocks: 4, blockSize: 8, rounds: 1 });
let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-services-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

function start(
  db: Database,
  clock: ManualClock,
  more: Partial<AccountServicesOptions> = {},
): Promise<AccountServices> {
  const logger = new QuietLogger();
  const ownedThings = NOTHING_OWNED;
  return openAccountServices({
    ...{ db, dataDir, env: {}, ownedThings, passwords, clock, logger },
    ...more,
  });
}

eachDatabase('what a server has of accounts', (open) => {
  it('begins with an administrator who can come in, and outlives a restart', async () => {
    const db = await open();
    const clock = new ManualClock();
    const first = await start(db, clock);
    const password = first.firstAdmin?.password ?? '';
    const { accounts } = first;
    const login = await accounts.login('admin', password, FROM);
    expect(login.user.role).toBe('admin');
    await first.settings.update(COMMAND_LINE, { 'login.lifetime_hours': 1 });
    await first.close();
    expect(clock.pendingTimers).toBe(0);

    const second = await start(db, clock);
    expect(second.firstAdmin).toBeUndefined();
    expect(await second.accounts.authenticate(login.token)).toMatchObject({ name: 'admin' });
    const shorter = await second.accounts.login('admin', password, FROM);
    expect(Date.parse(shorter.expires_at)).toBe(clock.wall() + HOUR);
    await second.close();
  });

  it('is what the doors see', async () => {
    const services = await start(await open(), new ManualClock());
    const faces: { accounts: AccountsFace; audit: Audit; settings: Settings } = services;
    expect(faces.settings.list().length).toBeGreaterThan(5);
    await services.close();
  });

  it('changes the secret key one at a time, also while settings are written', async () => {
    const services = await start(await open(), new ManualClock());
    const before = services.secrets.box.ring.newest.id;
    const [one, two] = await Promise.allSettled([
      services.rotateKey(COMMAND_LINE),
      services.rotateKey(COMMAND_LINE),
    ]);
    expect(one.status).toBe('fulfilled');
    expect(two).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    expect(services.secrets.box.ring.newest.id).not.toBe(before);
    await services.close();
  });

  it('makes no account when the key or the environment is wrong', async () => {
    const db = await open();
    const env = { TIDEWATCH_SECRET_KEY: 'too short' };
    await expect(start(db, new ManualClock(), { env })).rejects.toMatchObject({
      code: 'secret_key_wrong',
    });
    const wrong = { TIDEWATCH_RETRY_MAX_ATTEMPTS: 'x' };
    await expect(start(db, new ManualClock(), { env: wrong })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    expect(await db.em().count(User)).toBe(0);
    expect(existsSync(join(dataDir, 'admin-password'))).toBe(false);
  });
});
