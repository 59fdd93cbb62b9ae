import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWebSocketReceiver } from '@statelyai/inspect';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/app/server/logger.ts';
import { startServer } from '../../src/app/server/serve.ts';
import type { RunningServer } from '../../src/app/server/serve.ts';
import { createRuntime } from '../../src/app/runtime.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { SocketClient } from '../support/socket-client.ts';
import type { ServerMessage } from '../support/socket-client.ts';
import { TextSink } from '../support/text-sink.ts';

const TOKEN = 'a-token';
const ADDRESS = { connection_id: 'nas', path: 'reports' };

let samba: SambaServer;
let server: RunningServer;
let log: TextSink;
beforeEach(async () => {
  samba = await startSamba();
  mkdirSync(join(samba.share, 'reports'));
  log = new TextSink();
  const logger = createLogger('debug', log);
  const logon = { username: 'alice', password: samba.users['alice'] };
  server = await startServer({
    ...{ runtime: createRuntime({ logger }), logger, host: '127.0.0.1', port: 0, token: TOKEN },
    connections: [
      {
        name: 'nas',
        target: { type: 'smb', host: '127.0.0.1', port: samba.port, share: 'data', logon },
        pathPrefix: '',
      },
    ],
    allowedOrigins: [],
    metricsPublic: false,
  });
});
afterEach(async () => {
  await server.stop();
  await samba.stop();
});

const open = (): SocketClient =>
  new SocketClient(`${server.url.replace('http', 'ws')}/api/ws?token=${TOKEN}`);

/** Subscribes, and waits until the server of the share sees what happens on its disk. */
async function subscribe(client: SocketClient, more: object = {}): Promise<ServerMessage> {
  const reply = await client.ask({ action: 'subscribe', ...ADDRESS, ...more });
  await samba.watchesInForce();
  return reply;
}

async function until(
  client: SocketClient,
  accept: (message: ServerMessage) => boolean,
): Promise<ServerMessage> {
  for (;;) {
    const message = await client.next();
    if (accept(message)) return message;
  }
}

const changed = ({ reason, type }: ServerMessage): boolean =>
  type === 'directory_changed' && reason === 'change';

describe('a share over a WebSocket', () => {
  it('tells a client that knows only ids and paths of what happens', async () => {
    const client = open();
    expect(await subscribe(client)).toMatchObject({
      ...{ type: 'subscribed', ...ADDRESS, state: 'live', resumed: false },
    });
    writeFileSync(join(samba.share, 'reports', 'a.txt'), 'the tide comes in\n');
    const told = await until(client, changed);
    expect(told).toMatchObject({ ...ADDRESS, reason: 'change' });
    expect(told).not.toHaveProperty('changes');
    expect(await client.ask({ action: 'unsubscribe', ...ADDRESS })).toBeDefined();
    client.socket.terminate();
  });

  it('tells who wants it what happened, with size and time', async () => {
    const client = open();
    await subscribe(client, { detail: 'changes' });
    writeFileSync(join(samba.share, 'new.tmp'), 'the tide comes in\n');
    renameSync(join(samba.share, 'new.tmp'), join(samba.share, 'reports', 'a.txt'));
    const { changes } = await until(client, changed);
    expect(changes).toContainEqual({
      ...{ action: 'added', path: 'a.txt', kind: 'file', size: 18 },
      modified_at: expect.any(String) as string,
    });
    client.socket.terminate();
  });

  it('goes on where a socket broke off', async () => {
    const client = open();
    await subscribe(client, { detail: 'changes' });
    writeFileSync(join(samba.share, 'reports', 'a.txt'), '');
    const { epoch, seq } = await until(client, changed);
    client.socket.terminate();
    writeFileSync(join(samba.share, 'reports', 'missed.txt'), '');
    const again = open();
    const reply = await subscribe(again, { detail: 'changes', resume: { epoch, seq } });
    expect(reply).toMatchObject({ type: 'subscribed', epoch, resumed: true });
    const missed = await until(again, ({ changes }) =>
      JSON.stringify(changes ?? []).includes('missed.txt'),
    );
    expect(missed).toMatchObject({ epoch, reason: 'change' });
    again.socket.terminate();
  });

  it('says what cannot be watched, and nothing of it is left', async () => {
    const client = open();
    writeFileSync(join(samba.share, 'file'), '');
    for (const [path, code] of [
      ['nowhere', 'not_found'],
      ['file', 'not_found'],
      ['a/../b', 'invalid_path'],
      ['a:b', 'invalid_path'],
    ] as const) {
      const reply = await client.ask({ action: 'subscribe', connection_id: 'nas', path });
      expect(reply).toMatchObject({ type: 'error', code, path });
    }
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const watches = fetch(`${server.url}/api/watches`, { headers });
    expect(await (await watches).json()).toMatchObject({ total: 0 });
    client.socket.terminate();
  });

  it('goes through the deletion of the directory', async () => {
    const client = open();
    await subscribe(client);
    await samba.smbclient('rmdir reports');
    await until(client, ({ state, type }) => type === 'watch_state' && state === 'deleted');
    await samba.smbclient('mkdir reports');
    const told = await until(client, ({ reason }) => reason === 'recreated');
    expect(told).toMatchObject({ type: 'directory_changed', ...ADDRESS });
    client.socket.terminate();
  });

  it('shows its actors to an inspector, and its password to nobody', async () => {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const issued = await fetch(`${server.url}/api/auth/ws-ticket`, { method: 'POST', headers });
    const { ticket } = (await issued.json()) as { ticket: string };
    const received: { type: string; definition?: string }[] = [];
    const address = `${server.url.replace('http', 'ws')}/api/inspect?ticket=${ticket}`;
    createWebSocketReceiver({ server: address }).subscribe((event) =>
      received.push(event as never),
    );
    const client = open();
    await subscribe(client);
    writeFileSync(join(samba.share, 'reports', 'a.txt'), '');
    await until(client, changed);
    await expect
      .poll(() => new Set(received.map(({ type }) => type)))
      .toEqual(new Set(['@xstate.actor', '@xstate.event', '@xstate.snapshot']));
    const machines = received.flatMap(({ definition }) => definition ?? []);
    expect(machines.map((text) => (JSON.parse(text) as { id: string }).id)).toEqual(
      expect.arrayContaining([expect.any(String)]),
    );
    const routes = ['connections', 'watches', 'runtime/actors'];
    const answers = await Promise.all(
      routes.map(async (route) => (await fetch(`${server.url}/api/${route}`, { headers })).text()),
    );
    const password = samba.users['alice'] ?? '';
    expect(password).not.toBe('');
    const told = JSON.stringify([received, answers, log.take()]);
    expect(told).not.toContain(password);
    expect(told).not.toContain(TOKEN);
    client.socket.terminate();
  });
});
