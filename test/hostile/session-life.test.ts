import { describe, expect, it } from 'vitest';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { decodeSessionSetupRequest } from '../../src/smb/wire/session-setup.ts';
import { answerWith, failWith, loseRequest, protect } from '../fake-server/faults.ts';
import type { FakeServer } from '../fake-server/fake-server.ts';
import { failure } from '../fake-server/replies.ts';
import { codeOf, converse, expectCleanEnd, expectEnded } from './conversation.ts';

const countOf = (server: FakeServer, command: number): number =>
  server.requests.filter(({ header }) => header.command === command).length;

describe('a session that expires', () => {
  for (const [how, options] of [
    ['signed', { ciphers: [] }],
    ['encrypted', { encryptSession: true }],
  ] as const) {
    it(`is renewed in place, ${how}, and its notifies live on`, async () => {
      const parties = await converse({ server: options });
      const { server, session, tree } = parties;
      server.fileSystem.writeFile('file', 'content');
      const file = await tree.open('file');
      const watch = tree.watch('');
      await watch.armed;
      const { operation } = await server.nextNotify();
      server.expireSessions();

      expect(String(await file.read(0, 100))).toBe('content');
      expect(server.sessions.get(session.sessionId)?.logons).toBe(2);
      expect(operation.isPending).toBe(true);
      server.fileSystem.writeFile('seen');
      const { value } = await watch[Symbol.asyncIterator]().next();
      expect(value).toEqual({ type: 'changes', changes: [{ action: 'added', path: 'seen' }] });
      await file.close();
      await watch.close();
      await expectCleanEnd(parties);
    });
  }

  it('is renewed once for all who notice', async () => {
    const parties = await converse();
    const { server, session, tree } = parties;
    server.expireSessions();
    const stats = Array.from({ length: 50 }, () => tree.stat(''));
    await Promise.all(stats);
    expect(server.sessions.get(session.sessionId)?.logons).toBe(2);
    await expectCleanEnd(parties);
  });

  it('is renewed as itself, not as another', async () => {
    const parties = await converse();
    const { server, session, tree } = parties;
    server.expireSessions();
    await tree.stat('');
    const logons = server.requests.filter(({ header }) => header.command === Command.SESSION_SETUP);
    for (const { header, message } of logons.slice(2)) {
      expect(header.sessionId).toBe(session.sessionId);
      expect(decodeSessionSetupRequest(message).previousSessionId).toBe(0n);
    }
    expect(server.sessions.size).toBe(1);
    await expectCleanEnd(parties);
  });

  it('arms a watch again after its renewal', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const watch = tree.watch('');
    await watch.armed;
    const iterator = watch[Symbol.asyncIterator]();
    await server.nextNotify();
    server.expireSessions();
    // The pending one is answered; the next is refused until the session is renewed.
    server.fileSystem.writeFile('one');
    expect((await iterator.next()).value).toMatchObject({ changes: [{ path: 'one' }] });
    await server.nextNotify();
    server.fileSystem.writeFile('two');
    expect((await iterator.next()).value).toMatchObject({ changes: [{ path: 'two' }] });
    await watch.close();
    await expectCleanEnd(parties);
  });

  it('fails every request with the reason when it cannot be renewed', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const watch = tree.watch('');
    await watch.armed;
    server.inject({
      command: Command.SESSION_SETUP,
      times: Infinity,
      fault: failWith(Status.ACCOUNT_DISABLED),
    });
    server.expireSessions();
    const codes = await Promise.all([codeOf(tree.stat('')), codeOf(tree.readFile('x'))]);
    expect(codes).toEqual(['account_restricted', 'account_restricted']);
    await parties.connection.close();
  });

  it('is not renewed for ever', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.inject({
      command: Command.CREATE,
      times: Infinity,
      fault: failWith(Status.NETWORK_SESSION_EXPIRED),
    });
    expect(await codeOf(tree.stat(''))).toBe('session_expired');
    expect(await codeOf(tree.watch('').armed)).toBe('session_expired');
    expect(countOf(server, Command.SESSION_SETUP)).toBeLessThan(10);
    await expectCleanEnd(parties);
  });

  it('is over when its renewal is not signed as it should be', async () => {
    for (const protection of ['none', 'wrong'] as const) {
      const { connection, server, tree } = await converse({ server: { ciphers: [] } });
      server.expireSessions();
      const fault = protect(protection);
      server.inject({ command: Command.SESSION_SETUP, skip: 1, fault });
      expect(await codeOf(tree.stat(''))).toBe('signature_invalid');
      await expectEnded(connection, 'signature_invalid');
    }
  });
});

describe('a handle', () => {
  it('that could not be closed with its compound is closed again', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.inject({ command: Command.CLOSE, fault: failWith(Status.INTERNAL_ERROR) });
    expect(await codeOf(tree.stat(''))).toBe('succeeded');
    await server.received(Command.CLOSE);
    await server.received(Command.CLOSE);
    expect(server.opens.size).toBe(0);
    await expectCleanEnd(parties);
  });
});

describe('a session that is gone', () => {
  it('is a disconnection for all who wait', async () => {
    const { connection, server, tree } = await converse();
    const watch = tree.watch('');
    await watch.armed;
    server.inject({ command: Command.CREATE, fault: loseRequest });
    const waiting = codeOf(tree.stat(''));
    await server.received(Command.CREATE);
    server.inject({ command: Command.CREATE, fault: failWith(Status.USER_SESSION_DELETED) });
    expect(await codeOf(tree.stat(''))).toBe('disconnected');
    expect(await waiting).toBe('disconnected');
    expect(await codeOf(watch[Symbol.asyncIterator]().next())).toBe('disconnected');
    await expectEnded(connection, 'disconnected');
  });

  it('is noticed on a notify too', async () => {
    const { connection, server, tree } = await converse();
    const watch = tree.watch('');
    await watch.armed;
    const { operation } = await server.nextNotify();
    operation.finish(failure(Status.USER_SESSION_DELETED));
    expect(await codeOf(watch[Symbol.asyncIterator]().next())).toBe('disconnected');
    await expectEnded(connection, 'disconnected');
  });
});

describe('a connection that breaks', () => {
  it('fails whatever waits, at any moment of its life', async () => {
    for (let frames = 0; frames < 12; frames += 1) {
      const life = async (): Promise<void> => {
        const { tree } = await converse({
          prepare: (server) => {
            server.fileSystem.writeFile('file', 'content');
            server.inject({
              skip: frames,
              fault: () => {
                server.hangUp();
                return undefined;
              },
            });
          },
        });
        await tree.readFile('file');
        for await (const page of tree.list('')) expect(page.length).toBeGreaterThan(0);
        const watch = tree.watch('');
        await watch.armed;
        await watch[Symbol.asyncIterator]().next();
      };
      const code = await codeOf(life());
      expect(code).toBe(frames === 0 ? 'unsupported' : 'disconnected');
    }
  });

  it('has nothing to do any more', async () => {
    const { connection, server, session, tree } = await converse();
    server.hangUp();
    await connection.closed;
    expect(await codeOf(tree.stat(''))).toBe('disconnected');
    expect(await codeOf(session.connectTree('data'))).toBe('disconnected');
    expect(await codeOf(tree.watch('').armed)).toBe('disconnected');
    expect(await codeOf(connection.authenticate({ username: 'a', password: 'b' }))).toBe(
      'disconnected',
    );
    await connection.close();
    await session.close();
    await tree.close();
  });
});

describe('closing', () => {
  it('disconnects the shares, then logs off, then hangs up', async () => {
    const parties = await converse();
    const { connection, server, session } = parties;
    await session.connectTree('data');
    await connection.close();
    const last = server.requests.slice(-3).map(({ header }) => header.command);
    expect(last).toEqual([Command.TREE_DISCONNECT, Command.TREE_DISCONNECT, Command.LOGOFF]);
    await expectCleanEnd(parties);
  });

  it('never hangs, whatever the server does not answer', async () => {
    for (const command of [Command.TREE_DISCONNECT, Command.LOGOFF, Command.CLOSE]) {
      const { connection, server, tree } = await converse({ client: { closeTimeoutMs: 50 } });
      server.fileSystem.writeFile('file');
      await tree.open('file');
      const watch = tree.watch('');
      await watch.armed;
      server.inject({ command, times: Infinity, fault: loseRequest });
      await connection.close();
      expect(connection.diagnostics().state).toBe('closed');
      expect(connection.diagnostics().outstanding).toEqual([]);
    }
  });

  it('never hangs, whatever the server answers', async () => {
    for (const command of [Command.TREE_DISCONNECT, Command.LOGOFF]) {
      for (const status of [Status.NETWORK_NAME_DELETED, Status.PENDING, Status.SUCCESS]) {
        const { connection, server } = await converse({ client: { closeTimeoutMs: 50 } });
        const fault = answerWith(failure(status));
        server.inject({ command, times: Infinity, fault });
        await connection.close();
        expect(connection.diagnostics().state).toBe('closed');
      }
    }
  });

  it('ends what is under way with `closed`', async () => {
    const { connection, server, tree } = await converse({ client: { closeTimeoutMs: 50 } });
    server.inject({ command: Command.CREATE, fault: loseRequest });
    const waiting = codeOf(tree.stat(''));
    await server.received(Command.CREATE);
    const watch = tree.watch('');
    await watch.armed;
    await connection.close();
    expect(await waiting).toBe('closed');
    expect(await codeOf(watch[Symbol.asyncIterator]().next())).toBe('closed');
  });
});
