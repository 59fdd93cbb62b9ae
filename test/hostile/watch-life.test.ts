import { describe, expect, it } from 'vitest';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { NotifyAction } from '../../src/smb/wire/notify-records.ts';
import { decodeChangeNotifyRequest } from '../../src/smb/wire/change-notify.ts';
import {
  answerAfter,
  answerWith,
  editBody,
  failWith,
  loseRequest,
  protect,
} from '../fake-server/faults.ts';
import type { Fault } from '../fake-server/faults.ts';
import type { FakeRequest } from '../fake-server/protocol.ts';
import { failure } from '../fake-server/replies.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { codeOf, converse, expectCleanEnd } from './conversation.ts';
import { raw, records, startWatching } from './watching.ts';
describe('a watch', () => {
  it('asks again before it looks at what came', async () => {
    const watching = await startWatching();
    const { server, notify, event } = watching;
    notify.operation.finish(raw(Buffer.alloc(5)));
    const again = await server.nextNotify();
    expect(again.open).toBe(notify.open);
    expect(await event()).toMatchObject({ reason: 'malformed' });
    await expectCleanEnd(watching);
  });

  it('never changes its mind about filter, depth and buffer', async () => {
    const watching = await startWatching({}, { recursive: true, bufferSize: 8192 });
    const { server } = watching;
    for (let i = 0; i < 4; i += 1) {
      server.fileSystem.writeFile(`dir/sub/${i}`);
      await server.nextNotify();
    }
    const asked = server.requests
      .filter(({ header }) => header.command === Command.CHANGE_NOTIFY)
      .map(({ message }) => ({ ...decodeChangeNotifyRequest(message), fileId: undefined }));
    expect(asked.length).toBeGreaterThanOrEqual(5);
    for (const request of asked) expect(request).toEqual(asked[0]);
    await expectCleanEnd(watching);
  });

  it('takes a smaller buffer when the server refuses a larger, on a fresh handle', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.inject({
      command: Command.CHANGE_NOTIFY,
      times: Infinity,
      when: ({ message }) => decodeChangeNotifyRequest(message).outputBufferLength > 4096,
      fault: failWith(Status.INVALID_PARAMETER),
    });
    const watch = tree.watch('');
    await watch.armed;
    expect((await server.nextNotify()).outputBufferLength).toBe(4096);
    expect(server.opens.size).toBe(1);
    await watch.close();
    await expectCleanEnd(parties);
  });

  it('with two requests at once is not misled by what is said of a handle given up', async () => {
    for (const late of ['ends', 'is pending'] as const) {
      const parties = await converse();
      const { server, tree } = parties;
      const tooLarge = ({ message }: FakeRequest): boolean =>
        decodeChangeNotifyRequest(message).outputBufferLength > 16_384;
      const refuse = failWith(Status.INVALID_PARAMETER);
      server.inject({ command: Command.CHANGE_NOTIFY, when: tooLarge, fault: refuse });
      const cleanUp = failWith(Status.NOTIFY_CLEANUP);
      const fault: Fault = (turn) => (late === 'ends' ? cleanUp(turn) : turn.answer());
      server.inject({ command: Command.CHANGE_NOTIFY, when: tooLarge, fault });
      // The new handle is not watched yet while the old one says that it is.
      let release = (): void => undefined;
      const moment = new Promise<void>((resolve) => {
        release = resolve;
      });
      server.inject({ command: Command.CREATE, skip: 1, fault: answerAfter(moment) });
      const watch = tree.watch('', { pipeline: 2 });
      let armed = false;
      void watch.armed.then(() => {
        armed = true;
      });
      await server.received(Command.CREATE);
      await server.received(Command.CREATE);
      for (let turn = 0; turn < 8; turn += 1) await new Promise(setImmediate);
      expect(armed).toBe(false);
      release();
      await watch.armed;
      server.fileSystem.writeFile('seen');
      const { value } = await watch[Symbol.asyncIterator]().next();
      expect(value).toMatchObject({ changes: [{ path: 'seen' }] });
      await watch.close();
      await expectCleanEnd(parties);
    }
  });

  it('of an impossible path gives its share back', async () => {
    const parties = await converse();
    const { server, session } = parties;
    expect(() => session.watch('data/a:b')).toThrow('in a name');
    expect(() => session.watch('nowhere/a:b')).toThrow('in a name');
    expect(() => session.watch('data', { filter: [] })).toThrow('at least one filter');
    await server.received(Command.TREE_DISCONNECT);
    expect(server.sessions.get(session.sessionId)?.trees.size).toBe(1);
    await expectCleanEnd(parties);
  });

  it('connects its share anew when the server has dropped it', async () => {
    const parties = await converse();
    const { server, session } = parties;
    // The server has forgotten to end this one.
    const zombie = session.watch('data');
    await zombie.armed;
    const dropped = failWith(Status.NETWORK_NAME_DELETED);
    server.inject({ command: Command.CREATE, fault: dropped });
    expect(await codeOf(session.watch('data').armed)).toBe('disconnected');
    const connected = (): number => server.sessions.get(session.sessionId)?.trees.size ?? 0;
    expect(connected()).toBe(2);
    const fresh = session.watch('data');
    await fresh.armed;
    expect(connected()).toBe(3);
    await zombie.close();
    await fresh.close();
    await expect.poll(connected).toBe(1);
    await expectCleanEnd(parties);
  });

  it('joins a rename whose halves come in two answers', async () => {
    const watching = await startWatching();
    const { server, notify, event } = watching;
    notify.operation.finish(records([NotifyAction.RENAMED_OLD_NAME, 'old']));
    (await server.nextNotify()).operation.finish(records([NotifyAction.RENAMED_NEW_NAME, 'new']));
    expect(await event()).toEqual({
      type: 'changes',
      changes: [{ action: 'renamed', path: 'new', oldPath: 'old' }],
    });
    await expectCleanEnd(watching);
  });

  it('takes half a rename for a removal when the rest does not come', async () => {
    const clock = new ManualClock();
    const watching = await startWatching({ client: { clock } });
    const { server, notify, event } = watching;
    notify.operation.finish(records([NotifyAction.RENAMED_OLD_NAME, 'old']));
    await server.nextNotify();
    clock.advance(1_000);
    expect(await event()).toMatchObject({ changes: [{ action: 'removed', path: 'old' }] });
    await expectCleanEnd(watching);
  });

  it('keeps what it has told apart from what may be missing', async () => {
    const watching = await startWatching();
    const { server, notify, event } = watching;
    notify.operation.finish(records([NotifyAction.RENAMED_OLD_NAME, 'old']));
    (await server.nextNotify()).operation.finish(failure(Status.NOTIFY_ENUM_DIR));
    expect(await event()).toMatchObject({ changes: [{ action: 'removed', path: 'old' }] });
    expect(await event()).toEqual({ type: 'rescan', reason: 'overflow' });
    await expectCleanEnd(watching);
  });

  it('collapses into a rescan when nobody listens for long', async () => {
    const watching = await startWatching({}, { bufferSize: 1_048_576 });
    const { server, event } = watching;
    let { notify } = watching;
    const many = Array.from({ length: 4_000 }, (_, i) => [3, `file-${i}`] as const);
    for (let i = 0; i < 3; i += 1) {
      notify.operation.finish(records(...many));
      notify = await server.nextNotify();
    }
    expect(await event()).toEqual({ type: 'rescan', reason: 'slow_consumer' });
    await expectCleanEnd(watching);
  });

  it('that the server forgot costs nothing and can be closed', async () => {
    const watching = await startWatching();
    const { server, tree, watch, notify } = watching;
    notify.operation.forget();
    server.fileSystem.writeFile('dir/unseen');
    expect(await codeOf(tree.stat('dir'))).toBe('succeeded');
    await watch.close();
    expect(server.opens.size).toBe(0);
    expect(await codeOf(watch[Symbol.asyncIterator]().next())).toBe('succeeded');
    // One answer is still owed; the connection closes all the same.
    await expectCleanEnd(watching);
  });

  it('whose request is never answered in any way ends with a timeout', async () => {
    const parties = await converse({ client: { timeoutMs: 100 } });
    const { server, tree } = parties;
    server.inject({ command: Command.CHANGE_NOTIFY, fault: loseRequest });
    const watch = tree.watch('');
    expect(await codeOf(watch.armed)).toBe('timeout');
    expect(await codeOf(watch[Symbol.asyncIterator]().next())).toBe('timeout');
    await server.received(Command.CANCEL);
    await server.received(Command.CLOSE);
    await expectCleanEnd(parties);
  });

  it('that is aborted while it opens leaves no handle behind', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const controller = new AbortController();
    const held = server.holdFrames();
    const watch = tree.watch('', { signal: controller.signal });
    await server.received(Command.CREATE);
    controller.abort();
    expect(await codeOf(watch.armed)).toBe('aborted');
    held.release();
    await server.received(Command.CLOSE);
    await expectCleanEnd(parties);
  });

  it('that is closed while it opens gives its share back', async () => {
    const parties = await converse();
    const { server, session } = parties;
    const held = server.holdFrames();
    const watch = session.watch('data');
    const closing = watch.close();
    held.release();
    await closing;
    expect(await codeOf(watch.armed)).toBe('closed');
    await server.received(Command.TREE_DISCONNECT);
    await expectCleanEnd(parties);
  });

  it('works on a server that answers at once, without an interim', async () => {
    const watching = await startWatching();
    const { server, event, notify } = watching;
    server.inject({
      command: Command.CHANGE_NOTIFY,
      fault: answerWith(records([NotifyAction.ADDED, 'at once'])),
    });
    notify.operation.finish(records([NotifyAction.ADDED, 'first']));
    expect(await event()).toMatchObject({ changes: [{ path: 'first' }] });
    expect(await event()).toMatchObject({ changes: [{ path: 'at once' }] });
    await expectCleanEnd(watching);
  });

  it('survives a second interim', async () => {
    const watching = await startWatching();
    const { server, event, notify } = watching;
    server.inject({
      command: Command.CHANGE_NOTIFY,
      fault: ({ answer }) => ({ ...answer(), copies: 3 }),
    });
    notify.operation.finish(records([NotifyAction.ADDED, 'first']));
    await event();
    await server.nextNotify();
    server.fileSystem.writeFile('dir/second');
    expect(await event()).toMatchObject({ changes: [{ path: 'second' }] });
    await watching.watch.close();
    expect(watching.connection.diagnostics().asyncSlots.pending).toBe(0);
    await expectCleanEnd(watching);
  });

  it('ends with the connection when the answer to its open makes no sense', async () => {
    const { server, tree } = await converse();
    server.inject({ command: Command.CREATE, fault: editBody((body) => body.subarray(0, 20)) });
    const watch = tree.watch('');
    expect(await codeOf(watch.armed)).toBe('protocol_error');
    expect(await codeOf(watch[Symbol.asyncIterator]().next())).toBe('protocol_error');
    server.inject({ command: Command.CREATE, fault: protect('wrong') });
    expect(await codeOf(tree.watch('').armed)).toMatch(/signature_invalid|decryption_failed/);
  });

  it('thousandfold on one connection ends with it, each with the reason', async () => {
    const { server, tree } = await converse();
    const watches = Array.from({ length: 1_000 }, () => tree.watch(''));
    await Promise.all(watches.map(({ armed }) => armed));
    server.hangUp();
    const codes = await Promise.all(
      watches.map((watch) => codeOf(watch[Symbol.asyncIterator]().next())),
    );
    expect(new Set(codes)).toEqual(new Set(['disconnected']));
  });

  it('is one of ten thousand on one connection, each with its own directory', async () => {
    const parties = await converse();
    const { connection, server, tree } = parties;
    const paths = Array.from({ length: 10_000 }, (_, i) => `dir-${i}`);
    for (const path of paths) server.fileSystem.mkdir(path);
    const watches = paths.map((path) => tree.watch(path));
    await Promise.all(watches.map(({ armed }) => armed));
    expect(connection.diagnostics().asyncSlots.pending).toBe(10_000);
    const notifies = Array.from({ length: 10_000 }, () => server.nextNotify());
    const finish = records([NotifyAction.ADDED, 'file']);
    for (const { operation } of await Promise.all(notifies)) operation.finish(finish);
    for (const watch of watches) {
      const { value } = await watch[Symbol.asyncIterator]().next();
      expect(value).toMatchObject({ changes: [{ action: 'added', path: 'file' }] });
    }
    const pending = (): number => connection.diagnostics().asyncSlots.pending;
    await expect.poll(pending, { timeout: 30_000 }).toBe(10_000);
    await expectCleanEnd(parties);
  }, 60_000);
});
