import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SambaServer } from '../servers/samba.ts';
import { Prng } from '../simulation/prng.ts';
import { madeDirectory } from '../support/chaos-files.ts';
import { diskLister } from '../support/chaos-listing.ts';
import type { Listing } from '../support/chaos-listing.ts';
import { ChaosReader } from '../support/chaos-reader.ts';
import { setUpChaos } from '../support/chaos-setting.ts';
import { connectionsTo, openHandles } from '../support/chaos-stage.ts';
import type { ChaosStage } from '../support/chaos-stage.ts';

const SECONDS = Number(process.env['TIDEWATCH_CHAOS_SECONDS'] ?? 10);
const SEED = Number(process.env['TIDEWATCH_SEED'] ?? Date.now() % 1_000_000);
const SUBSCRIBERS = 1_000;
const DIRECTORIES = 50;
/** More than this per subscriber that is gone would be a leak. */
const BYTES_EACH = 2_000;

describe(`a thousand subscribers who come and go for ${SECONDS} s, seed ${SEED}`, () => {
  const chaos = setUpChaos({ share: ['case sensitive = yes'] });
  const { stages } = chaos;
  beforeAll(() => {
    const { share } = chaos.samba;
    for (let i = 0; i < DIRECTORIES; i++) madeDirectory(join(share, `dir-${i}`, 'sub'));
  });

  it(
    'are told everything while they stay, and leave nothing behind',
    { timeout: 40_000 + SECONDS * 2_000 },
    async () => {
      const { samba } = chaos;
      const stage = stages.make({
        // A Samba server does not say when it begins to look at its disk, nor what it has lost.
        limits: { verifyIntervalMs: 2_000, verifyGraceMs: 100, connectionLingerMs: 200 },
      });
      stage.connectNas(samba);
      // A whole life before the first measure: code is compiled, caches are filled.
      await comeAndGo(stage, new Prng(SEED, 'warm-up'), Math.min(2, SECONDS / 2));
      const before = await heapAfter(stage, samba);
      await comeAndGo(stage, new Prng(SEED, 'life'), SECONDS);
      const after = await heapAfter(stage, samba);
      expect((after - before) / SUBSCRIBERS).toBeLessThan(BYTES_EACH);
      expect(stage.runtime.counters().subscribers).toBe(0);
      expect(openHandles(samba, join(samba.share, 'dir-0'))).toBe(0);
    },
  );

  async function comeAndGo(stage: ChaosStage, chance: Prng, seconds: number): Promise<void> {
    const people = Array.from({ length: SUBSCRIBERS }, () => arrive(stage, chance));
    const end = performance.now() + seconds * 1_000;
    let left = 0;
    while (performance.now() < end) {
      for (let i = 0; i < 20; i++) {
        const at = chance.between(0, people.length - 1);
        const { reader } = people[at]!;
        reader.subscription?.close();
        expect(reader.problems).toEqual([]);
        left += 1;
        people[at] = arrive(stage, chance);
      }
      await disturb(chance);
      // Breath for all the others.
      await delay(chance.between(1, 20));
    }
    expect(left).toBeGreaterThan(0);
    // What is told last is told of a file that nobody has touched before.
    for (let i = 0; i < DIRECTORIES; i++) {
      writeFileSync(join(chaos.samba.share, `dir-${i}`, 'last'), String(chance.between(0, 1e9)));
    }
    const truths = new Map<string, Listing>();
    for (const { path, recursive, reader } of people) {
      const key = `${path} ${recursive}`;
      if (!truths.has(key)) truths.set(key, await chaos.session.lister(path, { recursive })());
      await reader.untilSubscribed();
      await reader.untilTrue(() => truths.get(key)!);
    }
    // All at once, as when a server of WebSockets goes.
    for (const { reader } of people) reader.subscription?.close();
  }

  interface Person {
    readonly path: string;
    readonly recursive: boolean;
    readonly reader: ChaosReader;
  }

  function arrive(stage: ChaosStage, chance: Prng): Person {
    const path = `dir-${chance.between(0, DIRECTORIES - 1)}`;
    const recursive = chance.chance(0.2);
    const detail = chance.chance(0.2) ? 'refresh' : 'changes';
    const list = diskLister(join(chaos.samba.share, path), { recursive });
    const reader = new ChaosReader({ list, detail });
    const request = { connection: 'nas', path, recursive, detail } as const;
    reader.subscription = stage.runtime.subscribe(request, reader);
    return { path, recursive, reader };
  }

  /** Something happens in a directory, or below it, by the server itself or by a client of it. */
  async function disturb(chance: Prng): Promise<void> {
    const below = chance.chance(0.3) ? '/sub' : '';
    const directory = `dir-${chance.between(0, DIRECTORIES - 1)}${below}`;
    const name = (): string => `${directory}/${chance.pick(['a', 'b', 'c', 'd'])}`;
    const [one, other] = [name(), name()];
    const what = chance.weighted({ write: 4, rename: 2, remove: 2 });
    const content = 'x'.repeat(chance.between(0, 100));
    const disk = (path: string): string => join(chaos.samba.share, path);
    try {
      if (chance.chance(0.5)) {
        if (what === 'write') writeFileSync(disk(one), content);
        else if (what === 'rename') renameSync(disk(one), disk(other));
        else rmSync(disk(one));
        return;
      }
      const { tree } = await chaos.session.open();
      if (what === 'write') await tree.writeFile(one, Buffer.from(content));
      else if (what === 'rename') await tree.rename(one, other, { replace: true });
      else await tree.remove(one);
    } catch (error) {
      // Chance asks for what cannot be: of names that are not there, and of files of the other one.
      const { code } = error as { code?: string };
      expect(['ENOENT', 'not_found', 'access_denied']).toContain(code);
    }
  }
});

/** Bytes of the heap once everybody has left and everything was given back. */
async function heapAfter(stage: ChaosStage, samba: SambaServer): Promise<number> {
  await stage.untilNothingIsLeft();
  await expect.poll(() => connectionsTo(samba.port)).toBeLessThanOrEqual(1);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 5; i++) {
    collect();
    await delay(10);
  }
  return process.memoryUsage().heapUsed;
}
