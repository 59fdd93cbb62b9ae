import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { signalGroup } from '../servers/process-group.ts';
import { startFaultProxy } from '../servers/tcp-fault-proxy.ts';
import type { Direction, FaultProxy } from '../servers/tcp-fault-proxy.ts';
import { Prng } from '../simulation/prng.ts';
import { madeDirectory } from '../support/chaos-files.ts';
import type { ChaosReader } from '../support/chaos-reader.ts';
import { setUpChaos } from '../support/chaos-setting.ts';
import { locationOf, openHandles } from '../support/chaos-stage.ts';
import type { ChaosStage } from '../support/chaos-stage.ts';

const SEED = Number(process.env['TIDEWATCH_SEED'] ?? Date.now() % 1_000_000);
const RETRY = { baseMs: 20, capMs: 100 };
/** Runs that go on at once. */
const AT_ONCE = 12;

describe(`a connection that breaks at any moment, seed ${SEED}`, { timeout: 60_000 }, () => {
  const chaos = setUpChaos();
  const { stages } = chaos;
  let dir: string;
  /** What a start sends and receives, in bytes, and its frames. */
  let whole: { readonly frames: readonly number[]; readonly down: number };
  const chance = new Prng(SEED, 'moments');
  beforeAll(async () => {
    dir = madeDirectory(join(chaos.samba.share, 'dir'));
    madeDirectory(join(dir, 'sub'));
    await withProxy(async (proxy) => {
      const { stage } = await begun(proxy, true);
      whole = { frames: [...stage.frames], down: proxy.forwarded.down };
    });
  });

  async function withProxy(work: (proxy: FaultProxy) => Promise<void>): Promise<void> {
    const proxy = await startFaultProxy({ targetPort: chaos.samba.port });
    try {
      await work(proxy);
    } finally {
      await proxy.close();
    }
  }

  async function begun(
    proxy: FaultProxy,
    waits: boolean,
  ): Promise<{ stage: ChaosStage; reader: ChaosReader }> {
    // So many watches at once are more than the server has in force when it says so: what is missed by
    // that, without a signal, is found by comparing.
    const limits = { connectTimeoutMs: 1_000, verifyIntervalMs: 1_000, verifyGraceMs: 100 };
    const stage = stages.make({ retry: RETRY, limits });
    const list = chaos.session.lister('dir', { recursive: true });
    const location = locationOf(chaos.samba, 'dir', proxy.port);
    const reader = await stage.watch(location, { recursive: true }, { list });
    if (waits) await reader.untilLive();
    return { stage, reader };
  }

  /** Bytes from the begin: the end of each frame that is sent, and as many moments of the answers. */
  function moments(): { direction: Direction; bytes: number }[] {
    let sent = 0;
    const up = whole.frames.map((length) => {
      sent += length;
      return { direction: 'up' as const, bytes: sent };
    });
    const down = up.map(() => ({
      direction: 'down' as const,
      bytes: chance.between(1, whole.down),
    }));
    return [...up, ...down];
  }

  it('is made again while it starts, and misses nothing', async () => {
    const { samba, session } = chaos;
    const { tree } = await session.open();
    await atOnce(moments(), async ({ direction, bytes }, i) => {
      await withProxy(async (proxy) => {
        proxy.cutAfter(direction, bytes);
        const { reader, stage } = await begun(proxy, false);
        await reader.untilLive();
        await tree.writeFile(`dir/sub/start-${i}`, Buffer.from('x'));
        await reader.untilKnows(`sub/start-${i}`);
        await reader.untilTrue();
        await stage.stop();
      });
    });
    await expect.poll(() => openHandles(samba, dir)).toBe(0);
  });

  it('is made again while it is told news, and misses nothing', async () => {
    const { tree } = await chaos.session.open();
    await atOnce(
      Array.from({ length: 24 }, () => chance.between(1, 1_500)),
      async (bytes, i) => {
        await withProxy(async (proxy) => {
          const { reader, stage } = await begun(proxy, true);
          proxy.cutAfter(chance.pick(['up', 'down']), bytes);
          for (const name of ['a', 'b', 'c']) {
            await tree.writeFile(`dir/news-${i}-${name}`, Buffer.from(name));
          }
          await tree.mkdir(`dir/new-${i}`);
          await tree.writeFile(`dir/new-${i}/deep`, Buffer.from('x'));
          await tree.rename(`dir/news-${i}-a`, `dir/new-${i}/moved`);
          await reader.untilKnows(`new-${i}/moved`);
          await reader.untilTrue();
          // A loss that was found opens the directory anew.
          await reader.untilState('live');
          expect(reader.problems).toEqual([]);
          await stage.stop();
        });
      },
    );
  });

  it('leaves nothing behind when it is stopped at any moment of its start', async () => {
    await atOnce([...whole.frames.keys()], async (frame) => {
      await withProxy(async (proxy) => {
        const { stage, reader } = await begun(proxy, false);
        const stopped = new Promise<void>((resolve, reject) => {
          stage.onFrame = (frames) => {
            if (frames === frame + 1) stage.stop().then(resolve, reject);
          };
        });
        await Promise.race([stopped, reader.untilLive()]);
        await stage.stop();
      });
    });
    await expect.poll(() => openHandles(chaos.samba, dir)).toBe(0);
  });

  it('is given up in time when the server falls silent at any moment of its start', async () => {
    await atOnce([...whole.frames.keys()], async (frame) => {
      await withProxy(async (proxy) => {
        const { stage, reader } = await begun(proxy, false);
        const silent = new Promise<void>((resolve) => {
          stage.onFrame = (frames) => {
            if (frames !== frame + 1) return;
            proxy.pause('both');
            resolve();
          };
        });
        await Promise.race([silent, reader.untilLive()]);
        await stage.stop();
        expect(reader.ending).toBeUndefined();
      });
    });
  });

  it('may break at any moment of its end', async () => {
    await atOnce(
      Array.from({ length: 16 }, () => chance.between(1, 1_200)),
      async (bytes) => {
        await withProxy(async (proxy) => {
          const { stage } = await begun(proxy, true);
          proxy.cutAfter(chance.pick(['up', 'down']), bytes);
          await stage.stop();
        });
      },
    );
    await expect.poll(() => openHandles(chaos.samba, dir)).toBe(0);
  });

  it.each(['healthy', 'frozen', 'dead'])(
    'ends within 5 s while the server is %s, without a socket or a timer left',
    async (state) => {
      const { samba, session } = chaos;
      const sockets = (): number =>
        process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
      const before = sockets();
      const stage = stages.make();
      const list = session.lister('dir', { recursive: true });
      const reader = await stage.watch(locationOf(samba, 'dir'), { recursive: true }, { list });
      await reader.untilLive();
      expect(sockets()).toBeGreaterThan(before);
      if (state === 'frozen') signalGroup(samba.pid, 'SIGSTOP');
      if (state === 'dead') signalGroup(samba.pid, 'SIGKILL');
      try {
        await stage.stop();
        await expect.poll(sockets).toBeLessThanOrEqual(before);
      } finally {
        if (state === 'frozen') signalGroup(samba.pid, 'SIGCONT');
        if (state === 'dead') await samba.restart();
      }
      expect(reader.ending).toBeUndefined();
      await expect(stage.runtime.watch(locationOf(samba, 'dir'))).rejects.toMatchObject({
        code: 'closed',
      });
    },
  );
});

/** Does the work for each item, some of them at a time. */
async function atOnce<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const rest = items.entries();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [index, item] of rest) await work(item, index);
    }),
  );
}
