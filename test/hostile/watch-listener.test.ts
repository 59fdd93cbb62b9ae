import { afterEach, describe, expect, it } from 'vitest';
import type { SmbError, WatchEvent, WatchListener } from '../../src/smb/index.ts';
import { SMB_DEFAULTS } from '../../src/smb/defaults.ts';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { NotifyAction } from '../../src/smb/wire/notify-records.ts';
import { editBody, failWith } from '../fake-server/faults.ts';
import { FAKE_VOLUME_ID } from '../fake-server/open-handlers.ts';
import { failure } from '../fake-server/replies.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { codeOf, converse, expectCleanEnd } from './conversation.ts';
import { records } from './watching.ts';

/** Notes down what it is called with. */
class Notes implements WatchListener {
  readonly calls: string[] = [];
  readonly events: WatchEvent[] = [];
  #heard = Promise.withResolvers<void>();

  /** Resolves with the calls so far when one of them is this. */
  async until(call: string): Promise<string[]> {
    while (!this.calls.includes(call)) {
      await this.#heard.promise;
      this.#heard = Promise.withResolvers();
    }
    return this.calls;
  }

  opened(): void {
    this.#note('opened');
  }

  armed(): void {
    this.#note('armed');
  }

  event(event: WatchEvent): void {
    this.events.push(event);
    this.#note(event.type);
  }

  ended({ code }: SmbError): void {
    this.#note(`ended: ${code}`);
  }

  #note(call: string): void {
    this.calls.push(call);
    this.#heard.resolve();
  }
}

describe('the listener of a watch', () => {
  it('is called in the order of things, until it is closed', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const notes = new Notes();
    const watch = tree.watch('', { listener: notes });
    expect(notes.calls).toEqual([]);
    expect(await notes.until('armed')).toEqual(['opened', 'armed']);
    server.fileSystem.writeFile('file');
    await notes.until('changes');
    expect(notes.events).toEqual([
      { type: 'changes', changes: [{ action: 'added', path: 'file' }] },
    ]);
    await server.nextNotify();
    (await server.nextNotify()).operation.finish(failure(Status.NOTIFY_ENUM_DIR));
    await notes.until('rescan');
    await watch.armed;
    await watch.close();
    await expectCleanEnd(parties);
    expect(notes.calls).toEqual(['opened', 'armed', 'changes', 'rescan']);
  });

  it('leaves nothing to iterate over', async () => {
    const parties = await converse();
    const watch = parties.tree.watch('', { listener: new Notes() });
    expect(() => watch[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }) as Error,
    );
    await expectCleanEnd(parties);
  });

  it('hears of every end, as the last thing', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.fileSystem.mkdir('dir');
    const notes = new Notes();
    tree.watch('dir', { listener: notes });
    await notes.until('armed');
    const half = records([NotifyAction.RENAMED_OLD_NAME, 'old']);
    (await server.nextNotify()).operation.finish(half);
    (await server.nextNotify()).operation.finish(failure(Status.DELETE_PENDING));
    const calls = await notes.until('ended: directory_deleted');
    expect(calls).toEqual(['opened', 'armed', 'changes', 'ended: directory_deleted']);
    expect(notes.events).toMatchObject([{ changes: [{ action: 'removed', path: 'old' }] }]);
    await expectCleanEnd(parties);
  });

  it('hears that there is no such directory, that it was aborted, that its share is gone', async () => {
    const parties = await converse();
    const { session, tree } = parties;
    const [missing, aborted, closed, late] = [new Notes(), new Notes(), new Notes(), new Notes()];
    tree.watch('nowhere', { listener: missing });
    expect(await missing.until('ended: not_found')).toEqual(['ended: not_found']);
    const controller = new AbortController();
    tree.watch('', { listener: aborted, signal: controller.signal });
    await aborted.until('armed');
    controller.abort();
    await aborted.until('ended: aborted');
    const other = await session.connectTree('data');
    other.watch('', { listener: closed });
    await closed.until('armed');
    await other.close();
    await closed.until('ended: closed');
    other.watch('', { listener: late });
    expect(late.calls).toEqual([]);
    expect(await late.until('ended: closed')).toEqual(['ended: closed']);
    await expectCleanEnd(parties);
  });

  it('may close the watch from within any call', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    for (const last of ['opened', 'armed', 'changes'] as const) {
      const notes = new Notes();
      const closed = Promise.withResolvers<void>();
      const closing = (call: string): void => {
        if (call === last) watch.close().then(closed.resolve, closed.reject);
      };
      const watch = tree.watch('', {
        pipeline: 2,
        listener: {
          opened() {
            notes.opened();
            closing('opened');
          },
          armed() {
            notes.armed();
            closing('armed');
          },
          event(event) {
            notes.event(event);
            closing(event.type);
          },
          ended: (reason) => notes.ended(reason),
        },
      });
      await notes.until(last === 'changes' ? 'armed' : last);
      if (last === 'changes') server.fileSystem.writeFile('file');
      await closed.promise;
      expect(notes.calls.at(-1)).toBe(last);
      expect(server.opens.size).toBe(0);
    }
    await expectCleanEnd(parties);
  });

  it('is told of opening once, also when a smaller buffer takes another handle', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const refuse = failWith(Status.INVALID_PARAMETER);
    server.inject({ command: Command.CHANGE_NOTIFY, fault: refuse });
    const notes = new Notes();
    tree.watch('', { listener: notes });
    expect(await notes.until('armed')).toEqual(['opened', 'armed']);
    await expectCleanEnd(parties);
  });

  it('hears nothing while a server that called itself armed is still at it', async () => {
    const clock = new ManualClock();
    const parties = await converse({ client: { clock } });
    const { server, session, tree } = parties;
    session.serverKind = 'samba';
    const notes = new Notes();
    tree.watch('', { listener: notes });
    const early = await server.nextNotify();
    early.operation.finish(records([NotifyAction.ADDED, 'early']));
    const next = await server.nextNotify();
    expect(notes.calls).toEqual(['opened']);
    clock.advance(SMB_DEFAULTS.sambaSettleMs);
    next.operation.finish(records([NotifyAction.ADDED, 'late']));
    expect(await notes.until('changes')).toEqual(['opened', 'armed', 'changes']);
    expect(notes.events).toMatchObject([{ changes: [{ path: 'late' }] }]);
    await expectCleanEnd(parties);
  });
});

describe('what a listener throws', () => {
  const thrown: unknown[] = [];
  const others = process.listeners('uncaughtException');

  afterEach(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
  });

  it('is an uncaught exception of its own and harms no connection', async () => {
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error));
    const parties = await converse();
    const notes = new Notes();
    const bug = new Error('a bug');
    const watch = parties.tree.watch('', {
      listener: {
        opened: () => {
          throw bug;
        },
        event: (event) => notes.event(event),
        ended: (reason) => notes.ended(reason),
      },
    });
    await watch.armed;
    expect(thrown).toEqual([bug]);
    parties.server.fileSystem.writeFile('file');
    await notes.until('changes');
    await expectCleanEnd(parties);
  });
});

describe('a watch', () => {
  it('knows which directory it has open', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const { id } = server.fileSystem.mkdir('dir');
    const watch = tree.watch('dir');
    expect(watch.directoryId).toBeUndefined();
    await watch.armed;
    expect(watch.directoryId).toEqual({ file: id, volume: FAKE_VOLUME_ID });
    expect((await tree.stat('dir')).fileId).toBe(id);
    await expectCleanEnd(parties);
  });

  it('does without on servers that do not say', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.inject({
      command: Command.CREATE,
      // No contexts: neither their place nor their length.
      fault: editBody((body) => body.fill(0, 80, 88).subarray(0, 88)),
    });
    const watch = tree.watch('');
    await watch.armed;
    expect(watch.directoryId).toBeUndefined();
    await expectCleanEnd(parties);
  });

  it('tells whoever asks late whether it was armed, and why it is not', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const watch = tree.watch('');
    await server.nextNotify();
    await tree.stat('');
    expect(await codeOf(watch.armed)).toBe('succeeded');
    await watch.close();
    expect(await codeOf(watch.armed)).toBe('succeeded');
    const lost = tree.watch('nowhere');
    await server.received(Command.CREATE);
    await tree.stat('');
    expect(await codeOf(lost.armed)).toBe('not_found');
    expect(await codeOf(lost[Symbol.asyncIterator]().next())).toBe('not_found');
    await expectCleanEnd(parties);
  });
});
