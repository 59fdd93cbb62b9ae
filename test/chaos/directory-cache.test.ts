import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { startFaultProxy } from '../servers/tcp-fault-proxy.ts';
import { Prng } from '../simulation/prng.ts';
import { directoriesOnDisk, makeTree, until, untilAgrees } from '../support/cache-stage.ts';
import { ChaosStages, locationOf } from '../support/chaos-stage.ts';

const SEED = Number(process.env['TIDEWATCH_SEED'] ?? Date.now() % 1_000_000);
const STEPS = 60;

/** Changes by clients and by programs of the server, in any order, while the link breaks now and then. */
describe(`a directory cache while everything changes, seed ${SEED}`, { timeout: 90_000 }, () => {
  const stages = new ChaosStages();
  afterEach(() => stages.stop());

  it.each(['local', 'clients'] as const)('agrees with the disk at last: by %s', async (who) => {
    const samba = await startSamba({ share: ['force user = root'] });
    const proxy = await startFaultProxy({ targetPort: samba.port });
    try {
      const top = join(samba.share, 'top');
      makeTree(top, { width: 4, depth: 2, leaves: 2 });
      const stage = stages.make({
        retry: { baseMs: 20, capMs: 100 },
        limits: { cachePlanMs: 20, cacheMoveGraceMs: 200, connectTimeoutMs: 1_000 },
      });
      const cache = await stage.runtime.cache(locationOf(samba, 'top', proxy.port));
      await cache.ready();
      const chance = new Prng(SEED, who);
      for (let step = 0; step < STEPS; step += 1) {
        if (who === 'local') changeOnDisk(top, chance, step);
        else await changeByClient(samba, top, chance, step);
        if (chance.next() < 0.1) proxy.cut(chance.next() < 0.5 ? 'rst' : 'fin');
      }
      // Local changes below the first level are told only where a handle was armed before them.
      await until('ready', () => cache.info.state === 'ready');
      if (who === 'local') cache.rescan();
      const there = await untilAgrees(cache, top, 30_000);
      expect(there.length).toBeGreaterThan(0);
      await until('free of errors', () => cache.info.stale === 0, {
        shows: () => cache.info.errors,
      });
    } finally {
      await stages.stop();
      await proxy.close();
      await samba.stop();
    }
  });
});

interface Change {
  readonly what: 'make' | 'move' | 'remove';
  readonly path: string;
  readonly to: string;
}

function changeAt(top: string, chance: Prng, step: number): Change {
  const there = directoriesOnDisk(top);
  const any = (): string => there[Math.floor(chance.next() * there.length)] ?? '';
  const dice = chance.next();
  const path = any();
  const into = [any(), ''].find((one) => one !== path && !one.startsWith(`${path}/`)) ?? '';
  if (dice < 0.45 || path === '') return { what: 'make', path: join(path, `new${step}`), to: '' };
  if (dice < 0.85) return { what: 'move', path, to: join(into, `moved${step}`) };
  return { what: 'remove', path, to: '' };
}

function changeOnDisk(top: string, chance: Prng, step: number): void {
  const { what, path, to } = changeAt(top, chance, step);
  if (what === 'make') mkdirSync(join(top, path, 'below'), { recursive: true });
  else if (what === 'move') renameSync(join(top, path), join(top, to));
  else rmSync(join(top, path), { recursive: true });
}

async function changeByClient(
  samba: SambaServer,
  top: string,
  chance: Prng,
  step: number,
): Promise<void> {
  const { what, path, to } = changeAt(top, chance, step);
  const [at, there] = [path, to].map((one) => `top\\${one.replaceAll('/', '\\')}`);
  const command =
    what === 'make' ? `mkdir ${at}` : what === 'move' ? `rename ${at} ${there}` : `deltree ${at}`;
  // What the server refuses did not happen.
  await samba.smbclient(command).catch(() => undefined);
}
