import { afterEach, expect, it } from 'vitest';
import {
  AccountSetting,
  FROM,
  NOTHING_OWNED,
  PASSWORD,
  closeAccounts,
} from '../../../test/support/account-setting.ts';
import { eachDatabase } from '../../../test/support/test-database.ts';
import { User } from '../../db/entities/index.ts';
import type { OwnedThings } from '../account-types.ts';
import { COMMAND_LINE } from '../caller.ts';
import type { Caller } from '../caller.ts';

const PAGE = { page: 1, pageSize: 50 };
const NOBODY = '00000000-0000-4000-8000-000000000000';

eachDatabase('accounts', (open) => {
  afterEach(closeAccounts);
  it('are made, listed by name page by page, and never show a password', async () => {
    const { accounts, add, audit } = bind(await AccountSetting.open(await open()));
    for (const name of ['Zoë', 'bob', 'Ann', 'carol']) await add(name);
    const { items, total } = await accounts.users({ page: 1, pageSize: 3 });
    expect(items.map(({ username }) => username)).toEqual(['Ann', 'bob', 'carol']);
    expect(total).toBe(4);
    const rest = await accounts.users({ page: 2, pageSize: 3 });
    expect(rest.items.map(({ username }) => username)).toEqual(['Zoë']);
    expect(items[0]).toEqual({
      ...{ id: items[0]?.id, username: 'Ann', role: 'user', enabled: true },
      created_at: '2026-01-01T12:00:00.000Z',
    });
    expect(await accounts.userNamed('ZOE\u0308')).toEqual(rest.items[0]);
    const text = JSON.stringify([await accounts.users(PAGE), await audit.list({ limit: 100 })]);
    expect(text).not.toMatch(/scrypt|correct horse/);
  });

  it('have names that differ by more than case, and fields that fit', async () => {
    const { accounts, add } = bind(await AccountSetting.open(await open()));
    await add('Strauß');
    await expect(add('STRAUSS')).rejects.toMatchObject({
      code: 'already_exists',
      fields: { username: 'there is an account of that name already' },
    });
    const other = await add('bob');
    const rename = accounts.updateUser(COMMAND_LINE, other.id, { username: 'strauss' });
    await expect(rename).rejects.toMatchObject({ code: 'already_exists' });
    const wrong = { username: ' ', password: 'short', role: 'root' as 'admin' };
    await expect(accounts.createUser(COMMAND_LINE, wrong)).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: {
        username: expect.stringMatching(/space/) as string,
        password: 'a password has 8 characters at least',
        role: 'a role is admin or user',
      },
    });
    expect((await accounts.users(PAGE)).total).toBe(2);
  });

  it('are changed by administrators, and in their password by their owners', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts } = setting;
    const admin = await setting.add('root', 'admin');
    const ann = await setting.add('ann');
    const bob = await setting.add('bob');
    const { caller } = await setting.enter('ann');
    const refused: readonly (() => Promise<unknown>)[] = [
      () => accounts.updateUser(caller, ann.id, { role: 'admin' }),
      () => accounts.updateUser(caller, ann.id, { enabled: true }),
      () => accounts.updateUser(caller, bob.id, { password: 'new password' }),
      () => accounts.createUser(caller, { username: 'eve', password: PASSWORD, role: 'admin' }),
      () => accounts.deleteUser(caller, bob.id, {}),
    ];
    for (const attempt of refused) {
      await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' });
    }
    const password = 'another horse';
    const without = accounts.updateUser(caller, ann.id, { password });
    await expect(without).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: { current_password: 'is needed to change a password of your own' },
    });
    const wrong = accounts.updateUser(caller, ann.id, { password, currentPassword: 'wrong horse' });
    await expect(wrong).rejects.toMatchObject({ fields: { current_password: 'is wrong' } });
    await accounts.updateUser(caller, ann.id, { password, currentPassword: PASSWORD });
    await expect(accounts.login('ann', PASSWORD, FROM)).rejects.toMatchObject({
      code: 'bad_login',
    });
    expect((await accounts.login('ann', password, FROM)).user.username).toBe('ann');

    const by = (await setting.enter('root')).caller;
    const changed = await accounts.updateUser(by, bob.id, { username: 'Robert', role: 'admin' });
    expect(changed).toMatchObject({ id: bob.id, username: 'Robert', role: 'admin' });
    for (const id of [NOBODY, 'bob', '']) {
      await expect(accounts.updateUser(by, id, {})).rejects.toMatchObject({ code: 'not_found' });
      await expect(accounts.deleteUser(by, id, {})).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await accounts.me(by)).toMatchObject({ id: admin.id, username: 'root' });
    expect(await accounts.me(COMMAND_LINE)).toBeUndefined();
  });

  it('put off who guesses the current password of an open session', async () => {
    const setting = await AccountSetting.open(await open());
    const ann = await setting.add('ann');
    const { caller } = await setting.enter('ann');
    const from: Caller = { ...caller, address: '198.51.100.7' };
    const change = { password: 'another horse', currentPassword: 'guess' };
    const guess = (): Promise<unknown> => setting.accounts.updateUser(from, ann.id, change);
    for (let round = 0; round < 5; round += 1) {
      await expect(guess()).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    await expect(guess()).rejects.toMatchObject({ code: 'too_many_attempts', retryAfterMs: 1_000 });
  });

  it('always leave an administrator who can come in', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts } = setting;
    const ann = await setting.add('ann', 'admin');
    const bob = await setting.add('bob', 'admin');
    await setting.add('carol');
    const lastOnes: readonly ((id: string) => Promise<unknown>)[] = [
      (id) => accounts.updateUser(COMMAND_LINE, id, { role: 'user' }),
      (id) => accounts.updateUser(COMMAND_LINE, id, { enabled: false }),
      (id) => accounts.deleteUser(COMMAND_LINE, id, {}),
    ];
    // One who is disabled does not count.
    await accounts.updateUser(COMMAND_LINE, bob.id, { enabled: false });
    for (const attempt of lastOnes) {
      await expect(attempt(ann.id)).rejects.toMatchObject({ code: 'last_admin' });
    }
    expect(await accounts.userNamed('ann')).toMatchObject({ role: 'admin', enabled: true });
    await accounts.updateUser(COMMAND_LINE, bob.id, { enabled: true });
    await accounts.deleteUser(COMMAND_LINE, ann.id, {});
    expect((await accounts.users(PAGE)).total).toBe(2);
  });

  it('leave an administrator also when two are taken away at once', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts } = setting;
    for (let round = 0; round < 6; round += 1) {
      const ann = await setting.add(`ann${round}`, 'admin');
      const bob = await setting.add(`bob${round}`, 'admin');
      await setting.db.em().nativeDelete(User, { id: { $nin: [ann.id, bob.id] } });
      const settled = await Promise.allSettled([
        accounts.deleteUser(COMMAND_LINE, ann.id, {}),
        round % 2 === 0
          ? accounts.updateUser(COMMAND_LINE, bob.id, { role: 'user' })
          : accounts.updateUser(COMMAND_LINE, bob.id, { enabled: false }),
      ]);
      const failed = settled.filter((each) => each.status === 'rejected');
      expect(failed).toHaveLength(1);
      expect(failed[0]?.reason).toMatchObject({ code: 'last_admin' });
      const left = await setting.db.em().count(User, { role: 'admin', enabled: true });
      expect(left).toBe(1);
    }
  });

  it('that own things go only when it is said what becomes of these', async () => {
    const done: string[] = [];
    const owned = new Map<string, number>();
    const ownedThings: OwnedThings = {
      count: (_em, id) => Promise.resolve(owned.get(id) ?? 0),
      transfer: (_em, from, to) => {
        done.push(`transfer to ${to}`);
        return Promise.resolve(() => void owned.delete(from));
      },
      purge: (_em, id) => {
        done.push('purge');
        return Promise.resolve(() => void owned.delete(id));
      },
    };
    const setting = await AccountSetting.open(await open(), { ownedThings });
    const { accounts } = setting;
    await setting.add('root', 'admin');
    const ann = await setting.add('ann');
    const bob = await setting.add('bob');
    owned.set(ann.id, 3).set(bob.id, 1);
    await expect(accounts.deleteUser(COMMAND_LINE, ann.id, {})).rejects.toMatchObject({
      code: 'owns_things',
      message: 'the account owns 3 things',
    });
    for (const transferTo of [ann.id, NOBODY, 'bob', '']) {
      const refused = accounts.deleteUser(COMMAND_LINE, ann.id, { transferTo });
      await expect(refused).rejects.toMatchObject({
        code: 'invalid_argument',
        fields: { transfer_to: 'is not the id of another account' },
      });
    }
    const both = accounts.deleteUser(COMMAND_LINE, ann.id, { transferTo: bob.id, purge: true });
    await expect(both).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await accounts.userNamed('ann')).toBeDefined();
    await accounts.deleteUser(COMMAND_LINE, ann.id, { transferTo: bob.id });
    await accounts.deleteUser(COMMAND_LINE, bob.id, { purge: true });
    expect(done).toEqual([`transfer to ${bob.id}`, 'purge']);
    expect(owned.size).toBe(0);
    expect((await accounts.users(PAGE)).total).toBe(1);
  });

  it('stay when what they own cannot be settled, and go even if the rest of it fails later', async () => {
    const broken: OwnedThings = {
      ...NOTHING_OWNED,
      transfer: () => Promise.reject(new Error('no disk')),
      purge: () => Promise.resolve(() => Promise.reject(new Error('no disk'))),
    };
    const setting = await AccountSetting.open(await open(), { ownedThings: broken });
    const { accounts } = setting;
    const root = await setting.add('root', 'admin');
    const ann = await setting.add('ann');
    const transfer = accounts.deleteUser(COMMAND_LINE, ann.id, { transferTo: root.id });
    await expect(transfer).rejects.toThrow('no disk');
    expect(await accounts.userNamed('ann')).toBeDefined();
    await accounts.deleteUser(COMMAND_LINE, ann.id, { purge: true });
    expect(await accounts.userNamed('ann')).toBeUndefined();
    expect(setting.logger.complaints).toEqual(['what a deleted account owned is half settled']);
  });

  it('have every change in the audit log, with who did it and from where', async () => {
    const setting = await AccountSetting.open(await open());
    const { accounts } = setting;
    await setting.add('root', 'admin');
    const by = { ...(await setting.enter('root')).caller, address: '192.0.2.9' };
    const ann = await accounts.createUser(by, {
      username: 'ann',
      password: PASSWORD,
      role: 'user',
    });
    await accounts.updateUser(by, ann.id, { role: 'admin', password: 'another horse' });
    await accounts.deleteUser(by, ann.id, {});
    const records = await setting.audit.list({ limit: 3 });
    expect(records).toMatchObject([
      { action: 'user.delete', subject: 'ann', actor: 'root', address: '192.0.2.9' },
      {
        ...{ action: 'user.update', subject: 'ann', actor: 'root', address: '192.0.2.9' },
        details: { role: { from: 'user', to: 'admin' }, password: true },
      },
      { action: 'user.create', subject: 'ann', actor: 'root', details: { role: 'user' } },
    ]);
    expect(JSON.stringify(records)).not.toContain('horse');
  });
});

/** So that `add` can be taken out of it. */
function bind(setting: AccountSetting) {
  const { accounts, audit } = setting;
  return { accounts, audit, add: (name: string) => setting.add(name) };
}
