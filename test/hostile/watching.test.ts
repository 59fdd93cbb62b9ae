import { describe, expect, it } from 'vitest';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { encodeNotifyRecords, NotifyAction } from '../../src/smb/wire/notify-records.ts';
import { encodeOutputBufferResponse } from '../../src/smb/wire/output-buffer.ts';
import { failWith } from '../fake-server/faults.ts';
import type { Reply } from '../fake-server/protocol.ts';
import { failure, success } from '../fake-server/replies.ts';
import { codeOf, converse, expectCleanEnd } from './conversation.ts';
import { raw, records, startWatching } from './watching.ts';
describe('a watch that loses events', () => {
  const nothing = encodeOutputBufferResponse(Buffer.alloc(0));
  const overflows: Record<string, Reply> = {
    'with a status of its own': { status: Status.NOTIFY_ENUM_DIR, body: nothing },
    'with that status in an error body': failure(Status.NOTIFY_ENUM_DIR),
    'with a success that holds nothing': success(nothing),
    'with a success cut down to the fixed part': success(nothing.subarray(0, 8)),
    'because the server gave the request up': failure(Status.CANCELLED),
  };

  for (const [how, reply] of Object.entries(overflows)) {
    it(`says so, ${how}, and goes on`, async () => {
      const watching = await startWatching();
      const { server, event, notify } = watching;
      notify.operation.finish(reply);
      expect(await event()).toEqual({ type: 'rescan', reason: 'overflow' });
      await server.nextNotify();
      server.fileSystem.writeFile('dir/later');
      expect(await event()).toEqual({
        type: 'changes',
        changes: [{ action: 'added', path: 'later' }],
      });
      await watching.watch.close();
      await expectCleanEnd(watching);
    });
  }

  it('says so when more happens than the server keeps', async () => {
    const watching = await startWatching({}, { bufferSize: 4096 });
    const { server, event } = watching;
    const held = server.holdFrames();
    for (let i = 0; i < 500; i += 1) server.fileSystem.writeFile(`dir/file-${i}`);
    held.release();
    expect(await event()).toMatchObject({ type: 'changes' });
    expect(await event()).toEqual({ type: 'rescan', reason: 'overflow' });
    await expectCleanEnd(watching);
  });

  it('says it once while nobody listens', async () => {
    const watching = await startWatching();
    const { server, event } = watching;
    let { notify } = watching;
    for (let i = 0; i < 5; i += 1) {
      notify.operation.finish(failure(Status.NOTIFY_ENUM_DIR));
      notify = await server.nextNotify();
    }
    notify.operation.finish(records([NotifyAction.ADDED, 'x']));
    await server.nextNotify();
    expect(await event()).toEqual({ type: 'rescan', reason: 'overflow' });
    expect(await event()).toMatchObject({ type: 'changes' });
    await expectCleanEnd(watching);
  });
});

describe('notify records that make no sense', () => {
  const malformed: Record<string, Buffer> = {
    'cut off': encodeNotifyRecords([{ action: 1, name: 'name' }]).subarray(0, 14),
    'too short for one': Buffer.alloc(7),
    'with a name of odd length': Buffer.from('0000000001000000030000006100620000000000', 'hex'),
    'that lead outside': Buffer.from('4000000001000000020000006100', 'hex'),
    'that lead in a circle': Buffer.from('0400000001000000020000006100', 'hex'),
    'that climb out': encodeNotifyRecords([{ action: 1, name: '..\\x' }]),
    'from below': encodeNotifyRecords([{ action: 1, name: 'sub\\x' }]),
    'with an absolute name': encodeNotifyRecords([{ action: 1, name: '\\x' }]),
    'with an action nobody knows': encodeNotifyRecords([{ action: 77, name: 'x' }]),
  };

  for (const [how, bytes] of Object.entries(malformed)) {
    it(`become a rescan: ${how}`, async () => {
      const watching = await startWatching();
      const { server, event, notify } = watching;
      notify.operation.finish(raw(bytes));
      expect(await event()).toEqual({ type: 'rescan', reason: 'malformed' });
      await server.nextNotify();
      server.fileSystem.writeFile('dir/later');
      expect(await event()).toMatchObject({ changes: [{ action: 'added', path: 'later' }] });
      await expectCleanEnd(watching);
    });
  }

  it('become a rescan when the answer has no buffer where it says', async () => {
    const watching = await startWatching();
    const body = encodeOutputBufferResponse(Buffer.alloc(20));
    body.writeUInt32LE(4000, 4);
    watching.notify.operation.finish(success(body));
    expect(await watching.event()).toEqual({ type: 'rescan', reason: 'malformed' });
    await expectCleanEnd(watching);
  });

  it('may be about the directory itself, and about streams', async () => {
    const watching = await startWatching();
    watching.notify.operation.finish(
      records([NotifyAction.MODIFIED, ''], [NotifyAction.ADDED_STREAM, 'file:note:$DATA']),
    );
    expect(await watching.event()).toEqual({
      type: 'changes',
      changes: [
        { action: 'modified', path: '' },
        { action: 'modified', path: 'file' },
      ],
    });
    await expectCleanEnd(watching);
  });
});

describe('a watch that the server ends', () => {
  const endings: readonly (readonly [number, string])[] = [
    [Status.NOTIFY_CLEANUP, 'watch_ended'],
    [Status.DELETE_PENDING, 'directory_deleted'],
    [Status.INSUFFICIENT_RESOURCES, 'insufficient_resources'],
    [Status.NOT_SUPPORTED, 'notify_unsupported'],
    [Status.NOT_IMPLEMENTED, 'notify_unsupported'],
    [Status.INVALID_DEVICE_REQUEST, 'notify_unsupported'],
    [Status.ACCESS_DENIED, 'access_denied'],
    [Status.FILE_CLOSED, 'closed'],
    [Status.NETWORK_NAME_DELETED, 'disconnected'],
    [Status.VOLUME_DISMOUNTED, 'disconnected'],
    [Status.INTERNAL_ERROR, 'io_error'],
    [0xc0ffee00, 'io_error'],
  ];

  for (const [status, code] of endings) {
    it(`with ${code} (0x${status.toString(16)}) tells so once and leaves no handle`, async () => {
      const watching = await startWatching();
      const { server, watch, notify } = watching;
      notify.operation.finish(failure(status));
      const iterator = watch[Symbol.asyncIterator]();
      expect(await codeOf(iterator.next())).toBe(code);
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
      // The server of this test does not know that it has closed the handle.
      if (status === Status.NOTIFY_CLEANUP) server.closeHandles();
      await expectCleanEnd(watching);
    });

    it(`with ${code} (0x${status.toString(16)}) at once never arms`, async () => {
      const parties = await converse();
      parties.server.inject({
        command: Command.CHANGE_NOTIFY,
        times: Infinity,
        fault: failWith(status),
      });
      const watch = parties.tree.watch('');
      expect(await codeOf(watch.armed)).toBe(code);
      expect(await codeOf(watch[Symbol.asyncIterator]().next())).toBe(code);
      if (status === Status.NOTIFY_CLEANUP) parties.server.closeHandles();
      await expectCleanEnd(parties);
    });
  }

  it('because the directory is deleted closes its handle, so that it can go', async () => {
    const watching = await startWatching();
    const { server, tree, watch } = watching;
    server.fileSystem.remove('dir/sub');
    const iterator = watch[Symbol.asyncIterator]();
    await iterator.next();
    await tree.removeDirectory('dir');
    expect(await codeOf(iterator.next())).toBe('directory_deleted');
    await server.received(Command.CLOSE);
    await expectCleanEnd(watching);
    expect(server.fileSystem.find('dir')).toBeUndefined();
  });

  it('for want of room tells the connection how many there may be', async () => {
    const parties = await converse({ server: { asyncSlots: 3 } });
    const { connection, tree } = parties;
    const watches = Array.from({ length: 5 }, () => tree.watch(''));
    const codes = await Promise.all(watches.map(({ armed }) => codeOf(armed)));
    expect(codes.filter((code) => code === 'succeeded')).toHaveLength(3);
    expect(codes.filter((code) => code === 'insufficient_resources')).toHaveLength(2);
    expect(connection.diagnostics().asyncSlots).toEqual({ pending: 3, limit: 3 });
    expect(await codeOf(tree.watch('').armed)).toBe('insufficient_resources');
    await watches[0]!.close();
    await Promise.all(watches.map((watch) => watch.close()));
    await expectCleanEnd(parties);
  });

  it('because its path is none tells what is there instead', async () => {
    const parties = await converse();
    parties.server.fileSystem.writeFile('file');
    expect(await codeOf(parties.tree.watch('nowhere').armed)).toBe('not_found');
    expect(await codeOf(parties.tree.watch('file').armed)).toBe('not_a_directory');
    await expectCleanEnd(parties);
  });
});
