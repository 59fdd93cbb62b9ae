import { describe, expect, it } from 'vitest';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { answerAfter, failWith } from '../fake-server/faults.ts';
import type { Fault } from '../fake-server/faults.ts';
import { codeOf, converse, expectCleanEnd } from './conversation.ts';

/** Something that happens when the test says so. */
function moment(): { readonly come: Promise<void>; readonly now: () => void } {
  let now = (): void => undefined;
  const come = new Promise<void>((resolve) => {
    now = resolve;
  });
  return { come, now };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise(setImmediate);
}

describe('what was given up', () => {
  it('while a share was being connected is disconnected again', async () => {
    const parties = await converse();
    const { server, session } = parties;
    const { come, now } = moment();
    server.inject({ command: Command.TREE_CONNECT, fault: answerAfter(come) });
    const controller = new AbortController();
    await server.received(Command.TREE_CONNECT);
    const connecting = codeOf(session.connectTree('data', { signal: controller.signal }));
    await server.received(Command.TREE_CONNECT);
    controller.abort();
    expect(await connecting).toBe('aborted');
    expect(server.sessions.get(session.sessionId)?.trees.size).toBe(2);
    now();
    await server.received(Command.TREE_DISCONNECT);
    expect(server.sessions.get(session.sessionId)?.trees.size).toBe(1);
    await expectCleanEnd(parties);
  });

  it('as a compound leaves no handle, also when its own CLOSE fails', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const { come, now } = moment();
    server.inject({ command: Command.CREATE, fault: answerAfter(come) });
    server.inject({ command: Command.CLOSE, fault: failWith(Status.INTERNAL_ERROR) });
    const controller = new AbortController();
    const looking = codeOf(tree.stat('', { signal: controller.signal }));
    await server.received(Command.CREATE);
    controller.abort();
    expect(await looking).toBe('aborted');
    now();
    await server.received(Command.CLOSE);
    await server.received(Command.CLOSE);
    expect(server.opens.size).toBe(0);
    await expectCleanEnd(parties);
  });

  it('is cancelled, but not the closing of its handle', async () => {
    const parties = await converse({ server: { compoundAnswers: 'apart' } });
    const { server, tree } = parties;
    const slowly: Fault = ({ request }) => server.startAsync(request).interim;
    server.inject({ command: Command.QUERY_DIRECTORY, times: 2, fault: slowly });
    server.inject({ command: Command.CLOSE, fault: slowly });
    const controller = new AbortController();
    const listing = codeOf(tree.list('', { signal: controller.signal }).next());
    const { header } = await server.received(Command.CLOSE);
    await settle();
    controller.abort();
    expect(await listing).toBe('aborted');
    await server.received(Command.CANCEL);
    await server.received(Command.CANCEL);
    await settle();
    const cancelled = server.requests.filter((one) => one.header.command === Command.CANCEL);
    expect(cancelled.map((one) => one.header.messageId)).not.toContain(header.messageId);
    expect(cancelled).toHaveLength(2);
    await parties.connection.close();
    expect(server.violations).toEqual([]);
  });

  it('while a watch was being opened leaves no handle', async () => {
    const parties = await converse({ client: { timeoutMs: 100 } });
    const { server, tree } = parties;
    const { come, now } = moment();
    server.inject({ command: Command.CREATE, fault: answerAfter(come) });
    expect(await codeOf(tree.watch('').armed)).toBe('timeout');
    expect(server.opens.size).toBe(1);
    now();
    await server.received(Command.CLOSE);
    expect(server.opens.size).toBe(0);
    await expectCleanEnd(parties);
  });
});

describe('a share that is being disconnected', () => {
  it('ends what has not been sent yet, and sends nothing more', async () => {
    const parties = await converse();
    const { server, session, tree } = parties;
    const other = await session.connectTree('data');
    const waiting = Array.from({ length: 2_000 }, () => codeOf(tree.stat('')));
    const elsewhere = codeOf(other.stat(''));
    await tree.close();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['closed', 'succeeded']));
    expect(await elsewhere).toBe('succeeded');
    const last = server.requests.length;
    const watch = tree.watch('');
    expect(await codeOf(watch.armed)).toBe('closed');
    expect(await codeOf(watch[Symbol.asyncIterator]().next())).toBe('closed');
    expect(await codeOf(tree.open('file'))).toBe('closed');
    expect(server.requests).toHaveLength(last);
    await expectCleanEnd(parties);
  });
});
