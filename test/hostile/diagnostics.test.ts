import diagnosticsChannel from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/smb/wire/header.ts';
import { loseRequest } from '../fake-server/faults.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { codeOf, converse, expectCleanEnd } from './conversation.ts';

describe('the diagnostics of a connection', () => {
  it('tell what is agreed, what is outstanding and for how long, and what is abandoned', async () => {
    const clock = new ManualClock();
    const parties = await converse({ client: { clock, timeoutMs: 5_000 } });
    const { connection, server, tree } = parties;
    const watch = tree.watch('');
    await watch.armed;
    clock.advance(1_000);
    server.inject({ command: Command.CREATE, fault: loseRequest });
    const opening = codeOf(tree.open('file'));
    await server.received(Command.CREATE);
    await server.received(Command.CREATE);
    clock.advance(2_000);
    const told = connection.diagnostics();
    expect(told).toMatchObject({
      remote: 'memory-client',
      state: 'open',
      dialect: '3.1.1',
      signing: 'aes-gmac',
      cipher: 'aes-128-gcm',
      serverKind: 'windows',
      sessions: 1,
      asyncSlots: { pending: 1, limit: undefined },
      credits: { waiting: 0 },
      strayAnswers: 0,
      silentMs: 3_000,
    });
    expect(told.credits.total).toBeGreaterThan(100);
    expect(told.credits.available).toBe(told.credits.total - 1);
    expect(told.outstanding).toMatchObject([
      { command: 'CHANGE_NOTIFY', ageMs: 3_000, pending: true, abandoned: false },
      { command: 'CREATE', ageMs: 2_000, pending: false, abandoned: false },
    ]);
    clock.advance(4_000);
    expect(await opening).toBe('timeout');
    expect(connection.diagnostics().outstanding).toMatchObject([
      { abandoned: false },
      { command: 'CREATE', abandoned: true },
    ]);
    await watch.close();
    await expectCleanEnd(parties);
  });
});

describe('the diagnostics channels', () => {
  it('tell of every frame, request and answer to whoever listens, and of none to others', async () => {
    const heard: string[] = [];
    const listeners = (['frame', 'send', 'receive'] as const).map((kind) => {
      const name = `tidewatch:smb:${kind}`;
      const listener = (message: unknown): void => {
        expect(message).toHaveProperty('connection');
        const { bytes, command } = message as { bytes?: number; command?: number };
        heard.push(`${kind} ${command ?? (bytes !== undefined && bytes > 64 ? 'bytes' : 'none')}`);
      };
      return { name, listener };
    });
    const parties = await converse();
    for (const { name, listener } of listeners) diagnosticsChannel.subscribe(name, listener);
    await parties.tree.stat('');
    for (const { name, listener } of listeners) diagnosticsChannel.unsubscribe(name, listener);
    await parties.tree.stat('');
    const { CREATE, CLOSE } = Command;
    expect(heard).toEqual([
      `send ${CREATE}`,
      `send ${CLOSE}`,
      'frame bytes',
      `receive ${CREATE}`,
      `receive ${CLOSE}`,
    ]);
    await expectCleanEnd(parties);
  });
});
