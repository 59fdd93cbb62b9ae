import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/app/index.ts';
import type { Runtime, WatchEvent } from '../../src/app/index.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';

let server: SambaServer;

beforeAll(async () => {
  server = await startSamba();
  for (const name of ['Reports', 'caf\u00e9', 'cafe\u0301']) {
    mkdirSync(join(server.share, name));
    chmodSync(join(server.share, name), 0o777);
  }
});

afterAll(() => server.stop());

const ALICE = { username: 'alice', password: 'alicepw' };

/** Watches `path`, and gives how to wait for an event of it. */
async function follow(
  runtime: Runtime,
  path: string,
  { host = '127.0.0.1', password = ALICE.password } = {},
): Promise<(type: WatchEvent['type']) => Promise<WatchEvent>> {
  const target = {
    type: 'smb',
    host,
    port: server.port,
    share: 'data',
    logon: { ...ALICE, password },
  } as const;
  const events = (await runtime.watch({ target, path }))[Symbol.asyncIterator]();
  return async (type) => {
    for (;;) {
      const next = await events.next();
      if (next.done === true) throw new Error('it ended');
      if (next.value.type === type) return next.value;
    }
  };
}

const directories = (runtime: Runtime): number =>
  runtime.actors.list().filter(({ machine }) => machine === 'watched-directory').length;

const connections = (runtime: Runtime): number =>
  runtime.actors
    .list()
    .filter(({ machine, id }) => machine === 'smb-connection' && !id.includes('#')).length;

describe('watches are shared', () => {
  it('by spellings that the server says are one directory', async () => {
    const runtime = createRuntime();
    const one = await follow(runtime, 'Reports');
    await one('subscribed');
    const other = await follow(runtime, 'REPORTS');
    await other('subscribed');
    await expect.poll(() => directories(runtime)).toBe(1);
    writeFileSync(join(server.share, 'Reports', 'new'), '');
    const [told, toldToo] = await Promise.all([one('change'), other('change')]);
    expect(told).toMatchObject({ changes: [{ action: 'added', path: 'new' }] });
    expect(toldToo).toMatchObject({ changes: [{ action: 'added', path: 'new' }] });
    await runtime.stop();
  });

  it('by no directories that only look alike', async () => {
    const runtime = createRuntime();
    const composed = await follow(runtime, 'caf\u00e9');
    const decomposed = await follow(runtime, 'cafe\u0301');
    await Promise.all([composed('subscribed'), decomposed('subscribed')]);
    expect(directories(runtime)).toBe(2);
    writeFileSync(join(server.share, 'cafe\u0301', 'twin'), '');
    expect(await decomposed('change')).toMatchObject({ changes: [{ path: 'twin' }] });
    await runtime.stop();
  });

  it('over one connection by names of one address', async () => {
    const runtime = createRuntime({ network: { resolve: () => Promise.resolve('127.0.0.1') } });
    const one = await follow(runtime, 'Reports', { host: 'nas' });
    const other = await follow(runtime, '', { host: 'nas.example' });
    await Promise.all([one('subscribed'), other('subscribed')]);
    expect(connections(runtime)).toBe(1);
    await runtime.stop();
  });

  it('over no connection of somebody with another password, who fails beside it', async () => {
    const runtime = createRuntime();
    const right = await follow(runtime, 'Reports');
    await right('subscribed');
    const wrong = await follow(runtime, 'Reports', { password: 'wrong' });
    await expect(wrong('subscribed')).rejects.toMatchObject({ code: 'logon_failure' });
    writeFileSync(join(server.share, 'Reports', 'still live'), '');
    expect(await right('change')).toMatchObject({ changes: [{ path: 'still live' }] });
    await runtime.stop();
  });
});
