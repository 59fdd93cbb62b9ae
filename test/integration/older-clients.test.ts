import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../../src/app/server/serve.ts';
import type { RunningServer } from '../../src/app/server/serve.ts';
import { createRuntime } from '../../src/app/runtime.ts';
import type { Runtime } from '../../src/app/index.ts';
import { SILENT } from '../../src/actors/logger.ts';
import { signalGroup } from '../servers/process-group.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { madeDirectory } from '../support/chaos-files.ts';
import { connectionsTo, openHandles } from '../support/chaos-stage.ts';
import { SocketClient } from '../support/socket-client.ts';
import type { ServerMessage } from '../support/socket-client.ts';

const TOKEN = 'a token: with %/& in it';

let samba: SambaServer;
let runtime: Runtime;
let server: RunningServer;
beforeEach(async () => {
  samba = await startSamba();
  madeDirectory(join(samba.share, 'photos', 'vacation'));
  madeDirectory(join(samba.share, 'reports'));
  const logon = { username: 'alice', password: samba.users['alice'] };
  const target = {
    type: 'smb',
    host: '127.0.0.1',
    port: samba.port,
    share: 'data',
    logon,
  } as const;
  runtime = createRuntime({ limits: { patienceMs: 500, connectionLingerMs: 50, lingerMs: 300 } });
  server = await startServer({
    ...{ runtime, logger: SILENT, host: '127.0.0.1', port: 0, token: TOKEN },
    connections: [
      { name: 'nas', target, pathPrefix: '' },
      { name: 'photos', target, pathPrefix: '/photos' },
      { name: 'gone', target: { ...target, port: 9 }, pathPrefix: '' },
    ],
    allowedOrigins: [],
    metricsPublic: false,
  });
});
afterEach(async () => {
  await server.stop();
  await samba.stop();
});

/** The id of a connection, which is all that such a client knows of it. */
function idOf(name: string): string {
  const info = server.connections.find((connection) => connection.name === name);
  if (info === undefined) throw new Error(`there is no connection ${name}`);
  return info.id;
}

function open(): SocketClient {
  const address = server.url.replace('http', 'ws');
  return new SocketClient(`${address}/api/ws?token=${encodeURIComponent(TOKEN)}`);
}

const at = (name: string, path: string): object => ({ connection_id: idOf(name), path });

async function subscribe(client: SocketClient, name: string, path: string): Promise<ServerMessage> {
  const reply = await client.ask({ action: 'subscribe', ...at(name, path) });
  await samba.watchesInForce();
  return reply;
}

/** What such a client looks at: everything else it leaves alone. */
async function nextChange(client: SocketClient): Promise<ServerMessage> {
  for (;;) {
    const message = await client.next();
    if (message.type === 'directory_changed') return message;
  }
}

/** A client as there were before this server: it knows id and path, and lists when it is told to. */
describe('an older client', () => {
  it('sees what is below the prefix of a connection, by its own path', async () => {
    const client = open();
    const reply = await subscribe(client, 'photos', 'vacation');
    expect(reply).toMatchObject({ type: 'subscribed', ...at('photos', 'vacation') });
    expect(runtime.watches()).toMatchObject([{ path: 'photos/vacation', subscribers: 1 }]);
    writeFileSync(join(samba.share, 'photos', 'vacation', 'sea.jpg'), 'x');
    expect(await nextChange(client)).toMatchObject(at('photos', 'vacation'));
    for (const path of ['..', 'vacation/../..', '\\..\\reports']) {
      const refused = await client.ask({ action: 'subscribe', ...at('photos', path) });
      expect(refused).toMatchObject({ type: 'error', code: 'invalid_path' });
    }
    await client.close();
  });

  it('with two panes goes from one directory to another, and the other pane misses nothing', async () => {
    const client = open();
    await subscribe(client, 'nas', 'reports');
    await subscribe(client, 'nas', 'photos');
    const before = runtime.watches().find(({ path }) => path === 'reports');
    await client.send({ action: 'unsubscribe', ...at('nas', 'photos') });
    await subscribe(client, 'nas', 'photos/vacation');
    expect(runtime.watches().map(({ path }) => path)).toEqual(['reports', 'photos/vacation']);
    expect(runtime.watches()[0]?.since).toBe(before?.since);
    await expect.poll(() => openHandles(samba, join(samba.share, 'photos'))).toBe(1);
    writeFileSync(join(samba.share, 'reports', 'may.txt'), 'x');
    expect(await nextChange(client)).toMatchObject(at('nas', 'reports'));
    expect(openHandles(samba, join(samba.share, 'reports'))).toBe(1);
    await client.close();
  });

  it('shares a watch with another of the same connection and one of another name for the place', async () => {
    const clients = [open(), open(), open()] as const;
    const ways = [
      at('nas', 'photos/vacation'),
      at('nas', '/photos//vacation/'),
      at('photos', 'vacation'),
    ];
    await Promise.all(clients.map((client, i) => client.ask({ action: 'subscribe', ...ways[i] })));
    await samba.watchesInForce();
    expect(runtime.watches()).toMatchObject([{ path: 'photos/vacation', subscribers: 3 }]);
    expect(openHandles(samba, join(samba.share, 'photos'))).toBe(1);
    writeFileSync(join(samba.share, 'photos', 'vacation', 'sea.jpg'), 'x');
    for (const [i, client] of clients.entries()) {
      expect(await nextChange(client)).toMatchObject(ways[i] ?? {});
      await client.close();
    }
  });

  it.each(['in order', 'by a broken connection'])(
    'that leaves %s leaves no handle and no connection behind',
    async (how) => {
      const none = connectionsTo(samba.port);
      const client = open();
      await subscribe(client, 'nas', 'reports');
      await subscribe(client, 'nas', 'photos');
      expect(openHandles(samba, samba.share)).toBeGreaterThanOrEqual(2);
      if (how === 'in order') await client.close();
      else client.socket.terminate();
      await expect.poll(() => runtime.watches()).toEqual([]);
      await expect.poll(() => openHandles(samba, join(samba.share, 'reports'))).toBe(0);
      await expect.poll(() => openHandles(samba, join(samba.share, 'photos'))).toBe(0);
      await expect.poll(() => connectionsTo(samba.port)).toBe(none);
    },
  );

  it('is told to list again after its file server was away, and how the watch is meanwhile', async () => {
    const client = open();
    await subscribe(client, 'nas', 'reports');
    signalGroup(samba.pid, 'SIGKILL');
    const lost = await client.next();
    expect(lost).toMatchObject({ type: 'watch_state', state: 'reconnecting' });
    writeFileSync(join(samba.share, 'reports', 'missed.txt'), 'x');
    await samba.restart();
    expect(await nextChange(client)).toMatchObject({
      ...at('nas', 'reports'),
      reason: 'reconnected',
    });
    await samba.watchesInForce();
    writeFileSync(join(samba.share, 'reports', 'told.txt'), 'x');
    expect(await nextChange(client)).toMatchObject({ reason: 'change' });
    // Somebody who comes now has a watch that works, too.
    const second = open();
    expect(await subscribe(second, 'nas', 'reports')).toMatchObject({ state: 'live' });
    mkdirSync(join(samba.share, 'reports', 'again'));
    expect(await nextChange(second)).toMatchObject(at('nas', 'reports'));
    await second.close();
    await client.close();
  });

  it('is subscribed to a server that is away, and told so', async () => {
    const client = open();
    const reply = await client.ask({ action: 'subscribe', ...at('gone', '') });
    expect(reply).toMatchObject({ type: 'subscribed', state: 'reconnecting', resumed: false });
    expect(await client.ask({ action: 'unsubscribe', ...at('gone', '') })).toMatchObject({
      type: expect.stringMatching(/^(watch_state|unsubscribed)$/) as string,
    });
    await client.close();
    await expect.poll(() => runtime.watches()).toEqual([]);
  });

  it('hears of 400 files made in one go in a few messages', async () => {
    const client = open();
    const detailed = open();
    await detailed.ask({ action: 'subscribe', ...at('nas', 'reports'), detail: 'changes' });
    await subscribe(client, 'nas', 'reports');
    for (let i = 0; i < 400; i += 1) writeFileSync(join(samba.share, 'reports', `${i}`), 'x');
    for (;;) {
      const { changes } = await nextChange(detailed);
      if (JSON.stringify(changes ?? []).includes('"399"')) break;
    }
    const seen = await client.untilPong();
    expect(seen.length).toBeLessThan(60);
    expect(new Set(seen.map(({ reason }) => reason))).toEqual(new Set(['change']));
    await detailed.close();
    await client.close();
  });
});
