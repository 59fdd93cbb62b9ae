import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSamba } from '../servers/samba.ts';
import { madeDirectory } from '../support/chaos-files.ts';
import { IndependentSession, diskLister } from '../support/chaos-listing.ts';
import { ChaosReader } from '../support/chaos-reader.ts';
import { setPassword } from '../support/chaos-server.ts';
import { setUpChaosDirectories } from '../support/chaos-setting.ts';
import { ChaosStages, connectionsTo, locationOf } from '../support/chaos-stage.ts';

const FAST = { baseMs: 50, capMs: 200 };
const HALF_AN_HOUR = 1_800_000;

describe('a watched directory whose session', () => {
  const chaos = setUpChaosDirectories();
  const { stages } = chaos;

  it.each([
    { how: 'is killed', command: ['smbd', 'kill-client-ip', '127.0.0.1'], reason: 'reconnected' },
    { how: 'loses its share', command: ['smbd', 'close-share', 'data'], reason: 'reopened' },
  ])('$how by an operator is live again, and says so', async ({ command, reason }) => {
    const { samba, dir, name } = chaos;
    const stage = stages.make({ retry: FAST });
    const list = diskLister(dir);
    const readers = await Promise.all(
      [{}, { recursive: true }, { detail: 'refresh' as const }].map((options) =>
        stage.watch(locationOf(samba, name), options, { list }),
      ),
    );
    for (const reader of readers) await reader.untilLive();
    for (let round = 1; round <= 2; round++) {
      await samba.smbcontrol(...command);
      for (const reader of readers) {
        await reader.untilResyncs(round);
        await reader.untilLive();
      }
      await samba.watchesInForce();
      writeFileSync(join(dir, `later-${round}`), 'x'.repeat(round));
      for (const reader of readers) {
        await reader.untilKnows(`later-${round}`);
        await reader.untilTrue();
        expect(reader.resyncs.at(-1)).toBe(reason);
      }
    }
  });

  it('ends with a server that is shut down in order goes on with the next one', async () => {
    const { samba, dir, name } = chaos;
    const stage = stages.make({ retry: FAST });
    const list = diskLister(dir);
    const reader = await stage.watch(locationOf(samba, name), {}, { list });
    await reader.untilLive();
    await samba.smbcontrol('smbd', 'shutdown');
    await reader.untilState('reconnecting');
    writeFileSync(join(dir, 'away'), 'x');
    await samba.restart();
    await reader.untilResyncs(1);
    await reader.untilLive();
    expect(reader.resyncs).toEqual(['reconnected']);
    await reader.untilTrue();
  });

  it('is good is not lent to one who comes with a wrong password', async () => {
    const { samba, dir, name } = chaos;
    const stage = stages.make({ retry: FAST });
    const list = diskLister(dir);
    const good = await stage.watch(locationOf(samba, name), {}, { list });
    await good.untilLive();
    const location = locationOf(samba, name).replace('alicepw', 'wrong');
    const bad = await stage.watch(location, {}, { list });
    await expect(bad.untilEnded()).resolves.toMatchObject({ code: 'logon_failure' });
    expect(bad.isSubscribed).toBe(false);
    expect(good.latest).toBe('live');
    await samba.watchesInForce();
    writeFileSync(join(dir, 'file'), 'x');
    await good.untilKnows('file');
    await good.untilTrue();
    expect(bad.model.size).toBe(0);
  });

  it('cannot be had any more is not asked for again for half an hour at least', async () => {
    const own = await startSamba();
    try {
      madeDirectory(join(own.share, 'dir'));
      const stage = stages.make({ retry: FAST });
      const list = diskLister(join(own.share, 'dir'));
      const reader = await stage.watch(locationOf(own, 'dir'), {}, { list });
      await reader.untilLive();
      await setPassword(own, 'alice', 'another');
      writeFileSync(join(own.share, 'dir', 'before'), 'x');
      // Sessions that live go on.
      await reader.untilKnows('before');
      await own.smbcontrol('smbd', 'kill-client-ip', '127.0.0.1');
      await reader.untilState('denied');
      expect(reader.states.at(-1)).toMatchObject({ state: 'denied', code: 'logon_failure' });
      expect(reader.states.at(-1)?.retry_in_ms).toBeGreaterThanOrEqual(HALF_AN_HOUR);
      await expect.poll(() => connectionsTo(own.port)).toBe(0);
      const asked = stage.dialled;
      const other = await stage.watch(locationOf(own, 'dir'), {}, { list });
      await expect(other.untilEnded()).resolves.toMatchObject({ code: 'logon_failure' });
      expect(stage.dialled).toBe(asked);
      // Who knows the new password has a session of his own.
      const location = locationOf(own, 'dir').replace('alicepw', 'another');
      const knowing = await stage.watch(location, {}, { list });
      await knowing.untilLive();
      await knowing.untilTrue();
      await stage.stop();
    } finally {
      await own.stop();
    }
  });
});

describe('a server that hangs up instead of negotiating', () => {
  it('is tried again a few times before it is taken for one without SMB 2', async () => {
    const stages = new ChaosStages();
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const stage = stages.make({ retry: FAST });
      const { port } = server.address() as AddressInfo;
      const location = `smb://alice:alicepw@127.0.0.1:${port}/data/dir`;
      const reader = await stage.watch(location, {}, { list: () => new Map() });
      await expect(reader.untilEnded()).resolves.toMatchObject({ code: 'unsupported' });
      expect(stage.dialled).toBe(3);
    } finally {
      await stages.stop();
      server.close();
    }
  });
});

describe('an independent session', () => {
  it('is made anew after the server has ended it', async () => {
    const samba = await startSamba();
    await using session = new IndependentSession(samba);
    madeDirectory(join(samba.share, 'dir', 'sub'));
    const list = session.lister('', { recursive: true });
    try {
      const before = await list();
      expect([...before.keys()]).toEqual(['dir', 'dir/sub']);
      const { connection } = await session.open();
      await samba.smbcontrol('smbd', 'kill-client-ip', '127.0.0.1');
      await connection.closed;
      expect(await list()).toEqual(before);
      const reader = new ChaosReader({ list });
      reader.subscribed({
        type: 'subscribed',
        epoch: 'one',
        seq: 0,
        state: 'live',
        resumed: false,
      });
      await reader.untilTrue();
    } finally {
      await session[Symbol.asyncDispose]();
      await samba.stop();
    }
  });
});
