import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { signalGroup } from '../servers/process-group.ts';
import { startSamba } from '../servers/samba.ts';
import { startFaultProxy } from '../servers/tcp-fault-proxy.ts';
import { madeDirectory } from '../support/chaos-files.ts';
import { diskLister } from '../support/chaos-listing.ts';
import type { ChaosReader } from '../support/chaos-reader.ts';
import { setUpChaosDirectories } from '../support/chaos-setting.ts';
import { locationOf, openHandles } from '../support/chaos-stage.ts';

const FAST = { baseMs: 50, capMs: 200 };

describe('a watched directory whose server', () => {
  const chaos = setUpChaosDirectories();
  const { stages } = chaos;

  it.each(['changes', 'refresh'] as const)(
    'dies again and again is live after each return, for readers who ask for %s',
    async (detail) => {
      const { samba, session, dir, name } = chaos;
      const stage = stages.make({ retry: FAST });
      const list = session.lister(name);
      const reader = await stage.watch(locationOf(samba, name), { detail }, { list });
      await reader.untilLive();
      await samba.watchesInForce();
      for (let round = 1; round <= 3; round++) {
        signalGroup(samba.pid, 'SIGKILL');
        writeFileSync(join(dir, `away-${round}`), 'x'.repeat(round));
        await reader.untilState('reconnecting');
        await samba.restart();
        await reader.untilResyncs(round);
        await reader.untilLive();
        await samba.watchesInForce();
        const { tree } = await session.open();
        await tree.writeFile(`${name}/back-${round}`, Buffer.from('xx'));
        await reader.untilKnows(`back-${round}`);
        await reader.untilTrue();
      }
      // Of a server that dies process by process, a handle may go before its connection does.
      const expected = new Set(['reconnected', 'reopened']);
      expect(reader.resyncs.filter((reason) => !expected.has(reason))).toEqual([]);
      expect(reader.resyncs).toContain('reconnected');
      expect(openHandles(samba, dir)).toBe(1);
    },
  );

  it.each(['every process of the server', 'the processes that serve it'])(
    'is frozen for a while tells afterwards what happened meanwhile: %s',
    async (what) => {
      const { samba, session, dir, name } = chaos;
      const before = samba.childPids();
      const stage = stages.make();
      const list = diskLister(dir);
      const reader = await stage.watch(locationOf(samba, name), {}, { list });
      await reader.untilLive();
      await samba.watchesInForce();
      const own = samba.childPids().filter((pid) => !before.includes(pid));
      expect(own.length).toBeGreaterThan(0);
      const signal = (how: NodeJS.Signals): void => {
        if (what === 'every process of the server') signalGroup(samba.pid, how);
        else for (const pid of own) process.kill(pid, how);
      };
      signal('SIGSTOP');
      try {
        for (let i = 0; i < 20; i++) writeFileSync(join(dir, `frozen-${i}`), 'x');
        // Nothing can come, so there is nothing to wait for but time.
        await delay(1_000);
        expect(reader.model.size).toBe(0);
      } finally {
        signal('SIGCONT');
      }
      await reader.untilTrue(session.lister(name));
      expect(reader.resyncs).toEqual([]);
      await reader.untilState('live');
    },
  );

  it(
    'answers no more, or is cut off without a word, is noticed within 30 s',
    { timeout: 60_000 },
    async () => {
      const { samba, dir, name } = chaos;
      const frozen = await startSamba();
      const blackHole = await startFaultProxy({ targetPort: samba.port });
      try {
        const other = madeDirectory(join(frozen.share, 'dir'));
        const begin = async (location: string, directory: string): Promise<ChaosReader> => {
          const stage = stages.make({ retry: FAST, limits: { connectTimeoutMs: 1_000 } });
          const reader = await stage.watch(location, {}, { list: diskLister(directory) });
          await reader.untilLive();
          await samba.watchesInForce();
          return reader;
        };
        const readers = await Promise.all([
          begin(locationOf(samba, name, blackHole.port), dir),
          begin(locationOf(frozen, 'dir'), other),
        ]);
        const start = performance.now();
        blackHole.pause('both');
        signalGroup(frozen.pid, 'SIGSTOP');
        writeFileSync(join(dir, 'unheard'), 'x');
        writeFileSync(join(other, 'unheard'), 'x');
        await Promise.all(readers.map((reader) => reader.untilState('reconnecting', 31_000)));
        expect(performance.now() - start).toBeLessThan(31_000);
        blackHole.cut('rst');
        blackHole.resume();
        signalGroup(frozen.pid, 'SIGCONT');
        for (const reader of readers) {
          await reader.untilResyncs(1);
          expect(reader.resyncs).toEqual(['reconnected']);
          await reader.untilLive();
          await samba.watchesInForce();
          await reader.untilTrue();
        }
      } finally {
        signalGroup(frozen.pid, 'SIGCONT');
        await blackHole.close();
        await stages.stop();
        await frozen.stop();
      }
    },
  );

  it(
    'comes back while the next try is a minute away is found within 5 s',
    { timeout: 60_000 },
    async () => {
      const { samba, session, name } = chaos;
      const stage = stages.make({ retry: { baseMs: 60_000, capMs: 60_000, jitter: 'none' } });
      const reader = await stage.watch(locationOf(samba, name), {}, { list: session.lister(name) });
      await reader.untilLive();
      signalGroup(samba.pid, 'SIGKILL');
      await reader.until('a long wait', () => (reader.states.at(-1)?.retry_in_ms ?? 0) > 50_000);
      // So long that somebody has tried in vain.
      await delay(6_000);
      expect(reader.latest).toBe('reconnecting');
      await samba.restart();
      const start = performance.now();
      await reader.untilLive(10_000);
      expect(performance.now() - start).toBeLessThan(6_000);
      expect(reader.resyncs).toEqual(['reconnected']);
      await reader.untilTrue();
    },
  );

  it(
    'dies below a thousand of them is seen by each, and all are live within 15 s',
    { timeout: 60_000 },
    async () => {
      const { samba } = chaos;
      const stage = stages.make();
      const directories = Array.from({ length: 1_000 }, (_, i) => `many/${i}`);
      for (const path of directories) madeDirectory(join(samba.share, path));
      const readers = await Promise.all(
        directories.map((path) =>
          stage.watch(locationOf(samba, path), {}, { list: diskLister(join(samba.share, path)) }),
        ),
      );
      await Promise.all(readers.map((reader) => reader.untilLive(30_000)));
      signalGroup(samba.pid, 'SIGKILL');
      await Promise.all(readers.map((reader) => reader.untilState('reconnecting')));
      for (const path of directories) writeFileSync(join(samba.share, path, 'away'), 'x');
      await samba.restart();
      const start = performance.now();
      await Promise.all(
        readers.map(async (reader) => {
          await reader.untilResyncs(1, 16_000);
          await reader.untilLive(16_000);
        }),
      );
      expect(performance.now() - start).toBeLessThan(15_000);
      await samba.watchesInForce();
      for (const path of directories) writeFileSync(join(samba.share, path, 'later'), 'xx');
      for (const reader of readers) {
        await reader.untilTrue();
        expect(reader.resyncs).toEqual(['reconnected']);
      }
      expect(stage.runtime.counters().watches).toEqual({ live: 1_000 });
    },
  );
});
