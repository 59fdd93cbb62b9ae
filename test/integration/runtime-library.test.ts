import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import type { Runtime, WatchEvent, WatchOptions } from '../../src/index.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { openFilesBelow } from '../storage-conformance/open-files.ts';
import { RuntimeWatch } from '../support/runtime-watch.ts';

let samba: SambaServer;
beforeAll(async () => {
  samba = await startSamba();
});
afterAll(() => samba.stop());

let runtime: Runtime;
beforeEach(() => {
  mkdirSync(join(samba.share, 'reports'));
  runtime = createRuntime();
});
afterEach(async () => {
  await runtime.stop();
  rmSync(join(samba.share, 'reports'), { recursive: true });
});

const at = (name: string): string => join(samba.share, 'reports', name);
const location = (): string => `smb://alice:alicepw@127.0.0.1:${samba.port}/data/reports`;

/** A watch on which nothing is missed any more. */
async function live(options: WatchOptions = {}): Promise<RuntimeWatch> {
  const watch = new RuntimeWatch(await runtime.watch(location(), options));
  expect(await watch.ofType('subscribed')).toMatchObject({ seq: 0, state: 'live' });
  return watch;
}

/** Files and directories of the share that the server has open. */
async function handles(): Promise<number> {
  const counts = samba.childPids().map((pid) => openFilesBelow(samba.share, pid));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

const resources = (wanted: string): number =>
  process.getActiveResourcesInfo().filter((name) => name === wanted).length;
const sockets = (): number => resources('TCPSocketWrap');
const timers = (): number => resources('Timeout');

describe('a watch of the library', () => {
  it('tells what changes, with kind, size and time', async () => {
    const watch = await live();
    writeFileSync(at('may.txt'), 'fair winds');
    const event = await watch.until(
      (one) => one.type === 'change' && one.changes.some(({ size }) => size === 10),
    );
    const [change] = event.type === 'change' ? event.changes : [];
    expect(change).toMatchObject({ path: 'may.txt', kind: 'file', size: 10 });
    expect(Math.abs(Date.parse(change?.modified_at ?? '') - Date.now())).toBeLessThan(60_000);
  });

  it('holds one resync instead of thousands of events for a reader that is slow', async () => {
    await runtime.stop();
    runtime = createRuntime({ limits: { readerEvents: 5, coalesceMs: 0 } });
    const slow = await live();
    const quick = await live();
    // As many as needed: several writes may come as one event.
    let told = 0;
    for (let file = 0; told < 40; file++) {
      writeFileSync(at(`${file}.txt`), '');
      told = (await quick.ofType('change')).seq;
    }
    const queued: WatchEvent[] = [];
    await slow.until((event) => {
      queued.push(event);
      return 'seq' in event && event.seq >= told;
    });
    expect(queued.length).toBeLessThanOrEqual(12);
    expect(queued).toContainEqual(
      expect.objectContaining({ type: 'resync', reason: 'slow_consumer' }),
    );
    writeFileSync(at('after.txt'), '');
    await slow.path('after.txt');
  });

  it('ends with its signal', async () => {
    const abort = new AbortController();
    const watch = await live({ signal: abort.signal });
    const next = watch.next();
    abort.abort();
    expect(await next).toBeUndefined();
    expect(await watch.next()).toBeUndefined();
    await expect.poll(handles).toBe(0);
  });

  it('ends at once with a signal that is aborted already', async () => {
    const watch = await runtime.watch(location(), { signal: AbortSignal.abort() });
    expect(await new RuntimeWatch(watch).next()).toBeUndefined();
    expect(runtime.watches()).toEqual([]);
  });

  it('gives its handle back within 100 ms when its loop is left', async () => {
    const watching = await runtime.watch(location());
    let left = 0;
    for await (const event of watching) {
      if (event.type !== 'subscribed') continue;
      expect(await handles()).toBe(1);
      left = performance.now();
      break;
    }
    await expect.poll(handles, { interval: 2, timeout: 5_000 }).toBe(0);
    expect(performance.now() - left).toBeLessThan(100);
    expect(runtime.watches()).toEqual([]);
  });

  it('lists and tells at refresh what nobody has told', async () => {
    const watch = await live({ filter: ['dir_name'] });
    writeFileSync(at('unheard.txt'), '');
    watch.watch.refresh();
    expect(await watch.ofType('resync')).toMatchObject({ reason: 'refresh' });
    await watch.path('unheard.txt');
  });

  it('shares connection and handle with others of the same directory', async () => {
    const none = sockets();
    const one = await live();
    const [socketsOfOne, handlesOfOne] = [sockets(), await handles()];
    expect(handlesOfOne).toBe(1);
    const others = await Promise.all([live(), live()]);
    expect(sockets()).toBe(socketsOfOne);
    expect(socketsOfOne - none).toBeLessThanOrEqual(2);
    expect(await handles()).toBe(1);
    await one.watch.close();
    writeFileSync(at('shared.txt'), '');
    await Promise.all(others.map((other) => other.path('shared.txt')));
    expect(runtime.counters()).toMatchObject({ subscribers: 2 });
  });

  it('throws what stands in the way from the start', async () => {
    const wrong = `smb://alice:wrong@127.0.0.1:${samba.port}/data`;
    const refused = new RuntimeWatch(await runtime.watch(wrong));
    await expect(refused.ofType('subscribed')).rejects.toMatchObject({ code: 'logon_failure' });
    const missing = new RuntimeWatch(await runtime.watch(`${location()}/nowhere`));
    await expect(missing.ofType('subscribed')).rejects.toMatchObject({ code: 'not_found' });
    await expect(runtime.watch('smb://nas')).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('ends with directory_deleted where that was asked for', async () => {
    await samba.smbclient('mkdir passing');
    const passing = location().replace(/reports$/, 'passing');
    const watch = new RuntimeWatch(await runtime.watch(passing, { stopOnDelete: true }));
    await watch.ofType('subscribed');
    await samba.smbclient('rmdir passing');
    const end = watch.ofType('resync');
    await expect(end).rejects.toMatchObject({ code: 'directory_deleted' });
    expect(runtime.watches()).toEqual([]);
  });
});

describe('a runtime that stops', () => {
  it('leaves no socket, no timer, no handle and ends every loop', async () => {
    await expect.poll(sockets).toBe(0);
    const before = timers();
    const watch = await live({ recursive: true });
    const waiting = new RuntimeWatch(await runtime.watch('smb://alice:pw@127.0.0.1:9/data'));
    await waiting.until((event) => event.type === 'state' && event.state === 'reconnecting');
    const start = performance.now();
    await runtime.stop();
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(await watch.next()).toBeUndefined();
    expect(await waiting.next()).toBeUndefined();
    expect(runtime.actors.list()).toEqual([]);
    await expect.poll(handles).toBe(0);
    await expect.poll(sockets).toBe(0);
    expect(timers()).toBeLessThanOrEqual(before);
    await expect(runtime.watch(location())).rejects.toMatchObject({ code: 'closed' });
    await runtime.stop();
  });

  it('takes the doors away that were put on a server of its host', async () => {
    const server = createServer((_, response) => void response.end('the host'));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const text = async (path: string): Promise<string> => (await fetch(url + path)).text();
    try {
      const { token } = await runtime.attach(server, { basePath: '/tidewatch' });
      expect(token).toMatch(/^[\w-]{40,}$/);
      expect(await text('/tidewatch/healthz')).toContain('ok');
      expect(await text('/')).toBe('the host');
      await runtime.stop();
      expect(await text('/tidewatch/healthz')).toBe('the host');
    } finally {
      server.closeAllConnections();
      server.close();
      await turn();
    }
  });
});
