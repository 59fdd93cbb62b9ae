import { afterEach, expect, it, vi } from 'vitest';
import {
  AccountSetting,
  HOUR,
  PASSWORD,
  closeAccounts,
} from '../../../test/support/account-setting.ts';
import { eachDatabase } from '../../../test/support/test-database.ts';
import { ApiToken } from '../../db/entities/index.ts';
import { COMMAND_LINE } from '../caller.ts';
import { makeToken } from './token-text.ts';

const PAGE = { page: 1, pageSize: 50 };
const NOBODY = '00000000-0000-4000-8000-000000000000';

eachDatabase('tokens', (open) => {
  afterEach(closeAccounts);
  it('let a program in until they are deleted, and are stored as a hash', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, db } = setting;
    const ann = await setting.add('ann');
    const { caller } = await setting.enter('ann');
    const made = await accounts.createToken(caller, { name: 'backup' });
    expect(made.token).toMatch(/^tw_api_[\w-]{43}$/);
    expect(made).toMatchObject({ name: 'backup', kind: 'api' });
    const program = await accounts.authenticate(made.token);
    expect(program).toEqual({ name: 'ann', admin: false, userId: ann.id, tokenId: made.id });
    const row = await db.em().findOneOrFail(ApiToken, { id: made.id });
    expect(Buffer.from(row.tokenHash)).toHaveLength(32);
    expect(JSON.stringify(await db.em().find(ApiToken, {}))).not.toContain(made.token);
    const { items, total } = await accounts.tokens(caller, PAGE);
    expect(total).toBe(2);
    expect(items.map(({ kind }) => kind).toSorted()).toEqual(['api', 'login']);
    expect(JSON.stringify(items)).not.toContain('tw_');

    await accounts.deleteToken(caller, made.id);
    expect(await accounts.authenticate(made.token)).toBeUndefined();
    expect(await accounts.stillValid(program ?? COMMAND_LINE)).toBeUndefined();
    expect(setting.changes).toEqual([{ kind: 'token_revoked', tokenId: made.id }]);
    const text = JSON.stringify(await setting.audit.list({ limit: 100 }));
    expect(text).not.toContain('tw_api');
    expect(text).toContain('token.create');
  });

  it('belong to one account: others neither see nor delete them, administrators end them', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts } = setting;
    await setting.add('ann');
    await setting.add('bob');
    await setting.add('root', 'admin');
    const ann = (await setting.enter('ann')).caller;
    const bob = (await setting.enter('bob')).caller;
    const root = (await setting.enter('root')).caller;
    const token = await accounts.createToken(ann, { name: 'backup' });
    expect((await accounts.tokens(bob, PAGE)).total).toBe(1);
    for (const id of [token.id, NOBODY, 'x']) {
      await expect(accounts.deleteToken(bob, id)).rejects.toMatchObject({ code: 'not_found' });
    }
    await accounts.deleteToken(root, token.id);
    expect(await accounts.authenticate(token.token)).toBeUndefined();
    expect(await accounts.tokens(COMMAND_LINE, PAGE)).toEqual({ items: [], total: 0 });
    const nobodys = accounts.createToken(COMMAND_LINE, { name: 'x' });
    await expect(nobodys).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('have a name, an end to come, and a bounded number', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, clock } = setting;
    await setting.add('ann');
    const { caller } = await setting.enter('ann');
    for (const name of ['', ' ', 'x'.repeat(101), 'a\nb']) {
      const refused = accounts.createToken(caller, { name });
      await expect(refused).rejects.toMatchObject({
        fields: { name: expect.any(String) as string },
      });
    }
    for (const expiresAt of [new Date(clock.wall()), new Date(Number.NaN)]) {
      const refused = accounts.createToken(caller, { name: 'x', expiresAt });
      await expect(refused).rejects.toMatchObject({
        fields: { expires_at: 'must be a time to come' },
      });
    }
    const many = Array.from({ length: 105 }, (_, index) =>
      accounts.createToken(caller, { name: `token ${index}` }),
    );
    const settled = await Promise.allSettled(many);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
  });

  it('that end make no tokens that do not; a login does', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, clock } = setting;
    await setting.add('ann');
    const login = (await setting.enter('ann')).caller;
    const soon = new Date(clock.wall() + HOUR);
    const made = await accounts.createToken(login, { name: 'short', expiresAt: soon });
    const program = await accounts.authenticate(made.token);
    if (program === undefined) throw new Error('it does not count');
    const longer = accounts.createToken(program, { name: 'longer' });
    await expect(longer).rejects.toMatchObject({ code: 'invalid_argument' });
    const later = { name: 'later', expiresAt: new Date(clock.wall() + 2 * HOUR) };
    await expect(accounts.createToken(program, later)).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    const same = await accounts.createToken(program, { name: 'same', expiresAt: soon });
    expect(same.expires_at).toBe(soon.toISOString());
  });

  it('say when they were used last, written once a minute', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, clock, db } = setting;
    await setting.add('ann');
    const { caller, token } = await setting.enter('ann');
    const stored = async (): Promise<Date | null | undefined> =>
      (await db.em().findOneOrFail(ApiToken, { id: caller.tokenId ?? '' })).lastUsedAt;
    clock.advance(1_500);
    await accounts.authenticate(token);
    const [shown] = (await accounts.tokens(caller, PAGE)).items;
    expect(shown?.last_used_at).toBe('2026-01-01T12:00:01.500Z');
    expect(await stored()).toBeNull();
    clock.advance(60_000);
    await vi.waitFor(async () => expect(await stored()).toEqual(new Date('2026-01-01T12:00:01Z')));
    for (let second = 0; second < 50; second += 1) {
      clock.advance(1_000);
      await accounts.authenticate(token);
    }
    expect(await stored()).toEqual(new Date('2026-01-01T12:00:01Z'));
    await accounts.close();
    expect(await stored()).toEqual(new Date('2026-01-01T12:01:51Z'));
    expect(clock.pendingTimers).toBe(0);
    expect(setting.logger.complaints).toEqual([]);
  });

  it('end by themselves, and that is told when it happens', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, changes, clock, db } = setting;
    await setting.add('ann');
    const { caller, token } = await setting.enter('ann');
    const until = (hours: number): Date => new Date(clock.wall() + hours * HOUR);
    const three = await accounts.createToken(caller, { name: 'three', expiresAt: until(3) });
    const two = await accounts.createToken(caller, { name: 'two', expiresAt: until(2) });
    await accounts.createToken(caller, { name: 'endless' });
    const program = await accounts.authenticate(two.token);
    expect(program?.expiresAt).toBe(until(2).getTime());
    const pass = async (ms: number, told: number): Promise<void> => {
      // Step by step: the timer of the next end is set after the one before was dealt with.
      for (let left = ms; left > 0; left -= HOUR / 2) {
        clock.advance(Math.min(left, HOUR / 2));
        await vi.waitFor(() => expect(clock.pendingTimers).toBeGreaterThan(0));
        await accounts.stillValid(caller);
      }
      await vi.waitFor(() => expect(changes).toHaveLength(told));
    };
    await pass(2 * HOUR - 1, 0);
    expect(await accounts.authenticate(two.token)).toBeDefined();
    clock.advance(1);
    expect(await accounts.authenticate(two.token)).toBeUndefined();
    expect(await accounts.stillValid(program ?? COMMAND_LINE)).toBeUndefined();
    await vi.waitFor(() => expect(changes).toEqual([{ kind: 'token_expired', tokenId: two.id }]));
    await pass(HOUR, 2);
    expect(changes.at(-1)).toEqual({ kind: 'token_expired', tokenId: three.id });
    await pass(9 * HOUR, 3);
    expect(changes.at(-1)).toEqual({ kind: 'token_expired', tokenId: caller.tokenId });
    expect(await accounts.authenticate(token)).toBeUndefined();
    // Logins that ended are gone; of tokens their owner may want to know.
    await vi.waitFor(async () => expect(await db.em().count(ApiToken, { kind: 'login' })).toBe(0));
    expect(await db.em().count(ApiToken)).toBe(3);
    await accounts.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('that were ended while no server ran are not told, and logins are cleared', async () => {
    const db = await open();
    const before = await AccountSetting.open(db);
    await before.add('ann');
    await before.enter('ann');
    await before.accounts.close();
    const after = await AccountSetting.open(db);
    await db.em().nativeUpdate(ApiToken, {}, { expiresAt: new Date(after.clock.wall() - 1) });
    await after.accounts.close();
    const third = await AccountSetting.open(db);
    expect(await db.em().count(ApiToken)).toBe(0);
    expect(third.changes).toEqual([]);
    await third.accounts.close();
  });

  it('follow their account: role, name, disabled, enabled again, deleted', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, changes } = setting;
    await setting.add('root', 'admin');
    const ann = await setting.add('ann');
    const { caller, token } = await setting.enter('ann');
    const program = await accounts.createToken(caller, { name: 'backup' });
    const told = () => changes.splice(0);

    await accounts.updateUser(COMMAND_LINE, ann.id, { role: 'admin', username: 'Anna' });
    expect(told()).toEqual([{ kind: 'user_changed', userId: ann.id }]);
    expect(await accounts.authenticate(token)).toMatchObject({ name: 'Anna', admin: true });
    const from = { ...caller, address: '192.0.2.7' };
    expect(await accounts.stillValid(from)).toMatchObject({ admin: true, address: '192.0.2.7' });
    await accounts.updateUser(COMMAND_LINE, ann.id, { role: 'admin' });
    expect(told()).toEqual([]);

    await accounts.updateUser(COMMAND_LINE, ann.id, { enabled: false });
    expect(told()).toEqual([
      { kind: 'user_changed', userId: ann.id },
      { kind: 'token_revoked', tokenId: caller.tokenId },
    ]);
    expect(await accounts.authenticate(token)).toBeUndefined();
    expect(await accounts.authenticate(program.token)).toBeUndefined();
    expect(await accounts.stillValid(caller)).toBeUndefined();

    await accounts.updateUser(COMMAND_LINE, ann.id, { enabled: true });
    expect(await accounts.authenticate(token)).toBeUndefined();
    expect(await accounts.authenticate(program.token)).toMatchObject({ name: 'Anna' });

    await accounts.deleteUser(COMMAND_LINE, ann.id, {});
    expect(await accounts.authenticate(program.token)).toBeUndefined();
    expect(told().at(-1)).toEqual({ kind: 'user_changed', userId: ann.id });
  });

  it('of logins end with the password, but for the one that changed it', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts, changes } = setting;
    const ann = await setting.add('ann');
    const here = await setting.enter('ann');
    const there = await setting.enter('ann');
    const program = await accounts.createToken(there.caller, { name: 'backup' });
    const password = 'another horse';
    const change = { password, currentPassword: PASSWORD };
    await accounts.updateUser(here.caller, ann.id, change);
    expect(changes).toEqual([{ kind: 'token_revoked', tokenId: there.caller.tokenId }]);
    expect(await accounts.authenticate(here.token)).toBeDefined();
    expect(await accounts.authenticate(there.token)).toBeUndefined();
    expect(await accounts.authenticate(program.token)).toBeDefined();
    await accounts.updateUser(COMMAND_LINE, ann.id, { password: 'third horse' });
    expect(await accounts.authenticate(here.token)).toBeUndefined();
  });

  it('of the environment count as an administrator without an account', async () => {
    const fixedToken = 'a token of somebody';
    const setting = await AccountSetting.open(await open(), { fixedToken });
    const { accounts } = setting;
    const caller = await accounts.authenticate(fixedToken);
    expect(caller).toEqual({ name: 'token', admin: true });
    expect(await accounts.stillValid({ name: 'token', admin: true })).toEqual(caller);
    for (const wrong of [`${fixedToken}x`, '', 'x', makeToken('api').token, 'tw_api_']) {
      expect(await accounts.authenticate(wrong)).toBeUndefined();
    }
    await expect(AccountSetting.open(setting.db, { fixedToken: '' })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });
});
