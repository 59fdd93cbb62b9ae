import { describe, expect, it } from 'vitest';
import { SMB_DEFAULTS } from '../../src/smb/defaults.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { answerAfter } from '../fake-server/faults.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { codeOf, converse, dial, expectCleanEnd } from './conversation.ts';

const { echoAfterMs, echoTimeoutMs } = SMB_DEFAULTS;

const ALICE = { username: 'alice', password: 'secret' };

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise(setImmediate);
}

for (const [how, server] of [
  ['signed', { ciphers: [] }],
  ['encrypted', { encryptSession: true }],
] as const) {
  describe(`the second of two sessions, both ${how}`, () => {
    it('lives on when the first is closed, and is asked for its life in its own name', async () => {
      const clock = new ManualClock();
      const parties = await converse({ server, client: { clock } });
      const second = await parties.connection.authenticate(ALICE);
      const tree = await second.connectTree('data');
      await parties.session.close();
      for (let i = 0; i < 3; i += 1) {
        const echo = parties.server.received(Command.ECHO);
        clock.advance(echoAfterMs + 1);
        expect((await echo).header.sessionId).toBe(second.sessionId);
        await settle();
      }
      expect(await codeOf(tree.stat(''))).toBe('succeeded');
      await expectCleanEnd(parties);
    });

    it('does not suffer from what the first still had to say when it was closed', async () => {
      const parties = await converse({ server });
      const { connection, session, server: fake } = parties;
      fake.fileSystem.writeFile('file');
      const second = await connection.authenticate(ALICE);
      const tree = await second.connectTree('data');
      // Opened for nobody: the answer comes when the session has been logged off.
      const controller = new AbortController();
      let release = (): void => undefined;
      const moment = new Promise<void>((resolve) => {
        release = resolve;
      });
      fake.inject({ command: Command.CREATE, fault: answerAfter(moment) });
      const opening = parties.tree.open('file', { signal: controller.signal });
      await fake.received(Command.CREATE);
      controller.abort();
      expect(await codeOf(opening)).toBe('aborted');
      const closing = session.close();
      await fake.received(Command.TREE_DISCONNECT);
      release();
      await closing;
      await settle();
      expect(await codeOf(tree.stat('file'))).toBe('succeeded');
      expect(connection.diagnostics().state).toBe('open');
      await expectCleanEnd(parties);
    });

    it('does not suffer from what the first had not yet sent when it was closed', async () => {
      const parties = await converse({ server });
      const { connection, session } = parties;
      const second = await connection.authenticate(ALICE);
      const tree = await second.connectTree('data');
      // More than the credits allow at once: most of them still wait.
      const waiting = Array.from({ length: 2_000 }, () => codeOf(parties.tree.stat('')));
      await session.close();
      const codes = await Promise.all(waiting);
      expect([...new Set(codes)].sort()).toEqual(['closed', 'succeeded']);
      expect(await codeOf(parties.tree.stat(''))).toBe('closed');
      expect(await codeOf(session.connectTree('data'))).toBe('closed');
      expect(await codeOf(tree.stat(''))).toBe('succeeded');
      await settle();
      expect(connection.diagnostics().state).toBe('open');
      await expectCleanEnd(parties);
    });
  });
}

describe('a connection without a session', () => {
  it('is not probed, and not given up for its silence', async () => {
    const clock = new ManualClock();
    const parties = await converse({ client: { clock } });
    const { connection, server, session } = parties;
    await session.close();
    const before = server.requests.length;
    for (let i = 0; i < 5; i += 1) {
      clock.advance(echoAfterMs + echoTimeoutMs);
      await settle();
    }
    expect(server.requests.slice(before)).toEqual([]);
    expect(connection.diagnostics().state).toBe('open');
    const again = await connection.authenticate(ALICE);
    const echo = server.received(Command.ECHO);
    clock.advance(echoAfterMs + 1);
    expect((await echo).header.sessionId).toBe(again.sessionId);
    await settle();
    await expectCleanEnd(parties);
  });
});

describe('a session that was not wanted', () => {
  it('as a guest is logged off again', async () => {
    const { connecting, server } = dial({ server: { strangers: 'guests' } });
    const connection = await connecting;
    const stranger = connection.authenticate({ username: 'bob', password: 'x' });
    expect(await codeOf(stranger)).toBe('guest_refused');
    expect(server.sessions.size).toBe(0);
    await expectCleanEnd({ connection, server });
  });
});
