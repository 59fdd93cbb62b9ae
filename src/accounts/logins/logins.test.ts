import { afterEach, expect, it } from 'vitest';
import {
  AccountSetting,
  FROM,
  HOUR,
  PASSWORD,
  closeAccounts,
} from '../../../test/support/account-setting.ts';
import { eachDatabase } from '../../../test/support/test-database.ts';
import { DEFAULTS } from '../../defaults.ts';
import { ApiToken, User } from '../../db/entities/index.ts';
import { COMMAND_LINE } from '../caller.ts';
import { Passwords } from '../passwords/passwords.ts';

const COST = { logBlocks: 4, blockSize: 8, rounds: 1 };

eachDatabase('a login', (open) => {
  afterEach(closeAccounts);
  it('gives a token that counts for the time of the settings, used or not', async () => {
    let hours = 12;
    const loginLifetimeMs = (): number => hours * HOUR;
    const setting = await AccountSetting.open(await open(), { loginLifetimeMs });
    const { accounts, clock } = setting;
    const ann = await setting.add('Ann');
    const result = await accounts.login('aNN', PASSWORD, FROM);
    expect(result).toEqual({
      token: expect.stringMatching(/^tw_login_[\w-]{43}$/) as string,
      expires_at: '2026-01-02T00:00:00.000Z',
      user: { ...ann, last_login_at: '2026-01-01T12:00:00.000Z' },
    });
    clock.advance(6 * HOUR);
    expect(await accounts.authenticate(result.token)).toMatchObject({ userId: ann.id });
    clock.advance(6 * HOUR - 1);
    expect(await accounts.authenticate(result.token)).toBeDefined();
    clock.advance(1);
    expect(await accounts.authenticate(result.token)).toBeUndefined();
    hours = 1;
    const next = await accounts.login('Ann', PASSWORD, FROM);
    expect(next.expires_at).toBe('2026-01-02T01:00:00.000Z');
  });

  it('is refused in one way for a wrong password, an unknown and a disabled account', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, audit } = setting;
    await setting.add('ann');
    const bob = await setting.add('bob');
    await accounts.updateUser(COMMAND_LINE, bob.id, { enabled: false });
    const tries = [
      ['ann', 'wrong horse'],
      ['bob', PASSWORD],
      ['carol', PASSWORD],
      ['', ''],
      ['my secret typed here', 'x'.repeat(10_000)],
      ['x'.repeat(100_000), '\uD800'],
    ] as const;
    const said = new Set<string>();
    for (const [name, password] of tries) {
      const error: unknown = await accounts
        .login(name, password, FROM)
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'bad_login' });
      said.add((error as Error).message);
    }
    expect(said.size).toBe(1);
    const records = await audit.list({ limit: 6, action: 'login' });
    expect(records.map(({ actor, outcome }) => [actor, outcome])).toEqual([
      ['an unknown account', 'refused'],
      ['an unknown account', 'refused'],
      ['an unknown account', 'refused'],
      ['an unknown account', 'refused'],
      ['bob', 'refused'],
      ['ann', 'refused'],
    ]);
    expect(records[0]?.address).toBe(FROM.address);
    // People type passwords into the field of the name.
    expect(JSON.stringify(await audit.list({ limit: 200 }))).not.toMatch(/secret typed|horse/);
  });

  it('is put off after some that failed, also for a name that nobody has', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, clock } = setting;
    await setting.add('ann');
    for (const name of ['ann', 'nobody']) {
      for (let round = 0; round < DEFAULTS.loginAccountFailures; round += 1) {
        const refused = accounts.login(name, 'wrong horse', FROM);
        await expect(refused).rejects.toMatchObject({ code: 'bad_login' });
      }
      await expect(accounts.login(name.toUpperCase(), PASSWORD, FROM)).rejects.toMatchObject({
        code: 'too_many_attempts',
        retryAfterMs: 1_000,
      });
    }
    clock.advance(1_000);
    expect((await accounts.login('ann', PASSWORD, FROM)).user.username).toBe('ann');
  });

  it('works at once after an administrator set the password', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts } = setting;
    const ann = await setting.add('ann');
    for (let round = 0; round < DEFAULTS.loginAccountFailures; round += 1) {
      await expect(accounts.login('ann', 'wrong', FROM)).rejects.toMatchObject({
        code: 'bad_login',
      });
    }
    await accounts.updateUser(COMMAND_LINE, ann.id, { password: 'another horse' });
    expect((await accounts.login('ann', 'another horse', FROM)).user.id).toBe(ann.id);
  });

  it('of many at once with the right password succeeds for all', async () => {
    const setting = await AccountSetting.open(await open());
    await setting.add('ann');
    const all = await Promise.all(Array.from({ length: 12 }, () => setting.enter('ann')));
    expect(new Set(all.map(({ token }) => token)).size).toBe(12);
  });

  it('hashes the password anew when that has become cheaper to guess', async () => {
    const db = await open();
    const before = await AccountSetting.open(db);
    await before.add('ann');
    const passwords = new Passwords({ ...COST, logBlocks: 5 });
    const after = await AccountSetting.open(db, { passwords });
    const hash = async (): Promise<string> =>
      (await db.em().findOneOrFail(User, { usernameKey: 'ann' })).passwordHash;
    expect(await hash()).toContain('ln=4');
    await after.enter('ann');
    const better = await hash();
    expect(better).toContain('ln=5');
    await after.enter('ann');
    expect(await hash()).toBe(better);
  });

  it('ends with logout, at once and for this one alone', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, changes } = setting;
    await setting.add('ann');
    const here = await setting.enter('ann');
    const there = await setting.enter('ann');
    const program = await accounts.createToken(here.caller, { name: 'backup' });
    await accounts.logout(here.caller);
    expect(await accounts.authenticate(here.token)).toBeUndefined();
    expect(await accounts.stillValid(here.caller)).toBeUndefined();
    expect(await accounts.authenticate(there.token)).toBeDefined();
    expect(changes).toEqual([{ kind: 'token_revoked', tokenId: here.caller.tokenId }]);
    await accounts.logout(here.caller);
    await accounts.logout(COMMAND_LINE);
    const caller = await accounts.authenticate(program.token);
    await accounts.logout(caller ?? COMMAND_LINE);
    expect(await accounts.authenticate(program.token)).toBeDefined();
    expect(changes).toHaveLength(1);
  });

  it('ends the oldest of too many', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, changes, clock, db } = setting;
    await setting.add('ann');
    const first = await setting.enter('ann');
    for (let round = 0; round < DEFAULTS.loginsPerUser; round += 1) {
      clock.advance(1);
      await setting.enter('ann');
    }
    expect(await db.em().count(ApiToken)).toBe(DEFAULTS.loginsPerUser);
    expect(changes).toEqual([{ kind: 'token_revoked', tokenId: first.caller.tokenId }]);
    expect(await accounts.authenticate(first.token)).toBeUndefined();
  });

  it('does not come through when the account is disabled in the midst of it', async () => {
    const setting = await AccountSetting.open(await open());
    const ann = await setting.add('ann');
    // The password is checked, and right; then the account is disabled.
    class Slow extends Passwords {
      override async verify(password: string, hash: string | undefined): Promise<boolean> {
        const right = await super.verify(password, hash);
        await setting.db.em().nativeUpdate(User, { id: ann.id }, { enabled: false });
        return right;
      }
    }
    const slow = await AccountSetting.open(setting.db, { passwords: new Slow(COST) });
    const login = slow.accounts.login('ann', PASSWORD, FROM);
    await expect(login).rejects.toMatchObject({ code: 'bad_login' });
    expect(await setting.db.em().count(ApiToken)).toBe(0);
  });
});
