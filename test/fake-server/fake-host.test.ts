import { describe, expect, it } from 'vitest';
import { connect } from '../../src/smb/index.ts';
import type { SmbConnection, SmbSession, SmbTree } from '../../src/smb/index.ts';
import { codeOf } from '../hostile/conversation.ts';
import { WatchReader } from '../support/watch-reader.ts';
import { FakeHost } from './fake-host.ts';
import { treeOf } from './host-files.ts';
import { WINDOWS_CLIENT_SLOTS } from './host-options.ts';
import type { FakeHostOptions } from './host-options.ts';

interface Client {
  readonly connection: SmbConnection;
  readonly session: SmbSession;
  readonly tree: SmbTree;
}

async function join(host: FakeHost, password = 'secret'): Promise<Client> {
  const connection = await connect({ host: 'sim', transport: await host.dial() });
  const session = await connection.authenticate({ username: 'alice', password });
  return { connection, session, tree: await session.connectTree('data') };
}

function hostWith(directories: readonly string[], options: FakeHostOptions = {}): FakeHost {
  const host = new FakeHost(options);
  for (const directory of directories) host.fileSystem.mkdir(directory);
  return host;
}

async function watch(
  { tree }: Client,
  path: string,
  options: Parameters<SmbTree['watch']>[1] = {},
): Promise<WatchReader> {
  const watching = tree.watch(path, options);
  await watching.armed;
  return new WatchReader(watching);
}

async function namesIn({ tree }: Client, path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const page of tree.list(path)) names.push(...page.map(({ name }) => name));
  return names;
}

/** Nobody is connected any more and nobody left anything open. */
async function expectDeserted(host: FakeHost, ...clients: Client[]): Promise<void> {
  for (const { connection } of clients) await connection.close();
  while (host.connections.size > 0) await new Promise(setImmediate);
  for (const left of host.leftBehind) expect(left).toEqual({ opens: 0, sessions: 0 });
  expect(host.violations).toEqual([]);
}

describe('a host', () => {
  it('shows all connections the same files and tells each of them', async () => {
    const host = hostWith(['dir']);
    const [one, two] = [await join(host), await join(host)];
    const readers = [await watch(one, 'dir'), await watch(two, 'dir')];
    host.local.write('dir/a', 'hello');
    for (const reader of readers) await reader.untilPath('added', 'a');
    expect(await namesIn(two, 'dir')).toEqual(['a']);
    expect(host.connections.size).toBe(2);
    expect(host.opens).toBe(2);
    await expectDeserted(host, one, two);
  });

  it.each(['samba', 'windows'] as const)('is taken for what it is: %s', async (kind) => {
    const host = hostWith([], { kind });
    const client = await join(host);
    expect(client.connection.diagnostics().serverKind).toBe(kind);
    await expectDeserted(host, client);
  });

  it('that is down refuses and cuts, until it is up', async () => {
    const host = hostWith([]);
    const client = await join(host);
    host.down();
    expect((await client.connection.closed).code).toBe('disconnected');
    expect(await codeOf(host.dial())).toBe('unreachable');
    host.up();
    await expectDeserted(hostWith([]), await join(host));
  });

  it('that is frozen says nothing, and everything once it thaws', async () => {
    const host = hostWith(['dir']);
    const client = await join(host);
    const reader = await watch(client, 'dir');
    host.freeze();
    host.local.write('dir/a', '');
    let isAnswered = false;
    const listing = namesIn(client, 'dir').then((names) => {
      isAnswered = true;
      return names;
    });
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    expect(isAnswered).toBe(false);
    expect(reader.changes).toEqual([]);
    host.thaw();
    expect(await listing).toEqual(['a']);
    await reader.untilPath('added', 'a');
    await expectDeserted(host, client);
  });

  it('that has vanished lets dials wait, until it is back or nobody waits', async () => {
    const host = hostWith([]);
    host.vanish();
    const giveUp = new AbortController();
    const given = codeOf(host.dial(giveUp.signal));
    const dialling = join(host);
    giveUp.abort();
    expect(await given).toBe('aborted');
    expect(host.connections.size).toBe(0);
    host.thaw();
    await expectDeserted(host, await dialling);
  });

  it('that closes its share ends watches and knows the tree no more', async () => {
    const host = hostWith(['dir']);
    const client = await join(host);
    const reader = await watch(client, 'dir');
    host.closeShare();
    await expect(reader.toEnd()).rejects.toMatchObject({ code: 'watch_ended' });
    expect(await codeOf(client.tree.stat(''))).not.toBe('succeeded');
    expect(host.sessions).toBe(1);
    await client.connection.close();
  });

  it('takes the new password once it has been changed', async () => {
    const host = hostWith([]);
    host.setPassword('alice', 'other');
    expect(await codeOf(join(host))).toBe('logon_failure');
    const client = await join(host, 'other');
    expect(await namesIn(client, '')).toEqual([]);
    await client.connection.close();
  });

  it('forgets notifies, loses changes and overflows when told to', async () => {
    const host = hostWith(['a', 'b']);
    const client = await join(host);
    const [a, b] = [await watch(client, 'a'), await watch(client, 'b')];
    host.loseChanges(() => host.local.write('b/lost', ''));
    host.overflowAll();
    expect(await a.untilRescan()).toBe('overflow');
    expect(await b.untilRescan()).toBe('overflow');
    expect(b.changes).toEqual([]);
    expect(await namesIn(client, 'b')).toEqual(['lost']);
    while (host.pendingNotifies.length < 2) await new Promise(setImmediate);
    host.forgetNotifies();
    host.local.write('a/unheard', '');
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    expect(a.changes).toEqual([]);
    await client.connection.close();
  });

  it('refuses to list what is denied, to whoever asks', async () => {
    const host = hostWith(['open', 'closed']);
    const client = await join(host);
    host.deny('closed');
    expect(await codeOf(namesIn(client, 'closed'))).toBe('access_denied');
    expect(await codeOf(watch(client, 'closed'))).toBe('access_denied');
    expect(await namesIn(client, 'open')).toEqual([]);
    host.allowAll();
    expect(await namesIn(client, 'closed')).toEqual([]);
    await expectDeserted(host, client);
  });

  it('lets every modification be seen in a listing', async () => {
    const host = hostWith([], { now: () => 1_000_000 });
    const client = await join(host);
    const seen = new Set<number>();
    for (let i = 0; i < 3; i += 1) {
      host.local.write('file', 'same size');
      seen.add((await client.tree.stat('file')).modifiedAt);
    }
    expect(seen.size).toBe(3);
    await expectDeserted(host, client);
  });

  it('keeps file ids across renames, in listings and when opened', async () => {
    const host = hostWith(['dir/sub']);
    const client = await join(host);
    const before = await client.tree.stat('dir/sub');
    host.local.rename('dir/sub', 'dir/other');
    const after = await client.tree.stat('dir/other');
    expect(after.fileId).toBe(before.fileId);
    for await (const [entry] of client.tree.list('dir')) expect(entry?.fileId).toBe(before.fileId);
    await expectDeserted(host, client);
  });
});

describe('what a host limits', () => {
  it('is the notifies pending on a connection', async () => {
    const names = Array.from({ length: WINDOWS_CLIENT_SLOTS + 1 }, (_, i) => `d${i}`);
    const server = { asyncSlots: WINDOWS_CLIENT_SLOTS };
    const host = hostWith(names, { kind: 'windows', server });
    const [one, two] = [await join(host), await join(host)];
    for (const name of names.slice(1)) await watch(one, name);
    expect(await codeOf(watch(one, 'd0'))).toBe('insufficient_resources');
    await watch(two, 'd0');
    await expectDeserted(host, one, two);
  });

  it('is the handles of a connection', async () => {
    const host = hostWith(['a', 'b', 'c'], { server: { maxOpenFiles: 2 } });
    const client = await join(host);
    await watch(client, 'a');
    await watch(client, 'b');
    expect(await codeOf(watch(client, 'c'))).toBe('insufficient_resources');
    await expectDeserted(host, client);
  });

  it.each([
    ['no_logon', 'insufficient_resources'],
    ['refused', 'unreachable'],
  ] as const)('is the number of connections: %s', async (beyondConnections, code) => {
    const host = hostWith([], { maxConnections: 2, beyondConnections });
    const clients = [await join(host), await join(host)];
    expect(await codeOf(join(host))).toBe(code);
    await Promise.all(clients.map(({ connection }) => connection.close()));
  });

  it('is the buffer of a notify, or that there is one at all', async () => {
    const small = hostWith(['dir'], { server: { notifyBufferBytes: 16_384 } });
    const client = await join(small);
    const reader = await watch(client, 'dir');
    small.local.write('dir/a', '');
    await reader.untilPath('added', 'a');
    await expectDeserted(small, client);

    const mute = hostWith(['dir'], { server: { notify: 'not_supported' } });
    const other = await join(mute);
    expect(await codeOf(watch(other, 'dir'))).toBe('notify_unsupported');
    await expectDeserted(mute, other);
  });
});

describe('what a recursive watch is told', () => {
  async function told(kind: 'samba' | 'windows'): Promise<string[]> {
    const host = hostWith(['dir/sub/deep'], { kind });
    host.local.write('dir/sub/old', '');
    const client = await join(host);
    const reader = await watch(client, 'dir', { recursive: true });
    host.local.write('dir/sub/local', '');
    host.client.write('dir/sub/remote', '');
    host.client.write('dir/sub/old', 'new content');
    host.local.write('dir/end', '');
    const changes = await reader.untilPath('added', 'end');
    await expectDeserted(host, client);
    const isBelow = ({ path }: { path: string }): boolean => path.includes('/');
    return changes.filter(isBelow).map(({ action, path }) => `${action} ${path}`);
  }

  it('is everything on Windows', async () => {
    expect(new Set(await told('windows'))).toEqual(
      new Set([
        'added sub/local',
        'modified sub/local',
        'added sub/remote',
        'modified sub/remote',
        'modified sub/old',
      ]),
    );
  });

  it('is only what clients do to names on Samba', async () => {
    expect(await told('samba')).toEqual(['added sub/remote']);
  });
});

describe('a watched directory', () => {
  it.each([
    ['windows', 'local'],
    ['windows', 'client'],
    ['samba', 'client'],
  ] as const)('that is removed blocks its name until it is let go: %s, %s', async (kind, by) => {
    const host = hostWith(['dir'], { kind });
    const client = await join(host);
    const watching = client.tree.watch('dir');
    await watching.armed;
    host[by].remove('dir');
    expect(host[by].mkdir('dir')).toBe(false);
    expect([...treeOf(host.fileSystem.root).keys()]).toEqual(['dir']);
    await expect(new WatchReader(watching).toEnd()).rejects.toMatchObject({
      code: 'directory_deleted',
    });
    while (host.opens > 0) await new Promise(setImmediate);
    expect([...treeOf(host.fileSystem.root).keys()]).toEqual([]);
    expect(host[by].mkdir('dir')).toBe(true);
    await expectDeserted(host, client);
  });

  it('that a program removes on Samba is gone without a word', async () => {
    const host = hostWith(['dir/sub']);
    const client = await join(host);
    const reader = await watch(client, 'dir');
    host.local.write('dir/last', '');
    await reader.untilPath('modified', 'last');
    host.local.remove('dir');
    expect(host.local.mkdir('dir')).toBe(true);
    host.local.write('dir/first', '');
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    expect(host.pendingNotifies).toHaveLength(1);
    expect(reader.changes.some(({ path }) => path === 'first')).toBe(false);
    await expectDeserted(host, client);
  });

  it('is followed when it is renamed, by its handle alone', async () => {
    const host = hostWith(['dir']);
    const client = await join(host);
    const reader = await watch(client, 'dir');
    expect(host.local.rename('dir', 'moved')).toBe(true);
    expect(host.local.mkdir('dir')).toBe(true);
    host.local.write('dir/other', '');
    host.local.write('moved/ours', '');
    await reader.untilPath('added', 'ours');
    expect(reader.changes.some(({ path }) => path === 'other')).toBe(false);
    await expectDeserted(host, client);
  });

  it('keeps those above it from being renamed on Windows, not on Samba', async () => {
    for (const [kind, isDone] of [
      ['windows', false],
      ['samba', true],
    ] as const) {
      const host = hostWith(['top/dir'], { kind });
      const client = await join(host);
      await watch(client, 'top/dir');
      expect(host.local.rename('top', 'other')).toBe(isDone);
      const renaming = client.tree.rename(isDone ? 'other' : 'top', 'third');
      expect(await codeOf(renaming)).toBe(isDone ? 'succeeded' : 'access_denied');
      await expectDeserted(host, client);
    }
  });
});
