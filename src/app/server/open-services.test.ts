import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FAST_DIRECTORY, freshDataDir } from '../../../test/support/test-database.ts';
import { FakeRuntime } from '../../../test/support/fake-runtime.ts';
import type { AccessChange, Caller, ConnectionFields, UserInfo } from '../index.ts';
import { systemClock } from '../index.ts';
import { SILENT } from '../../actors/logger.ts';
import { openServices } from './open-services.ts';
import type { OpenServices } from './open-services.ts';

const ADMIN: Caller = { name: 'test', admin: true };
const PASSWORD = 'the tide comes in';
const FIRST = { page: 1, pageSize: 50 };
const SMB: ConnectionFields = {
  ...{ name: 'nas', type: 'smb', host: 'nas', share_name: 'data' },
  ...{ username: 'svc', password: 'canary' },
};

let dir: string;
let dataDir: string;
let runtime: FakeRuntime;
let opened: OpenServices;

async function open(env: Record<string, string> = {}): Promise<void> {
  runtime = new FakeRuntime();
  opened = await openServices({
    ...{ runtime, logger: SILENT, clock: systemClock, dataDir },
    env: { TIDEWATCH_ADMIN_PASSWORD: PASSWORD, ...env },
  });
}

beforeEach(async () => {
  dir = mkdtempSync(join(FAST_DIRECTORY, 'tidewatch-services-'));
  dataDir = join(dir, 'data');
  renameSync(await freshDataDir(), dataDir);
  await open();
});
afterEach(async () => {
  await opened.close();
  rmSync(dir, { recursive: true });
});

async function account(username: string): Promise<UserInfo & { caller: Caller }> {
  const { accounts } = opened.services;
  const user = await accounts.createUser(ADMIN, { username, password: PASSWORD, role: 'user' });
  return { ...user, caller: { name: username, admin: false, userId: user.id } };
}

describe('what a server keeps', () => {
  it('is a folder that only its user may look into, and an admin who can sign in', async () => {
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(opened.firstAdmin).toEqual({ username: 'admin' });
    const origin = { address: '127.0.0.1' };
    const { user } = await opened.services.accounts.login('Admin', PASSWORD, origin);
    expect(user).toMatchObject({ username: 'admin', role: 'admin' });
  });

  it('is the same after it was closed and opened again', async () => {
    const { caller } = await account('alice');
    const saved = await opened.services.connections.create(caller, SMB);
    await opened.services.settings.update(ADMIN, { 'watch.verify_interval_minutes': 3 });
    await opened.close();
    await open();
    expect(opened.firstAdmin).toBeUndefined();
    expect(await opened.services.connections.get(caller, saved.id)).toEqual(saved);
    expect(runtime.tunings.at(-1)).toMatchObject({ verifyIntervalMs: 180_000 });
    expect(runtime.put).toMatchObject([{ id: saved.id }]);
  });

  it('is not opened with another key than the one it was sealed with', async () => {
    await opened.services.connections.create((await account('alice')).caller, SMB);
    await opened.close();
    const other = { TIDEWATCH_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') };
    await expect(open(other)).rejects.toMatchObject({ code: 'secret_key_wrong' });
    rmSync(join(dataDir, 'secret-key'));
    await expect(open()).rejects.toMatchObject({ code: 'secret_key_missing' });
  });

  it('tells the runtime at once of settings that are changed', async () => {
    const { caller } = await account('alice');
    await opened.services.connections.create(caller, SMB);
    const { settings } = opened.services;
    await settings.update(ADMIN, { 'retry.max_attempts': 5, 'cache.watch_budget': 7 });
    expect(runtime.tunings.at(-1)).toMatchObject({ maxAttempts: 5, cacheWatchBudget: 7 });
    await settings.update(ADMIN, { 'network.allow_loopback_hosts': true });
    await expect
      .poll(() => runtime.put.at(-1)?.target)
      .toMatchObject({ addresses: { allowLoopback: true, allowPrivate: true } });
    await settings.update(ADMIN, { 'retry.max_attempts': null });
    expect(runtime.tunings.at(-1)).toMatchObject({ maxAttempts: Infinity });
  });
});

describe('connections of an account that is deleted', () => {
  const announced: AccessChange[] = [];
  beforeEach(() => {
    announced.length = 0;
    opened.services.accounts.onAccessChange((change) => void announced.push(change));
  });

  it('keep it from being deleted, until somebody says what becomes of them', async () => {
    const alice = await account('alice');
    await opened.services.connections.create(alice.caller, SMB);
    const deleted = opened.services.accounts.deleteUser(ADMIN, alice.id, {});
    await expect(deleted).rejects.toMatchObject({ code: 'owns_things' });
  });

  it('go to another, under names that are free there', async () => {
    const [alice, bob] = [await account('alice'), await account('bob')];
    const { accounts, connections } = opened.services;
    const { id } = await connections.create(alice.caller, SMB);
    await connections.create(bob.caller, SMB);
    await accounts.deleteUser(ADMIN, alice.id, { transferTo: bob.id });
    const { items } = await connections.list(bob.caller, FIRST);
    expect(items.map(({ name, owner }) => `${name} of ${owner ?? ''}`)).toEqual([
      'nas of bob',
      'nas (2) of bob',
    ]);
    expect(announced).toContainEqual({ kind: 'connection_changed', connectionId: id });
    // Its secret went with it.
    expect(runtime.put.at(-1)).toMatchObject({ id, target: { logon: { password: 'canary' } } });
  });

  it('go with it where that is wanted', async () => {
    const alice = await account('alice');
    const { accounts, connections } = opened.services;
    const { id } = await connections.create(alice.caller, SMB);
    await accounts.deleteUser(ADMIN, alice.id, { purge: true });
    expect(runtime.connections.get(id)).toBeUndefined();
    expect(announced).toContainEqual({ kind: 'connection_removed', connectionId: id });
    expect((await connections.list(ADMIN, FIRST)).total).toBe(0);
  });
});

describe('folders of this machine', () => {
  it('are those that the operator opened, and never that of the server', async () => {
    mkdirSync(join(dir, 'scans', 'inbox'), { recursive: true });
    await opened.close();
    await open({ TIDEWATCH_LOCAL_ROOTS: `scans=${join(dir, 'scans')},all=${dir}` });
    const { connections } = opened.services;
    const fields: ConnectionFields = { name: 'scans', type: 'local', root_path: 'scans/inbox' };
    await connections.create(ADMIN, { ...fields, scope: 'shared' });
    expect(runtime.put.at(-1)?.target).toEqual({ type: 'local', root: join(dir, 'scans/inbox') });
    for (const root_path of ['all', 'all/data', 'all/data/db']) {
      const made = connections.create(ADMIN, { ...fields, name: root_path, root_path });
      await expect(made).rejects.toMatchObject({ code: 'invalid_argument' });
    }
  });
});
