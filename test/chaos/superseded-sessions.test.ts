import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SambaOptions } from '../servers/samba.ts';
import { madeDirectory } from '../support/chaos-files.ts';
import { diskLister } from '../support/chaos-listing.ts';
import { startChaosServer } from '../support/chaos-setting.ts';
import { sessionsOf, supersede } from '../support/chaos-sessions.ts';
import { ChaosStages, locationOf } from '../support/chaos-stage.ts';

const FAST = { baseMs: 50, capMs: 200 };
const SIGNED: SambaOptions = { global: ['server smb encrypt = off'] };

describe('a watched directory whose session the server ends while TCP stays', () => {
  const stages = new ChaosStages();
  afterEach(() => stages.stop());

  it.each([
    { how: 'signed', options: SIGNED },
    { how: 'encrypted', options: {} },
  ])('is live again, and says so; messages are $how', async ({ how, options }) => {
    await using server = await startChaosServer(options);
    const { samba } = server;
    const dir = madeDirectory(join(samba.share, 'dir'));
    const stage = stages.make({ retry: FAST });
    const list = diskLister(dir);
    const readers = await Promise.all(
      [{}, { recursive: true }, { detail: 'refresh' as const }].map((wish) =>
        stage.watch(locationOf(samba, 'dir'), wish, { list }),
      ),
    );
    const untilAllKnow = async (name: string): Promise<void> => {
      await samba.watchesInForce();
      writeFileSync(join(dir, name), 'x');
      for (const reader of readers) {
        await reader.untilKnows(name);
        await reader.untilTrue();
      }
    };
    for (const reader of readers) await reader.untilLive();
    for (let round = 1; round <= 2; round++) {
      const asked = sessionsOf(stage);
      const before = new Set(stage.sockets);
      await untilAllKnow(`before-${round}`);
      const sessions = await asked;
      // One for watches, one for listings.
      expect(sessions).toHaveLength(2);
      const heard = readers.map(({ resyncs }) => resyncs.length);
      const successors = await Promise.all(sessions.map((session) => supersede(samba, session)));
      for (const [at, reader] of readers.entries()) {
        await reader.untilResyncs(heard[at]! + 1);
        await reader.untilLive();
      }
      await untilAllKnow(`after-${round}`);
      // Nothing goes on with a session that is gone.
      expect([...stage.sockets].filter((socket) => before.has(socket))).toEqual([]);
      await Promise.all(successors.map(({ connection }) => connection.close()));
    }
    for (const { resyncs, states } of readers) {
      // `reopened` where the listing broke that was to follow the new connection.
      const reasons = resyncs.filter((reason) => reason !== 'recheck');
      expect(new Set(['reconnected', 'reopened', ...reasons]).size).toBe(2);
      // To an encrypted request of an unknown session the answer is the end of the connection.
      const told = states.map(({ message = '' }) => message).join('\n');
      if (how === 'signed') expect(told).toMatch(/The server ended the session/);
    }
    await stage.stop();
  });

  it('is live again when only listings went through it', async () => {
    await using server = await startChaosServer(SIGNED);
    const { samba } = server;
    const dir = madeDirectory(join(samba.share, 'dir'));
    const stage = stages.make({ retry: FAST });
    const reader = await stage.watch(locationOf(samba, 'dir'), {}, { list: diskLister(dir) });
    await reader.untilLive();
    await samba.watchesInForce();
    const asked = sessionsOf(stage);
    writeFileSync(join(dir, 'before'), 'x');
    await reader.untilKnows('before');
    // The connection of the watches was there first.
    const [, listings] = await asked;
    const successor = await supersede(samba, listings!);
    writeFileSync(join(dir, 'after'), 'x');
    await reader.untilKnows('after');
    await reader.untilTrue();
    await reader.untilLive();
    await samba.watchesInForce();
    writeFileSync(join(dir, 'later'), 'x');
    await reader.untilKnows('later');
    await reader.untilTrue();
    expect([...reader.model.keys()].sort()).toEqual(['after', 'before', 'later']);
    await successor.connection.close();
    await stage.stop();
  });
});
