import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeRuntime } from '../../../test/support/fake-runtime.ts';
import { eachDatabase } from '../../../test/support/test-database.ts';
import type { Database } from '../../db/database.ts';
import { Connection, User } from '../../db/entities/index.ts';
import { KeyRing } from '../../secrets/key-ring.ts';
import { SecretBox } from '../../secrets/secret-box.ts';
import { secretKey } from '../../secrets/secret-key.ts';
import type { AccessChange, AuditRecord, Caller, ConnectionFields } from '../service-face.ts';
import { LocalRoots } from './local-roots.ts';
import { SavedConnections } from './saved-connections.ts';

const FIRST = { page: 1, pageSize: 50 };
const SMB: ConnectionFields = {
  ...{ name: 'nas', type: 'smb', host: 'nas', share_name: 'data' },
  ...{ username: 'svc', password: 'canary-password' },
};

eachDatabase('saved connections', (open) => {
  let dir: string;
  let database: Database;
  let runtime: FakeRuntime;
  let saved: SavedConnections;
  let box: SecretBox;
  let admin: Caller;
  let alice: Caller;
  let bob: Caller;
  const announced: AccessChange[] = [];
  const recorded: Omit<AuditRecord, 'id' | 'at'>[] = [];

  let record = (entry: Omit<AuditRecord, 'id' | 'at'>): Promise<void> =>
    Promise.resolve(void recorded.push(entry));

  async function account(name: string, role: 'admin' | 'user'): Promise<Caller> {
    const id = randomUUID();
    const at = new Date();
    await database.transaction(async (em) => {
      em.create(User, {
        ...{ id, username: name, usernameKey: name, passwordHash: 'x', role, enabled: true },
        ...{ createdAt: at, updatedAt: at, lastLoginAt: null, version: 1 },
      });
      await em.flush();
    });
    return { name, admin: role === 'admin', userId: id };
  }

  const service = (): SavedConnections =>
    new SavedConnections({
      ...{ database, box, runtime },
      roots: new LocalRoots({
        watchFolder: join(dir, 'watch'),
        named: {},
        dataDir: join(dir, 'data'),
      }),
      audit: { recordIn: (_em, entry) => record(entry) },
      addresses: () => ({ allowLoopback: false, allowPrivate: true }),
      owners: {
        get: (id) => [admin, alice, bob].find(({ userId }) => userId === id)?.name,
        note: () => undefined,
      },
      announce: (change) => void announced.push(change),
      wall: () => Date.now(),
    });

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tidewatch-saved-'));
    mkdirSync(join(dir, 'watch', 'photos'), { recursive: true });
    database = await open();
    box = new SecretBox(new KeyRing([secretKey(randomBytes(32))]));
    runtime = new FakeRuntime();
    announced.length = 0;
    recorded.length = 0;
    admin = await account('root', 'admin');
    alice = await account('alice', 'user');
    bob = await account('bob', 'user');
    saved = service();
    await saved.load();
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const code = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'none',
      (error: unknown) => (error as { code: string }).code,
    );

  it('are there after a new start, with their secrets, which nobody is told', async () => {
    const made = await saved.create(alice, SMB);
    expect(made).toMatchObject({
      ...{ name: 'nas', type: 'smb', scope: 'private', read_only: false, owner: 'alice' },
      ...{ host: 'nas', port: 445, share_name: 'data', username: 'svc', has_password: true },
      version: 1,
    });
    expect(JSON.stringify([made, recorded])).not.toContain('canary');
    runtime = new FakeRuntime();
    const again = service();
    await again.load();
    expect(await again.get(alice, made.id)).toEqual(made);
    expect(runtime.put.map(({ target }) => target)).toEqual([
      expect.objectContaining({ logon: { username: 'svc', password: 'canary-password' } }),
    ]);
  });

  it('keep no secret in the clear in the database', async () => {
    const { id } = await saved.create(alice, SMB);
    const row = await database.em().findOneOrFail(Connection, { id });
    const stored = JSON.stringify(row) + Buffer.from(row.secrets ?? []).toString('latin1');
    expect(stored).not.toContain('canary');
    expect(row.keyId).toBe(box.ring.newest.id);
  });

  it('are seen by their owner alone, or by everybody when they are shared', async () => {
    const mine = await saved.create(alice, SMB);
    const shared = await saved.create(admin, { ...SMB, name: 'all', scope: 'shared' });
    const names = async (caller: Caller): Promise<string[]> =>
      (await saved.list(caller, FIRST)).items.map(({ name }) => name);
    expect(await names(alice)).toEqual(['all', 'nas']);
    expect(await names(bob)).toEqual(['all']);
    expect(await names(admin)).toEqual(['all']);
    for (const other of [bob, admin]) {
      expect(await code(saved.get(other, mine.id))).toBe('not_found');
      expect(await code(saved.update(other, mine.id, { name: 'x' }))).toBe('not_found');
      expect(await code(saved.remove(other, mine.id))).toBe('not_found');
      expect(saved.mayUse(other, mine.id)).toBe(false);
      const { signal } = new AbortController();
      expect(await code(saved.entries(other, mine.id, '', signal))).toBe('not_found');
      expect(await code(saved.test(other, { id: mine.id }, signal))).toBe('not_found');
    }
    expect(saved.mayUse(bob, shared.id.toUpperCase())).toBe(true);
    expect(await code(saved.update(bob, shared.id, { name: 'x' }))).toBe('forbidden');
    expect(await code(saved.remove(bob, shared.id))).toBe('forbidden');
  });

  it('of folders, and those that are shared, are made by admins alone', async () => {
    const local: ConnectionFields = { name: 'disk', type: 'local', root_path: '' };
    expect(await code(saved.create(alice, local))).toBe('forbidden');
    expect(await code(saved.create(alice, { ...SMB, scope: 'shared' }))).toBe('forbidden');
    const { id } = await saved.create(alice, SMB);
    expect(await code(saved.update(alice, id, { scope: 'shared' }))).toBe('forbidden');
    const made = await saved.create(admin, { ...local, root_path: 'photos' });
    expect(runtime.put.at(-1)?.target).toEqual({ type: 'local', root: join(dir, 'watch/photos') });
    expect(JSON.stringify(made)).not.toContain(dir);
    const missing = saved.create(admin, { ...local, name: 'other', root_path: 'missing' });
    expect(await code(missing)).toBe('not_found');
  });

  it('saved without an account belong to all admins', async () => {
    const token: Caller = { name: 'token', admin: true };
    const { id } = await saved.create(token, SMB);
    expect([token, admin, alice].map((caller) => saved.mayUse(caller, id))).toEqual([
      ...[true, true, false],
    ]);
    expect((await saved.update(admin, id, { name: 'other' })).name).toBe('other');
  });

  it('are not changed when nobody could write down who did it', async () => {
    const { id } = await saved.create(alice, SMB);
    const recording = record;
    record = () => Promise.reject(new Error('the disk is full'));
    try {
      await expect(saved.create(bob, SMB)).rejects.toThrow('the disk is full');
      await expect(saved.update(alice, id, { name: 'x' })).rejects.toThrow('the disk is full');
      await expect(saved.remove(alice, id)).rejects.toThrow('the disk is full');
    } finally {
      record = recording;
    }
    expect(await saved.get(alice, id)).toMatchObject({ name: 'nas', version: 1 });
    expect(await database.em().count(Connection)).toBe(1);
    expect(runtime.put).toHaveLength(1);
  });

  it('have one name each for one owner, whatever its case', async () => {
    await saved.create(alice, SMB);
    expect(await code(saved.create(alice, { ...SMB, name: 'NAS' }))).toBe('already_exists');
    expect((await saved.create(bob, SMB)).name).toBe('nas');
    expect(runtime.put).toHaveLength(2);
  });

  it('are changed where the version is right, and the runtime hears of it', async () => {
    const { id } = await saved.create(alice, SMB);
    expect(await code(saved.update(alice, id, { name: 'x' }, 2))).toBe('precondition_failed');
    const changed = await saved.update(alice, id, { path_prefix: '/photos/' }, 1);
    expect(changed).toMatchObject({ path_prefix: 'photos', version: 2 });
    expect(runtime.put.at(-1)).toMatchObject({ id, pathPrefix: 'photos' });
    expect(await code(saved.update(alice, id, { host: 'evil' }))).toBe('secret_required');
    expect(await code(saved.update(alice, id, { port: 0 }))).toBe('invalid_argument');
    expect(await saved.get(alice, id)).toEqual(changed);
  });

  it('are changed one after the other: of two who saw the same version, one succeeds', async () => {
    const { id } = await saved.create(alice, SMB);
    const both = ['one', 'two'].map((name) => code(saved.update(alice, id, { name }, 1)));
    expect(new Set(await Promise.all(both))).toEqual(new Set(['none', 'precondition_failed']));
    expect((await saved.get(alice, id)).version).toBe(2);
  });

  it('are gone everywhere when they are removed, and sockets hear of it', async () => {
    const { id } = await saved.create(alice, SMB);
    await saved.remove(alice, id);
    expect(await code(saved.get(alice, id))).toBe('not_found');
    expect(runtime.connections.get(id)).toBeUndefined();
    expect(announced).toEqual([{ kind: 'connection_removed', connectionId: id }]);
    expect(await database.em().count(Connection)).toBe(0);
    expect(recorded.map(({ action }) => action)).toEqual([
      'connection.created',
      'connection.removed',
    ]);
  });

  it('are announced when somebody else may see them or may not any more', async () => {
    const { id } = await saved.create(admin, { ...SMB, scope: 'shared' });
    await saved.update(admin, id, { scope: 'private' });
    expect(announced).toEqual([{ kind: 'connection_changed', connectionId: id }]);
    expect(saved.mayUse(bob, id)).toBe(false);
  });

  it('stay in the list when their secret cannot be read, and ask for it', async () => {
    const { id } = await saved.create(alice, SMB);
    box = new SecretBox(new KeyRing([secretKey(randomBytes(32))]));
    runtime = new FakeRuntime();
    const other = service();
    await other.load();
    expect(await other.get(alice, id)).toMatchObject({ name: 'nas', has_password: true });
    expect(runtime.connections.get(id)).toBeUndefined();
    expect(await code(other.update(alice, id, { name: 'x' }))).toBe('secret_required');
    await other.update(alice, id, { password: 'canary-anew' });
    expect(runtime.put.at(-1)?.target).toMatchObject({ logon: { password: 'canary-anew' } });
  });

  it('given when the server was started are seen by all, without folders, and changed by none', async () => {
    const target = { type: 'local', root: '/srv/canary' } as const;
    const { id } = runtime.connections.add({ name: 'disk', target, pathPrefix: '' });
    const { items } = await saved.list(bob, FIRST);
    expect(items).toMatchObject([{ id, name: 'disk', read_only: true }]);
    expect(JSON.stringify(items)).not.toContain('canary');
    expect(saved.mayUse(bob, 'disk')).toBe(true);
    expect(await code(saved.remove(admin, 'disk'))).toBe('forbidden');
  });

  it('list a directory with paths as the client names them', async () => {
    const { id } = await saved.create(alice, SMB);
    const at = Date.UTC(2026, 10, 20);
    runtime.listings.set('/a/', [
      { name: 'b.txt', kind: 'file', size: 5, modifiedAt: at, fileId: 7n },
    ]);
    const { signal } = new AbortController();
    const pages = await Array.fromAsync(await saved.entries(alice, id, '/a/', signal));
    expect(pages.flat()).toEqual([
      {
        ...{ name: 'b.txt', path: 'a/b.txt', kind: 'file', size: 5, file_id: '7' },
        modified_at: '2026-11-20T00:00:00.000Z',
      },
    ]);
  });

  it('cannot be tried against an address that is forbidden, or with a secret led elsewhere', async () => {
    const { id } = await saved.create(alice, SMB);
    const { signal } = new AbortController();
    const fields = { ...SMB, host: '127.0.0.1' };
    const tried = await saved.test(alice, { fields }, signal);
    expect(tried.stages[0]).toMatchObject({ outcome: 'failed', code: 'address_forbidden' });
    const led = saved.test(alice, { id, fields: { host: 'evil' } }, signal);
    expect(await code(led)).toBe('secret_required');
  });
});
