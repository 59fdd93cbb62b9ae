import { describe, expect, it } from 'vitest';
import type { FakeHost } from '../../../test/fake-server/fake-host.ts';
import { answerAfter, failWith } from '../../../test/fake-server/faults.ts';
import {
  begin,
  expectCleanEnd,
  onWindows,
  untilNothingIsOpen,
  watch,
  words,
} from '../../../test/support/windows-client.ts';
import type { Watching } from '../../../test/support/windows-client.ts';
import { Status } from '../../smb/index.ts';
import { Command } from '../../smb/wire/header.ts';

describe('when the one handle', () => {
  it('has missed something, all its watches have', async () => {
    const client = await onWindows(['a', 'b']);
    const all = [await watch(client, 'a'), await watch(client, 'b')];
    client.host.overflowAll();
    for (const { log } of all) await log.untilCalled('lost overflow');
    client.host.client.write('b/x', '');
    await all[1]!.log.untilTold('x');
    await Promise.all(all.map(({ watch: one }) => one.close()));
    await expectCleanEnd(client);
  });

  it.each([
    ['the server closes it', 'watch_ended', (host: FakeHost) => host.closeShare()],
    ['the connection is lost', 'disconnected', (host: FakeHost) => host.cut()],
  ] as const)('ends, all its watches do: %s', async (_, code, action) => {
    const client = await onWindows(['a', 'b']);
    const all = [await watch(client, 'a'), await watch(client, 'b'), await watch(client, '')];
    action(client.host);
    for (const { log } of all) await log.until(({ reason }) => reason !== undefined);
    for (const { log } of all) {
      expect(log.calls).toEqual(['opened', 'armed', 'ended']);
      expect(log.reason?.code).toBe(code);
    }
    await Promise.all(all.map(({ watch: one }) => one.close()));
    await client.connection.close();
  });

  it('ends, whoever comes next has another', async () => {
    const client = await onWindows(['a']);
    const { host } = client;
    host.inject({
      command: Command.CHANGE_NOTIFY,
      skip: 1,
      fault: failWith(Status.INSUFFICIENT_RESOURCES),
    });
    const first = await watch(client, 'a');
    const again = new Promise<Watching>((resolve) => {
      const { log } = first;
      const noted = log.ended.bind(log);
      log.ended = (reason) => {
        noted(reason);
        resolve(begin(client, 'a'));
      };
    });
    host.client.write('a/x', '');
    const second = await again;
    expect(first.log.reason?.code).toBe('insufficient_resources');
    await second.log.untilCalled('armed');
    expect(host.opens).toBe(1);
    await second.watch.close();
    await expectCleanEnd(client);
  });

  it('ends while a directory is looked at, its watch has not begun', async () => {
    const client = await onWindows(['a']);
    const { host } = client;
    const witness = await watch(client, '');
    const { promise: looked, resolve } = Promise.withResolvers<void>();
    host.inject({ command: Command.QUERY_DIRECTORY, fault: answerAfter(looked) });
    const { log } = begin(client, 'a');
    await client.tree.stat('a');
    host.closeShare();
    await log.untilCalled('ended');
    resolve();
    await client.connection.close();
    expect(log.calls).toEqual(['ended']);
    expect(witness.log.reason?.code).toBe('watch_ended');
  });
});

describe('a watched directory of a Windows server', () => {
  it.each([
    ['is removed', (host: FakeHost) => host.client.remove('a/b')],
    ['is renamed', (host: FakeHost) => host.client.rename('a/b', 'a/z')],
    ['goes with one above it', (host: FakeHost) => host.client.remove('a')],
    ['moves with one above it', (host: FakeHost) => host.client.rename('a', 'z')],
  ] as const)('that %s ends its watch, and is not held', async (_, action) => {
    const client = await onWindows(['a/b/c', 'd']);
    const { host } = client;
    const [b, c] = [await watch(client, 'a/b'), await watch(client, 'A/B/C')];
    expect(action(host)).toBe(true);
    for (const { log } of [b, c]) {
      await log.until(({ reason }) => reason !== undefined);
      expect(log.reason?.code).toBe('directory_deleted');
      expect(log.calls.filter((call) => call === 'ended')).toHaveLength(1);
    }
    await untilNothingIsOpen(client);
    // The name is free, and its new bearer is another directory.
    host.fileSystem.mkdir('a/b');
    const { log, watch: one } = await watch(client, 'a/b');
    host.client.write('a/b/x', '');
    await log.untilCame('x');
    await one.close();
    expect(words(b).filter((what) => what.endsWith('x'))).toEqual([]);
    await expectCleanEnd(client);
  });

  it('that has the handle itself ends all watches when it is removed', async () => {
    const client = await onWindows(['a/b', 'c']);
    const { host } = client;
    host.deny('');
    const all = [await watch(client, 'a'), await watch(client, 'a/b'), await watch(client, 'c')];
    expect(host.client.remove('a')).toBe(true);
    for (const { log } of all.slice(0, 2)) {
      await log.until(({ reason }) => reason !== undefined);
      expect(log.reason?.code).toBe('directory_deleted');
    }
    await all[2]!.watch.close();
    await untilNothingIsOpen(client);
    expect(host.fileSystem.find('a')).toBeUndefined();
    expect(all[2]!.log.reason).toBeUndefined();
    await expectCleanEnd(client);
  });

  it('that goes while it is looked at is never told as watched', async () => {
    const client = await onWindows(['a/b']);
    const { host } = client;
    const parent = await watch(client, 'a');
    const { promise: looked, resolve } = Promise.withResolvers<void>();
    host.inject({ command: Command.QUERY_DIRECTORY, fault: answerAfter(looked) });
    const { log } = begin(client, 'a/b');
    await client.tree.stat('a/b');
    await client.tree.stat('a/b');
    host.client.rename('a/b', 'a/z');
    await log.untilCalled('ended');
    resolve();
    expect(log.reason?.code).toBe('directory_deleted');
    expect(log.calls).toEqual(['ended']);
    await parent.log.untilGone('b');
    await parent.watch.close();
    await expectCleanEnd(client);
  });
});
