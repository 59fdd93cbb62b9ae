import { describe, expect, it } from 'vitest';
import { converse, codeOf, expectCleanEnd } from '../../../test/hostile/conversation.ts';
import type { Conversation, Setup } from '../../../test/hostile/conversation.ts';
import { records } from '../../../test/hostile/watching.ts';
import { failWith } from '../../../test/fake-server/faults.ts';
import { failure } from '../../../test/fake-server/replies.ts';
import { Status } from '../../smb/index.ts';
import { Command } from '../../smb/wire/header.ts';
import { NotifyAction } from '../../smb/wire/notify-records.ts';
import type { StorageChange, WatchListener } from '../storage.ts';
import { SmbStorage } from './smb-storage.ts';

interface Stored extends Conversation {
  readonly storage: SmbStorage;
}

/** On a server that is not known to report whole trees: each watch has its own handle. */
async function store(setup: Setup = {}): Promise<Stored> {
  const conversation = await converse(setup);
  const { session, tree } = conversation;
  session.serverKind = 'unknown';
  const storage = new SmbStorage({ watchTree: tree, bulkTree: () => Promise.resolve(tree) });
  return { ...conversation, storage };
}

async function join(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

/** Writes down what it hears; `heard` resolves at the first call of that name. */
function notes(): {
  listener: WatchListener;
  calls: string[];
  heard: (call: string) => Promise<void>;
} {
  const calls: string[] = [];
  const changes = (all: readonly StorageChange[]): string =>
    all.map(({ action, path, oldPath = '' }) => `${action} ${oldPath}>${path}`).join();
  const listener: WatchListener = {
    opened: () => calls.push('opened'),
    armed: () => calls.push('armed'),
    changed: (all) => calls.push(changes(all)),
    lost: (reason) => calls.push(`lost: ${reason}`),
    ended: ({ code }) => calls.push(`ended: ${code}`),
  };
  const heard = async (call: string): Promise<void> => {
    await expect.poll(() => calls).toContain(call);
  };
  return { listener, calls, heard };
}

describe('a share as a storage', () => {
  it('lists, looks, reads and writes below its root', async () => {
    const parties = await store();
    const { server, storage } = parties;
    const { id } = server.fileSystem.mkdir('dir/sub');
    expect(await storage.writeFile('dir/file', Buffer.from('some content'))).toBe(12);
    const names: string[] = [];
    for await (const page of storage.list('dir')) names.push(...page.map(({ name }) => name));
    expect(names.sort()).toEqual(['file', 'sub']);
    expect(await storage.stat('dir/file')).toMatchObject({ kind: 'file', size: 12 });
    expect(await storage.stat('dir/sub')).toMatchObject({ kind: 'directory', size: 0, fileId: id });
    const ranges = [
      { offset: 0, length: 4 },
      { offset: 5, length: 7 },
    ];
    const { size, chunks } = await storage.readRanges('dir/file', ranges);
    expect(size).toBe(12);
    expect(chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual(['some', 'content']);
    expect(await join(storage.readStream('dir/file'))).toBe('some content');
    expect(await join(storage.readStream('dir/file', { start: 5 }))).toBe('content');
    await expectCleanEnd(parties);
  });

  it('passes errors as they are, and overwrites only when it may', async () => {
    const parties = await store();
    const { server, storage } = parties;
    server.fileSystem.writeFile('file', 'old');
    const content = Buffer.from('new');
    const writing = storage.writeFile('file', content, { overwrite: false });
    expect(await codeOf(writing)).toBe('already_exists');
    expect(await join(storage.readStream('file'))).toBe('old');
    expect(await codeOf(storage.stat('nowhere'))).toBe('not_found');
    expect(await codeOf(join(storage.readStream('nowhere')))).toBe('not_found');
    const signal = AbortSignal.abort();
    expect(await codeOf(storage.stat('file', { signal }))).toBe('aborted');
    expect(await codeOf(storage.list('', { signal }).next())).toBe('aborted');
    await expectCleanEnd(parties);
  });

  it('closes a file whose reader leaves', async () => {
    const parties = await store();
    const { server, storage } = parties;
    server.fileSystem.writeFile('file', 'content');
    for await (const chunk of storage.readStream('file')) {
      expect(chunk.length).toBe(7);
      break;
    }
    expect(server.opens.size).toBe(0);
    await expectCleanEnd(parties);
  });

  it('takes another tree for everything but watches', async () => {
    const watching = await converse();
    const bulk = await converse();
    bulk.server.fileSystem.writeFile('file', 'content');
    const storage = new SmbStorage({
      watchTree: watching.tree,
      bulkTree: () => Promise.resolve(bulk.tree),
    });
    expect((await storage.stat('file')).size).toBe(7);
    const { listener, heard } = notes();
    storage.watch({ path: '', recursive: false }, listener);
    await heard('armed');
    expect(watching.server.opens.size).toBe(1);
    expect(bulk.server.opens.size).toBe(0);
    await expectCleanEnd(watching);
    await expectCleanEnd(bulk);
  });

  it('knows how completely a recursive watch reports', async () => {
    const parties = await store();
    const { session, storage } = parties;
    for (const kind of ['samba', 'unknown'] as const) {
      session.serverKind = kind;
      expect(storage.recursion).toBe('partial');
    }
    session.serverKind = 'windows';
    expect(storage.recursion).toBe('complete');
    await expectCleanEnd(parties);
  });
});

describe('a watch of a share', () => {
  it('tells of opening, arming, changes and losses', async () => {
    const parties = await store();
    const { server, storage } = parties;
    const { id } = server.fileSystem.mkdir('dir');
    const { listener, calls, heard } = notes();
    const watch = storage.watch({ path: 'dir', recursive: false }, listener);
    expect(watch.directoryId).toBeUndefined();
    await heard('armed');
    expect(watch.directoryId).toBe(id);
    (await server.nextNotify()).operation.finish(
      records(
        [NotifyAction.RENAMED_OLD_NAME, 'a'],
        [NotifyAction.RENAMED_NEW_NAME, 'b'],
        [NotifyAction.MODIFIED, 'b'],
      ),
    );
    await heard('renamed a>b,modified >b');
    (await server.nextNotify()).operation.finish(failure(Status.NOTIFY_ENUM_DIR));
    await heard('lost: overflow');
    await watch.close();
    await watch.close();
    expect(server.opens.size).toBe(0);
    expect(calls).toEqual(['opened', 'armed', 'renamed a>b,modified >b', 'lost: overflow']);
    await expectCleanEnd(parties);
  });

  it('tells why it ended, once, and not at all after it was closed', async () => {
    const parties = await store();
    const { server, storage } = parties;
    const first = notes();
    storage.watch({ path: '', recursive: true }, first.listener);
    await first.heard('armed');
    (await server.nextNotify()).operation.finish(failure(Status.NOTIFY_CLEANUP));
    await first.heard('ended: watch_ended');
    const second = notes();
    const watch = storage.watch({ path: '', recursive: true }, second.listener);
    await second.heard('armed');
    await watch.close();
    await expectCleanEnd(parties);
    expect(first.calls).toEqual(['opened', 'armed', 'ended: watch_ended']);
    expect(second.calls).toEqual(['opened', 'armed']);
  });

  it('never throws: what cannot be watched is told on a later tick', async () => {
    const parties = await store();
    const { server, storage } = parties;
    server.inject({
      command: Command.CHANGE_NOTIFY,
      fault: failWith(Status.INSUFFICIENT_RESOURCES),
    });
    for (const [path, code] of [
      ['', 'insufficient_resources'],
      ['a:b', 'invalid_path'],
      ['nowhere', 'not_found'],
    ] as const) {
      const { listener, calls, heard } = notes();
      const watch = storage.watch({ path, recursive: false }, listener);
      expect(calls).toEqual([]);
      await heard(`ended: ${code}`);
      await watch.close();
    }
    const { listener, calls, heard } = notes();
    storage.watch({ path: '', recursive: false, filter: [] }, listener);
    expect(calls).toEqual([]);
    await heard('ended: invalid_argument');
    const closed = notes();
    await storage.watch({ path: 'a:b', recursive: false }, closed.listener).close();
    await expectCleanEnd(parties);
    expect(closed.calls).toEqual([]);
  });

  it('ends with its share', async () => {
    const parties = await store();
    const { storage, tree } = parties;
    const { listener, calls, heard } = notes();
    storage.watch({ path: '', recursive: false }, listener);
    await heard('armed');
    await tree.close();
    expect(calls).toEqual(['opened', 'armed', 'ended: closed']);
    const late = notes();
    storage.watch({ path: '', recursive: false }, late.listener);
    expect(late.calls).toEqual([]);
    await late.heard('ended: closed');
    await expectCleanEnd(parties);
  });
});
