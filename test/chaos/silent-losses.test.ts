import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SambaOptions, SambaServer } from '../servers/samba.ts';
import { madeDirectory } from '../support/chaos-files.ts';
import { diskLister } from '../support/chaos-listing.ts';
import type { IndependentSession } from '../support/chaos-listing.ts';
import { startChaosServer } from '../support/chaos-setting.ts';
import { ChaosStages, locationOf } from '../support/chaos-stage.ts';

const BURST = 20_000;

/** A server, its share's directory `dir`, and a session beside what is tested. */
async function withServer(
  options: SambaOptions,
  work: (samba: SambaServer, dir: string, session: IndependentSession) => Promise<void>,
): Promise<void> {
  await using server = await startChaosServer(options);
  const { samba, session } = server;
  await work(samba, madeDirectory(join(samba.share, 'dir')), session);
}

describe('what a server cannot tell', { timeout: 60_000 }, () => {
  const stages = new ChaosStages();
  afterEach(() => stages.stop());

  it.each(['the server itself', 'an SMB client'])(
    'of 20,000 files made in one go by %s is told as an overflow at most',
    async (who) => {
      // Else smbd looks through the whole directory for each new name.
      await withServer({ share: ['case sensitive = yes'] }, async (samba, dir, session) => {
        const stage = stages.make();
        const list = diskLister(dir);
        const reader = await stage.watch(locationOf(samba, 'dir'), {}, { list });
        await reader.untilLive();
        await samba.watchesInForce();
        if (who === 'the server itself') {
          for (let i = 0; i < BURST; i++) writeFileSync(join(dir, `file-${i}`), '');
        } else {
          const { tree } = await session.open();
          const numbers = Array.from({ length: BURST }, (_, i) => i).values();
          const make = async (): Promise<void> => {
            for (const i of numbers) await (await tree.open(`dir/file-${i}`, CREATED)).close();
          };
          await Promise.all(Array.from({ length: 32 }, make));
        }
        await reader.untilTrue(session.lister('dir'), 40_000);
        expect(reader.model.size).toBe(BURST);
        expect(reader.told).toBeLessThan(2_000);
        // What was busy soon after it was armed is listed once more.
        const others = reader.resyncs.filter((reason) => reason !== 'recheck');
        expect(new Set(['overflow', ...others])).toEqual(new Set(['overflow']));
        await stage.stop();
      });
    },
  );

  it('when it does not look at its disk is found by comparing, and said to be a loss', async () => {
    await withServer({ variant: 'noinotify' }, async (samba, dir, session) => {
      writeFileSync(join(dir, 'old'), 'x');
      const stage = stages.make({ limits: { verifyIntervalMs: 800, verifyGraceMs: 100 } });
      const list = session.lister('dir');
      const reader = await stage.watch(locationOf(samba, 'dir'), {}, { list });
      await reader.untilLive();
      await samba.watchesInForce();
      for (let round = 1; round <= 2; round++) {
        const start = performance.now();
        writeFileSync(join(dir, `unheard-${round}`), 'x');
        rmSync(join(dir, 'old'), { force: true });
        await reader.untilResyncs(round);
        // The interval, the grace, and the listings.
        expect(performance.now() - start).toBeLessThan(2_000);
        await reader.untilTrue();
      }
      expect(reader.resyncs).toEqual(['diverged', 'diverged']);
      expect(stage.runtime.counters().divergences).toBe(2);
      const { tree } = await session.open();
      await tree.writeFile('dir/heard', Buffer.from('x'));
      await reader.untilKnows('heard');
      expect(reader.resyncs).toHaveLength(2);
      await stage.stop();
    });
  });

  it('when it does not look at its disk is found at once by who asks for a refresh', async () => {
    await withServer({ variant: 'noinotify' }, async (samba, dir, session) => {
      const stage = stages.make();
      const list = session.lister('dir');
      const reader = await stage.watch(locationOf(samba, 'dir'), {}, { list });
      await reader.untilLive();
      await samba.watchesInForce();
      writeFileSync(join(dir, 'unheard'), 'x');
      reader.subscription?.refresh();
      await reader.untilKnows('unheard');
      expect(reader.resyncs.filter((reason) => reason !== 'refresh')).toEqual([]);
      await reader.untilTrue();
      await stage.stop();
    });
  });

  it.each(['changes', 'refresh'] as const)(
    'when it has no notifications at all is found by polling, for readers who ask for %s',
    async (detail) => {
      await withServer({ variant: 'nonotify' }, async (samba, dir, session) => {
        mkdirSync(join(dir, 'sub'));
        const stage = stages.make({ limits: { pollMinMs: 200, pollMaxMs: 400 } });
        const list = session.lister('dir');
        const reader = await stage.watch(locationOf(samba, 'dir'), { detail }, { list });
        await reader.untilSubscribed();
        await samba.watchesInForce();
        expect(reader.latest).toBe('polling');
        expect(stage.runtime.watches()[0]).toMatchObject({ mode: 'polling', state: 'polling' });
        writeFileSync(join(dir, 'local'), 'xx');
        await reader.untilKnows('local');
        const { tree } = await session.open();
        await tree.writeFile('dir/remote', Buffer.from('xxx'));
        await reader.untilKnows('remote');
        await tree.rename('dir/remote', 'dir/renamed');
        rmSync(join(dir, 'local'));
        rmSync(join(dir, 'sub'), { recursive: true });
        await reader.untilKnows('renamed');
        await reader.untilTrue();
        // Once, for what changed between a listing of the reader and the next poll.
        expect(new Set(['recheck', ...reader.resyncs])).toEqual(new Set(['recheck']));
        expect(reader.latest).toBe('polling');
        await stage.stop();
      });
    },
  );

  it.each([
    ['polled', 'nonotify', { pollMinMs: 1_000, pollMaxMs: 1_500 }],
    ['compared', 'noinotify', { verifyIntervalMs: 1_500, verifyGraceMs: 100 }],
  ] as const)(
    'of a name that comes and goes before the directory is %s again is told as a doubt',
    async (how, variant, limits) => {
      await withServer({ variant }, async (samba, dir, session) => {
        writeFileSync(join(dir, 'stays'), 'x');
        const stage = stages.make({ limits });
        const list = session.lister('dir');
        const reader = await stage.watch(locationOf(samba, 'dir'), {}, { list });
        await reader.untilSubscribed();
        expect(reader.latest).toBe(how === 'polled' ? 'polling' : 'live');
        const looks = (): number => {
          const { listings, verifications } = stage.runtime.counters();
          return listings + verifications;
        };
        // What was told for having just begun is over, and the next look is as far away as can be.
        const settled = looks() + 4;
        while (looks() < settled) await nextTurn();
        for (let turn = 0; turn < 20; turn += 1) await nextTurn();
        const before = reader.resyncs.length;
        await reader.untilTrue();
        const seen = looks();
        writeFileSync(join(dir, 'passing'), 'x');
        expect([...(await list()).keys()].sort()).toEqual(['passing', 'stays']);
        rmSync(join(dir, 'passing'));
        expect(looks()).toBe(seen);
        await reader.untilResyncs(before + 1);
        expect(new Set(reader.resyncs)).toEqual(new Set(['recheck']));
        expect(reader.events.filter(({ type }) => type === 'change')).toEqual([]);
        expect(stage.runtime.counters().divergences).toBe(0);
        await reader.untilTrue();
        await stage.stop();
      });
    },
  );

  it.each(['changes', 'refresh'] as const)(
    'of which the directory is polled and at rest is told once, for readers who ask for %s',
    async (detail) => {
      await withServer({ variant: 'nonotify' }, async (samba, dir, session) => {
        const stage = stages.make({ limits: { pollMinMs: 100, pollMaxMs: 200 } });
        const list = session.lister('dir');
        const reader = await stage.watch(locationOf(samba, 'dir'), { detail }, { list });
        await reader.untilSubscribed();
        writeFileSync(join(dir, 'new'), 'x');
        await reader.untilKnows('new');
        const { listings } = stage.runtime.counters();
        while (stage.runtime.counters().listings < listings + 3) await nextTurn();
        const { told } = reader;
        while (stage.runtime.counters().listings < listings + 10) await nextTurn();
        expect(reader.told).toBe(told);
        await stage.stop();
      });
    },
  );
});

const nextTurn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));

const CREATED = { access: 'write', create: 'new' } as const;
