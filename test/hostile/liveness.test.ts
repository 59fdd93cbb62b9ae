import { describe, expect, it } from 'vitest';
import { SMB_DEFAULTS } from '../../src/smb/defaults.ts';
import { Status } from '../../src/smb/status.ts';
import { Command, HeaderFlag } from '../../src/smb/wire/header.ts';
import { answerAfter, failWith, loseRequest } from '../fake-server/faults.ts';
import { grantUpTo } from '../fake-server/options.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { codeOf, converse, expectCleanEnd, expectEnded } from './conversation.ts';
import type { Conversation } from './conversation.ts';

const { echoAfterMs, echoTimeoutMs, requestTimeoutMs } = SMB_DEFAULTS;

async function converseByClock(): Promise<Conversation & { clock: ManualClock }> {
  const clock = new ManualClock();
  return { ...(await converse({ client: { clock } })), clock };
}

/** An ECHO is on its way when this resolves; a moment later its answer is back. */
async function passEcho({ server, clock }: { server: Conversation['server']; clock: ManualClock }) {
  const echo = server.received(Command.ECHO);
  clock.advance(echoAfterMs + 1);
  await echo;
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

describe('a silent server', () => {
  it('is asked whether it lives, and lives on when it answers', async () => {
    const parties = await converseByClock();
    const { connection, tree } = parties;
    for (let i = 0; i < 5; i += 1) await passEcho(parties);
    expect(connection.diagnostics().state).toBe('open');
    expect(await codeOf(tree.stat(''))).toBe('succeeded');
    await expectCleanEnd(parties);
  });

  it('lives also when it answers with an error', async () => {
    const parties = await converseByClock();
    const { connection, server } = parties;
    server.inject({ command: Command.ECHO, fault: failWith(Status.NETWORK_SESSION_EXPIRED) });
    await passEcho(parties);
    await passEcho(parties);
    expect(connection.diagnostics().state).toBe('open');
    await expectCleanEnd(parties);
  });

  it('is forgiven one ECHO that it does not answer', async () => {
    const parties = await converseByClock();
    const { clock, connection, server, tree } = parties;
    server.inject({ command: Command.ECHO, fault: loseRequest });
    await passEcho(parties);
    clock.advance(echoTimeoutMs + 1);
    expect(connection.diagnostics().state).toBe('open');
    expect(await codeOf(tree.stat(''))).toBe('succeeded');
    clock.advance(echoTimeoutMs - 10);
    expect(connection.diagnostics().state).toBe('open');
    await parties.connection.close();
  });

  it('is dead after two, for all who wait', async () => {
    const parties = await converseByClock();
    const { clock, connection, server, tree } = parties;
    server.inject({ times: Infinity, fault: loseRequest });
    const watch = tree.watch('');
    const waiting = codeOf(tree.stat(''));
    await passEcho(parties);
    clock.advance(echoTimeoutMs + 1);
    clock.advance(echoTimeoutMs + 1);
    await expectEnded(connection, 'disconnected');
    expect(await waiting).toBe('disconnected');
    expect(await codeOf(watch.armed)).toBe('disconnected');
    await server.disconnected;
  });

  it('is not blamed for our own sleep', async () => {
    const parties = await converseByClock();
    const { clock, connection, tree } = parties;
    clock.sleep(8 * 60 * 60 * 1000);
    expect(connection.diagnostics().state).toBe('open');
    expect(await codeOf(tree.stat(''))).toBe('succeeded');
    await expectCleanEnd(parties);
  });

  it('is not blamed for it when an ECHO was unanswered already', async () => {
    const parties = await converseByClock();
    const { clock, connection, server, tree } = parties;
    server.inject({ command: Command.ECHO, times: 2, fault: loseRequest });
    await passEcho(parties);
    clock.advance(echoTimeoutMs + 1);
    clock.sleep(8 * 60 * 60 * 1000);
    expect(connection.diagnostics().state).toBe('open');
    expect(await codeOf(tree.stat(''))).toBe('succeeded');
    await connection.close();
  });
});

describe('an ECHO', () => {
  it('is sent a second time before the link counts as dead, whether the first was lost or not', async () => {
    const parties = await converseByClock();
    const { clock, connection, server } = parties;
    const echoes = (): number =>
      server.requests.filter(({ header }) => header.command === Command.ECHO).length;
    server.inject({ command: Command.ECHO, fault: loseRequest });
    await passEcho(parties);
    clock.advance(echoTimeoutMs);
    await server.received(Command.ECHO);
    expect(echoes()).toBe(2);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    clock.advance(echoTimeoutMs);
    expect(connection.diagnostics()).toMatchObject({ state: 'open' });
    await connection.close();
    expect(server.violations).toEqual([]);
  });

  it('has a credit left when slow requests hold all that they may', async () => {
    const parties = await converseByClock();
    const { connection, server, tree } = parties;
    server.inject({ command: Command.CREATE, times: Infinity, fault: loseRequest });
    const slow = Array.from({ length: 2_000 }, () => codeOf(tree.stat('')));
    await server.received(Command.CREATE);
    const { available, waiting } = connection.diagnostics().credits;
    expect(waiting).toBeGreaterThan(0);
    expect(available).toBeLessThanOrEqual(SMB_DEFAULTS.creditReserve + 2);
    for (let i = 0; i < 5; i += 1) await passEcho(parties);
    expect(connection.diagnostics().state).toBe('open');
    await connection.close();
    expect(new Set(await Promise.all(slow))).toEqual(new Set(['closed']));
    expect(server.violations).toEqual([]);
  });

  it('that cannot be sent, for want of credits, proves nothing', async () => {
    const clock = new ManualClock();
    const parties = await converse({ client: { clock }, server: { grant: grantUpTo(1) } });
    const { connection, server, tree } = parties;
    let release = (): void => undefined;
    const moment = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.inject({ command: Command.CREATE, fault: answerAfter(moment) });
    const slow = codeOf(tree.stat(''));
    await server.received(Command.CREATE);
    clock.advance(requestTimeoutMs - 1_000);
    expect(connection.diagnostics()).toMatchObject({ state: 'open', credits: { available: 0 } });
    release();
    expect(await slow).toBe('succeeded');
    await server.received(Command.ECHO);
    expect(await codeOf(tree.stat(''))).toBe('succeeded');
    await expectCleanEnd(parties);
  });

  it('that cannot be sent for so long that every request is overdue is the end', async () => {
    const clock = new ManualClock();
    const parties = await converse({ client: { clock }, server: { grant: grantUpTo(1) } });
    const { connection, server, tree } = parties;
    server.inject({ command: Command.CREATE, fault: loseRequest });
    const slow = codeOf(tree.stat(''));
    await server.received(Command.CREATE);
    clock.advance(requestTimeoutMs);
    await expectEnded(connection, 'disconnected');
    expect(await slow).toBe('disconnected');
    await server.disconnected;
  });
});

describe('a request', () => {
  it('that is not answered in time fails alone, and is cancelled', async () => {
    const parties = await converseByClock();
    const { clock, connection, server, tree } = parties;
    server.inject({ command: Command.CREATE, fault: loseRequest });
    const late = codeOf(tree.stat('slow'));
    await server.received(Command.CREATE);
    for (let waited = 0; waited <= requestTimeoutMs + 1_000; waited += 4_000) {
      clock.advance(4_000);
      await codeOf(tree.stat(''));
    }
    expect(await late).toBe('timeout');
    const cancel = await server.received(Command.CANCEL);
    expect(cancel.header.flags & HeaderFlag.ASYNC).toBe(0);
    expect(connection.diagnostics().state).toBe('open');
    await connection.close();
    expect(server.violations).toEqual([]);
  });

  it('that is answered too late leaves nothing behind', async () => {
    const parties = await converse({ client: { timeoutMs: 100 } });
    const { connection, server, tree } = parties;
    server.fileSystem.writeFile('file');
    let release = (): void => undefined;
    const moment = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.inject({ command: Command.CREATE, fault: answerAfter(moment) });
    expect(await codeOf(tree.open('file'))).toBe('timeout');
    expect(server.opens.size).toBe(1);
    expect(connection.diagnostics().outstanding).toMatchObject([
      { command: 'CREATE', abandoned: true },
    ]);
    release();
    await server.received(Command.CLOSE);
    expect(server.opens.size).toBe(0);
    await tree.stat('');
    expect(connection.diagnostics().outstanding).toEqual([]);
    await expectCleanEnd(parties);
  });

  it('that is aborted is cancelled by its async id when it has one', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.fileSystem.writeFile('file');
    const controller = new AbortController();
    server.inject({
      command: Command.CREATE,
      fault: ({ request }) => server.startAsync(request).interim,
    });
    const opening = codeOf(tree.open('file', { signal: controller.signal }));
    await server.received(Command.CREATE);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    controller.abort();
    expect(await opening).toBe('aborted');
    const { header } = await server.received(Command.CANCEL);
    expect(header.flags & HeaderFlag.ASYNC).not.toBe(0);
    expect(header.asyncId).toBe(1n);
    expect(header.messageId).toBeGreaterThan(0);
    await expectCleanEnd(parties);
  });

  it('that was aborted before it began is never sent', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const before = server.requests.length;
    expect(await codeOf(tree.open('file', { signal: AbortSignal.abort() }))).toBe('aborted');
    expect(server.requests).toHaveLength(before);
    await expectCleanEnd(parties);
  });

  it('may take for ever once the server has said that it will take a while, if it is a notify', async () => {
    const parties = await converseByClock();
    const { connection, server, tree } = parties;
    const watch = tree.watch('');
    await watch.armed;
    for (let waited = 0; waited < 3 * requestTimeoutMs; waited += echoAfterMs)
      await passEcho(parties);
    server.fileSystem.writeFile('file');
    const { value } = await watch[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ changes: [{ path: 'file' }] });
    expect(connection.diagnostics().state).toBe('open');
    await watch.close();
    await expectCleanEnd(parties);
  });
});
