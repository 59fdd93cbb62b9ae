import { afterEach, describe, expect, it } from 'vitest';
import { WINDOWS_CLIENT_SLOTS } from '../../../test/fake-server/host-options.ts';
import { answerAfter } from '../../../test/fake-server/faults.ts';
import { WatchLog } from '../../../test/storage-conformance/watch-log.ts';
import {
  askedOf,
  begin,
  expectCleanEnd,
  onWindows,
  refusalOf,
  watch,
  words,
} from '../../../test/support/windows-client.ts';
import type { Watching } from '../../../test/support/windows-client.ts';
import { FileAttribute } from '../../smb/wire/create.ts';
import { Command } from '../../smb/wire/header.ts';

describe('watches on a Windows server', () => {
  it('share one handle at the root, opened with the first and closed with the last', async () => {
    const client = await onWindows(['a/b', 'c']);
    const all = [await watch(client, 'a/b'), await watch(client, 'c'), await watch(client, '')];
    await client.tree.stat('');
    expect(askedOf(client)).toEqual(['/**']);
    expect(client.host.opens).toBe(1);
    client.host.client.write('a/b/x', '');
    await all[0]!.log.untilTold('x');
    for (const { watch: one } of all.slice(0, 2)) await one.close();
    expect(client.host.opens).toBe(1);
    await all[2]!.watch.close();
    expect(client.host.opens).toBe(0);
    for (const { log } of all.slice(1)) expect(log.calls.slice(0, 2)).toEqual(['opened', 'armed']);
    await expectCleanEnd(client);
  });

  it('have a handle for each filter, whatever the order of its names', async () => {
    const client = await onWindows(['a', 'b']);
    const names = { filter: ['file_name', 'dir_name'] } as const;
    const swapped = { filter: ['dir_name', 'file_name', 'dir_name'] } as const;
    const [all, some, same] = [
      await watch(client, 'a'),
      await watch(client, 'a', names),
      await watch(client, 'b', swapped),
    ];
    expect(client.host.opens).toBe(2);
    client.host.client.write('a/x', 'content');
    client.host.client.write('b/y', 'content');
    await all.log.untilTold('x');
    await same.log.untilTold('y');
    expect(words(some)).toEqual(['added >x']);
    expect(words(same)).toEqual(['added >y']);
    await Promise.all([all, some, same].map(({ watch: one }) => one.close()));
    await expectCleanEnd(client);
  });

  it('fit on a connection of a client edition by the thousand, and leave directories free', async () => {
    const paths = Array.from({ length: 2_000 }, (_, i) => `top/d${i}`);
    const server = { asyncSlots: WINDOWS_CLIENT_SLOTS, maxOpenFiles: 200 };
    const client = await onWindows(paths, { server });
    const { host } = client;
    const all: Watching[] = [];
    for (let from = 0; from < paths.length; from += 64) {
      const some = paths.slice(from, from + 64).map((path) => watch(client, path));
      all.push(...(await Promise.all(some)));
    }
    expect(host.pendingNotifies).toHaveLength(1);
    expect(host.opens).toBe(1);
    const busy = new Set(all.filter((_, i) => i % 10 === 0));
    for (let i = 0; i < paths.length; i += 10) host.client.mkdir(`${paths[i]}/x`);
    await Promise.all([...busy].map(({ log }) => log.untilCame('x')));
    for (const one of all) expect(words(one)).toEqual(busy.has(one) ? ['added >x'] : []);
    expect(host.client.rename('top', 'other')).toBe(true);
    await Promise.all(all.map(({ log }) => log.until(({ reason }) => reason !== undefined)));
    for (const { log } of all) expect(log.reason?.code).toBe('directory_deleted');
    await expectCleanEnd(client);
  });

  it('hear names relative to their directory, as the server writes them', async () => {
    const client = await onWindows(['Reports/2026/May']);
    const flat = await watch(client, 'reports/2026');
    const deep = await watch(client, 'REPORTS', { recursive: true });
    client.host.client.write('Reports/2026/May/Ärger.TXT', '');
    client.host.client.rename('Reports/2026/May/Ärger.TXT', 'Reports/2026/Ärger.TXT');
    await deep.log.untilCame('2026/Ärger.TXT');
    await flat.log.untilCame('Ärger.TXT');
    expect(words(deep)).toContain('added >2026/May/Ärger.TXT');
    expect(words(deep)).toContain('renamed 2026/May/Ärger.TXT>2026/Ärger.TXT');
    expect(words(flat)).toContain('added >Ärger.TXT');
    expect(words(flat).filter((what) => what.includes('/'))).toEqual([]);
    await Promise.all([flat.watch.close(), deep.watch.close()]);
    await expectCleanEnd(client);
  });

  it('know their directories', async () => {
    const client = await onWindows(['a/b']);
    const { host } = client;
    for (const path of ['', 'a/b']) {
      const { watch: one } = await watch(client, path);
      expect(one.directoryId).toBe(host.fileSystem.find(path)?.id);
      await one.close();
    }
    await expectCleanEnd(client);
  });

  it('hear nothing before they are armed, nor after they are closed', async () => {
    const client = await onWindows(['a']);
    const { host } = client;
    const { promise: looked, resolve } = Promise.withResolvers<void>();
    host.inject({ command: Command.QUERY_DIRECTORY, fault: answerAfter(looked) });
    const witness = await watch(client, '', { recursive: true });
    const { log, watch: one } = begin(client, 'a');
    host.client.write('a/early', '');
    host.overflowAll();
    await witness.log.untilCalled('lost overflow');
    expect(log.calls).toEqual([]);
    resolve();
    await log.untilCalled('armed');
    expect(log.calls).toEqual(['opened', 'armed']);
    await one.close();
    await one.close();
    host.client.write('a/late', '');
    await witness.log.untilTold('a/late');
    expect(log.calls).toEqual(['opened', 'armed']);
    await witness.watch.close();
    await expectCleanEnd(client);
  });

  it('are closed while they begin, and leave nothing', async () => {
    const client = await onWindows(['a']);
    const { log, watch: one } = begin(client, 'a');
    await one.close();
    await client.tree.stat('a');
    expect(log.calls).toEqual([]);
    await expectCleanEnd(client);
  });

  it('may be closed by those who hear of them', async () => {
    const client = await onWindows(['a']);
    const { roots } = client;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const told: string[] = [];
    const own = roots.watch(
      { path: 'a', recursive: false },
      {
        opened: () => resolve(own.close()),
        armed: () => told.push('armed'),
        changed: () => told.push('changed'),
        lost: () => told.push('lost'),
        ended: () => told.push('ended'),
      },
    );
    await over;
    expect(told).toEqual([]);
    await expectCleanEnd(client);
  });
});

describe('what a listener throws', () => {
  const others = process.listeners('uncaughtException');

  afterEach(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
  });

  it('is an uncaught exception of its own, and keeps nothing from other watches', async () => {
    process.removeAllListeners('uncaughtException');
    const thrown = new Promise((done) => process.once('uncaughtException', done));
    const client = await onWindows(['a']);
    const log = new WatchLog();
    const bug = new Error('a bug');
    log.changed = () => {
      throw bug;
    };
    const bad = client.roots.watch({ path: 'a', recursive: false }, log);
    await log.untilCalled('armed');
    const good = await watch(client, 'a');
    client.host.client.write('a/x', '');
    await good.log.untilTold('x');
    expect(await thrown).toBe(bug);
    await Promise.all([bad.close(), good.watch.close()]);
    await expectCleanEnd(client);
  });
});

describe('a directory that cannot be watched on a Windows server', () => {
  it('is told as what is wrong with it, and leaves nothing', async () => {
    const client = await onWindows(['a', 'closed']);
    const { host } = client;
    host.client.write('a/file', '');
    host.deny('closed');
    for (const [path, code] of [
      ['nowhere', 'not_found'],
      ['nowhere/at/all', 'not_found'],
      ['a/file', 'not_a_directory'],
      ['closed', 'access_denied'],
      ['a:b', 'invalid_path'],
      ['a/../b', 'invalid_path'],
    ] as const) {
      expect(await refusalOf(client, path)).toBe(code);
    }
    const { log } = begin(client, 'a', { filter: [] });
    expect(log.calls).toEqual([]);
    await log.untilCalled('ended');
    expect(log.reason?.code).toBe('invalid_argument');
    await expectCleanEnd(client);
  });

  it('is said to be unsupported when nothing can be watched', async () => {
    const client = await onWindows(['a'], { server: { notify: 'not_supported' } });
    expect(await refusalOf(client, 'a')).toBe('notify_unsupported');
    await expectCleanEnd(client);
  });

  it('finds no room when the server has none for the one handle', async () => {
    const client = await onWindows(['a', 'b'], { server: { asyncSlots: 0 } });
    const codes = await Promise.all(['a', 'b'].map((path) => refusalOf(client, path)));
    expect(codes).toEqual(['insufficient_resources', 'insufficient_resources']);
    await expectCleanEnd(client);
  });
});

describe('where the root of a share may not be listed', () => {
  it('the topmost directory that may be bears the watches below it', async () => {
    const client = await onWindows(['a/b/c', 'a/b/d', 'e']);
    const { host } = client;
    host.deny('');
    host.deny('a');
    const [c, d, e] = await Promise.all([
      watch(client, 'a/b/c'),
      watch(client, 'a/b/d', { recursive: true }),
      watch(client, 'e'),
    ]);
    expect(askedOf(client).sort()).toEqual(['b/**', 'e/**']);
    expect(c.watch.directoryId).toBe(host.fileSystem.find('a/b/c')?.id);
    host.client.write('a/b/c/x', '');
    host.client.mkdir('a/b/d/y');
    host.client.write('a/b/d/y/z', '');
    host.client.write('e/f', '');
    await c.log.untilCame('x');
    await d.log.untilCame('y/z');
    await e.log.untilCame('f');
    host.client.remove('a/b/c');
    await c.log.until(({ reason }) => reason?.code === 'directory_deleted');
    expect(await refusalOf(client, '')).toBe('access_denied');
    expect(await refusalOf(client, 'a')).toBe('access_denied');
    await Promise.all([d, e].map(({ watch: one }) => one.close()));
    await expectCleanEnd(client);
  });

  it('is asked for again once nothing is watched', async () => {
    const client = await onWindows(['a']);
    client.host.deny('');
    const first = await watch(client, 'a');
    client.host.allowAll();
    const second = await watch(client, 'a');
    expect(askedOf(client)).toEqual(['a/**']);
    await Promise.all([first.watch.close(), second.watch.close()]);
    const third = await watch(client, 'a');
    expect(askedOf(client)).toEqual(['/**']);
    await third.watch.close();
    await expectCleanEnd(client);
  });
});

describe('what no handle above reports', () => {
  it('is behind a link, which has a handle itself', async () => {
    const client = await onWindows(['a/link/b/c', 'a/link/d', 'a/plain']);
    const link = client.host.fileSystem.find('a/link')!;
    link.attributes |= FileAttribute.REPARSE_POINT;
    const all = await Promise.all(
      ['a/link/b/c', 'a/link', 'a/link/d', 'a/plain'].map((path) => watch(client, path)),
    );
    expect(askedOf(client).sort()).toEqual(['/**', 'link/**']);
    expect(all[1]!.watch.directoryId).toBe(link.id);
    client.host.client.write('a/link/b/c/x', '');
    await all[0]!.log.untilTold('x');
    await Promise.all(all.map(({ watch: one }) => one.close()));
    await expectCleanEnd(client);
  });

  it('is what goes by a short name; what only looks like one has no handle', async () => {
    const client = await onWindows(['progra~1/b', 'a']);
    const plain = await watch(client, 'progra~1/b');
    expect(askedOf(client)).toEqual(['/**']);
    await plain.watch.close();
    // A listing tells it by its long name, whichever it was asked for.
    const { host } = client;
    const node = host.fileSystem.find('progra~1')!;
    host.inject({
      command: Command.QUERY_DIRECTORY,
      times: 2,
      when: ({ message }) => message.includes(Buffer.from('progra~1', 'utf16le')),
      fault: ({ answer }) => {
        node.name = 'Program Files';
        return answer();
      },
    });
    const short = await watch(client, 'progra~1/b');
    expect(askedOf(client)).toEqual(['Program Files/**']);
    await short.watch.close();
    await expectCleanEnd(client);
  });
});
