import { describe, expect, it } from 'vitest';
import { ntlmProvider } from '../../src/smb/index.ts';
import type { AuthProvider } from '../../src/smb/index.ts';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { SessionFlag } from '../../src/smb/wire/session-setup.ts';
import { editBody, failWith, loseRequest } from '../fake-server/faults.ts';
import type { Fault } from '../fake-server/faults.ts';
import { failure } from '../fake-server/replies.ts';
import { codeOf, converse, expectCleanEnd, expectEnded } from './conversation.ts';
import type { Conversation } from './conversation.ts';

const logonsSeen = ({ server }: Conversation): number =>
  server.requests.filter(({ header }) => header.command === Command.SESSION_SETUP).length;

const RANGE = { offset: 0, length: 4 };

async function settleClosings({ server }: Conversation): Promise<void> {
  await expect.poll(() => server.opens.size).toBe(0);
}

/** NTLM whose second run never comes to anything. */
function stuckAtRenewal(): AuthProvider {
  const ntlm = ntlmProvider({ username: 'alice', password: 'secret' });
  let runs = 0;
  return {
    name: 'stuck',
    oid: ntlm.oid,
    begin: (target) => {
      runs += 1;
      const exchange = ntlm.begin(target);
      if (runs > 1) exchange.step = () => new Promise(() => undefined);
      return exchange;
    },
  };
}

describe('what waits for a renewal', () => {
  it('can be aborted', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.inject({ command: Command.SESSION_SETUP, fault: loseRequest });
    server.expireSessions();
    const first = new AbortController();
    const second = new AbortController();
    const noticing = codeOf(tree.stat('', { signal: first.signal }));
    await server.received(Command.SESSION_SETUP);
    await server.received(Command.SESSION_SETUP);
    await server.received(Command.SESSION_SETUP);
    const waiting = codeOf(tree.stat('', { signal: second.signal }));
    first.abort();
    second.abort();
    expect(await noticing).toBe('aborted');
    expect(await waiting).toBe('aborted');
    await parties.connection.close();
  });

  it('is over with its connection when nobody answers: half a logon cannot be begun anew', async () => {
    const parties = await converse({ client: { timeoutMs: 100 } });
    const { server, tree, connection } = parties;
    server.inject({ command: Command.SESSION_SETUP, fault: loseRequest });
    server.expireSessions();
    expect(await codeOf(tree.stat(''))).toBe('timeout');
    await expectEnded(connection, 'timeout');
  });

  it('ends by its time-out', async () => {
    const parties = await converse({
      client: { timeoutMs: 100 },
      credentials: { provider: stuckAtRenewal() },
    });
    parties.server.expireSessions();
    expect(await codeOf(parties.tree.stat(''))).toBe('timeout');
    expect(await codeOf(parties.tree.stat(''))).toBe('timeout');
    await parties.connection.close();
  });

  it('ends with the connection', async () => {
    const parties = await converse({ credentials: { provider: stuckAtRenewal() } });
    const { connection, server, session, tree } = parties;
    server.expireSessions();
    const noticing = codeOf(tree.stat(''));
    await server.received(Command.CREATE);
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    const waiting = codeOf(tree.stat(''));
    const renewal = codeOf(session.renew());
    server.hangUp();
    expect(await noticing).toBe('disconnected');
    expect(await waiting).toBe('disconnected');
    expect(await renewal).toBe('disconnected');
    await expectEnded(connection, 'disconnected');
  });

  it('does not keep anything from being closed', async () => {
    const closeTimeoutMs = 50;
    const credentials = { provider: stuckAtRenewal() };
    const parties = await converse({ client: { closeTimeoutMs }, credentials });
    const { server, session, tree } = parties;
    server.fileSystem.writeFile('file');
    const watch = tree.watch('');
    await watch.armed;
    const file = await tree.open('file');
    server.expireSessions();
    const waiting = codeOf(tree.stat(''));
    await server.received(Command.CREATE);
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    await watch.close();
    await file.close();
    await tree.close();
    await session.close();
    expect(await waiting).toBe('closed');
    await expectCleanEnd(parties);
  });
});

describe('a session that expires in the midst of a compound', () => {
  it('is renewed, and what was left is done', async () => {
    for (const [command, use] of [
      [Command.QUERY_DIRECTORY, ({ tree }: Conversation) => tree.list('').next()],
      [Command.SET_INFO, ({ tree }: Conversation) => tree.rename('file', 'moved')],
      [Command.READ, ({ tree }: Conversation) => tree.readRanges('file', [RANGE])],
    ] as const) {
      const parties = await converse();
      const { server, session } = parties;
      server.fileSystem.writeFile('file', 'content');
      const fault: Fault = () => {
        server.expireSessions();
        return failure(Status.NETWORK_SESSION_EXPIRED);
      };
      server.inject({ command, fault });
      expect(await codeOf(use(parties))).toBe('succeeded');
      expect(server.sessions.get(session.sessionId)?.logons).toBe(2);
      await settleClosings(parties);
      await expectCleanEnd(parties);
    }
  });

  it('is not renewed for ever', async () => {
    const parties = await converse();
    const before = logonsSeen(parties);
    const fault = failWith(Status.NETWORK_SESSION_EXPIRED);
    parties.server.inject({ command: Command.QUERY_DIRECTORY, times: Infinity, fault });
    expect(await codeOf(parties.tree.list('').next())).toBe('session_expired');
    expect(logonsSeen(parties) - before).toBeLessThan(5);
    await expectCleanEnd(parties);
  });
});

describe('a renewal that is refused', () => {
  it('is not tried again and again: the account would be locked', async () => {
    for (const status of [
      Status.LOGON_FAILURE,
      Status.ACCOUNT_LOCKED_OUT,
      Status.PASSWORD_EXPIRED,
    ]) {
      const parties = await converse();
      const { server, session, tree } = parties;
      const before = logonsSeen(parties);
      const fault = failWith(status);
      server.inject({ command: Command.SESSION_SETUP, skip: 1, times: Infinity, fault });
      server.expireSessions();
      const codes = new Set<string>();
      for (let i = 0; i < 10; i += 1) codes.add(await codeOf(tree.stat('')));
      expect(codes.size).toBe(1);
      expect([...codes][0]).toMatch(/logon_failure|account_restricted/);
      expect(logonsSeen(parties) - before).toBe(2);
      // Whoever asks for it by name may try.
      expect(await codeOf(session.renew())).toBe([...codes][0]);
      await expectCleanEnd(parties);
    }
  });

  it('for a passing reason is tried again', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const fault = failWith(Status.INSUFFICIENT_RESOURCES);
    server.inject({ command: Command.SESSION_SETUP, fault });
    server.expireSessions();
    expect(await codeOf(tree.stat(''))).toBe('insufficient_resources');
    expect(await codeOf(tree.stat(''))).toBe('succeeded');
    await expectCleanEnd(parties);
  });

  it('ends the session when it makes a guest of the user', async () => {
    for (const flag of [SessionFlag.GUEST, SessionFlag.NULL]) {
      const { connection, server, tree } = await converse();
      const fault = editBody((body) => {
        body.writeUInt16LE(flag, 2);
        return body;
      });
      server.inject({ command: Command.SESSION_SETUP, skip: 1, fault });
      server.expireSessions();
      expect(await codeOf(tree.stat(''))).toBe('guest_refused');
      await expectEnded(connection, 'guest_refused');
    }
  });
});

describe('a renewal', () => {
  it('is told when it begins, once, whoever asks for it, and how it ends', async () => {
    const renewals: Promise<string>[] = [];
    const parties = await converse({
      credentials: {
        username: 'alice',
        password: 'secret',
        onRenewal: (renewal) => renewals.push(codeOf(renewal)),
      },
    });
    const { server, session, tree } = parties;
    expect(renewals).toHaveLength(0);
    server.expireSessions();
    await Promise.all([tree.stat(''), tree.stat(''), tree.stat('')]);
    expect(renewals).toHaveLength(1);
    await Promise.all([session.renew(), session.renew()]);
    expect(renewals).toHaveLength(2);
    server.inject({ command: Command.SESSION_SETUP, fault: failWith(Status.LOGON_FAILURE) });
    server.expireSessions();
    expect(await codeOf(tree.stat(''))).toBe('logon_failure');
    expect(await Promise.all(renewals)).toEqual(['succeeded', 'succeeded', 'logon_failure']);
    await expectCleanEnd(parties);
  });
});
