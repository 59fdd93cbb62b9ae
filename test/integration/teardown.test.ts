import diagnosticsChannel from 'node:diagnostics_channel';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/smb/index.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';

const WATCHES = 200;

describe('closing', () => {
  let samba: SambaServer;

  beforeAll(async () => {
    samba = await startSamba({ variant: 'default' });
    await Promise.all(
      Array.from({ length: WATCHES }, (_, index) => mkdir(path.join(samba.share, `d${index}`))),
    );
  });

  afterAll(async () => {
    await samba.stop();
  });

  const open = async () => {
    const connection = await connect({ host: '127.0.0.1', port: samba.port });
    const credentials = { username: 'alice', password: samba.users.alice! };
    const session = await connection.authenticate(credentials);
    return { connection, session, tree: await session.connectTree('data') };
  };

  it('closes handles in compounds, then tree, then session, and waits for each', async () => {
    const { connection, session, tree } = await open();
    const watches = Array.from({ length: WATCHES }, (_, index) => tree.watch(`d${index}`));
    await Promise.all(watches.map((watch) => watch.armed));
    await tree.writeFile('open', Buffer.from('x'));
    const file = await tree.open('open');
    expect(tree.residents.size).toBe(WATCHES + 1);
    expect(connection.diagnostics().asyncSlots.pending).toBe(WATCHES);

    const sent: number[] = [];
    const onSend = (message: unknown): void => {
      sent.push((message as { command: number }).command);
    };
    diagnosticsChannel.subscribe('tidewatch:smb:send', onSend);
    await tree.close();
    expect(tree.residents.size).toBe(0);
    expect(connection.diagnostics()).toMatchObject({ outstanding: [], asyncSlots: { pending: 0 } });
    await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'closed' });
    await expect(tree.stat('open')).rejects.toMatchObject({ code: 'closed' });
    await expect(watches[0]![Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'closed',
    });

    await session.close();
    expect(connection.diagnostics().sessions).toBe(0);
    await connection.close();
    diagnosticsChannel.unsubscribe('tidewatch:smb:send', onSend);
    const closes = Array.from({ length: WATCHES + 1 }, () => Command.CLOSE);
    expect(sent).toEqual([...closes, Command.TREE_DISCONNECT, Command.LOGOFF]);
    expect((await connection.closed).code).toBe('closed');
    await expect(session.connectTree('data')).rejects.toMatchObject({ code: 'closed' });
  });

  it('ends everything that is under way when the connection is closed in its midst', async () => {
    const { connection, tree } = await open();
    const watch = tree.watch('d0');
    await watch.armed;
    const next = watch[Symbol.asyncIterator]().next();
    const listing = drain(tree.walk(''));
    const outcomes = Promise.allSettled([next, listing]);
    await connection.close();
    const [watched] = await outcomes;
    expect(watched).toMatchObject({ status: 'rejected', reason: { code: 'closed' } });
    expect(connection.diagnostics()).toMatchObject({ state: 'closed', outstanding: [] });
  });

  it('does not hang on a server that has stopped answering', async () => {
    const { connection, tree } = await open();
    await tree.watch('d0').armed;
    const pids = samba.childPids();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      const before = performance.now();
      await connection.close();
      expect(performance.now() - before).toBeLessThan(5_000);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
  });

  it('leaves no handle behind a watch that is closed while it opens', async () => {
    const { connection, tree } = await open();
    for (let round = 0; round < 20; round += 1) {
      const watch = tree.watch(`d${round}`);
      const refused = expect(watch.armed).rejects.toMatchObject({ code: 'closed' });
      await watch.close();
      await refused;
    }
    // What was opened meanwhile is closed by now: the server answers in order.
    await tree.stat('d0');
    const locks = await samba.smbclient('ls');
    expect(locks).toContain('d0');
    expect(connection.diagnostics().asyncSlots.pending).toBe(0);
    await connection.close();
  });
});

async function drain(source: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of source) count += 1;
  return count;
}
