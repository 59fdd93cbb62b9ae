import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/defaults.ts';
import {
  WINDOWS_CLIENT_CONNECTIONS,
  WINDOWS_CLIENT_SLOTS,
  WINDOWS_SERVER_SLOTS,
} from '../fake-server/host-options.ts';
import { Prng } from './prng.ts';
import { Readers } from './readers.ts';
import { runtimeClient } from './runtime-client.ts';
import type { SimulatedClient } from './simulated-client.ts';
import { World } from './world.ts';

const DIRECTORIES = 2_000;
const PARENTS = 20;
/** Changes that come at once. */
const TOGETHER = 20;
/** Handles with WATCH_TREE that two thousand directories of one share may take. */
const FEW = 8;

const EDITIONS = {
  server: { asyncSlots: WINDOWS_SERVER_SLOTS, maxConnections: Infinity },
  client: { asyncSlots: WINDOWS_CLIENT_SLOTS, maxConnections: WINDOWS_CLIENT_CONNECTIONS },
} as const;

interface Scene {
  readonly world: World;
  readonly readers: Readers;
  readonly client: SimulatedClient;
}

/** Everybody is subscribed to a directory of their own. */
async function begin(edition: keyof typeof EDITIONS): Promise<Scene> {
  const { asyncSlots, maxConnections } = EDITIONS[edition];
  const server = { asyncSlots, allowAnonymous: true };
  const world = new World({ kind: 'windows', maxConnections, server });
  const client = runtimeClient(world, { prng: new Prng(1), protection: 'none' });
  const readers = new Readers(world, client, Infinity);
  await client.start();
  for (let i = 0; i < DIRECTORIES; i += 1) {
    const path = `p${i % PARENTS}/d${i}`;
    world.host.fileSystem.mkdir(path);
    readers.subscribe(path, { recursive: false, detail: 'changes', slashes: 0 });
  }
  await world.advance(30_000);
  return { world, readers, client };
}

function expectAllWell({ readers }: Scene): void {
  expect(readers.active).toHaveLength(DIRECTORIES);
  expect(readers.all.flatMap((reader) => reader.verdict())).toEqual([]);
}

async function expectCleanEnd({ world, readers, client }: Scene): Promise<void> {
  readers.closeAll();
  await world.advance(1_000);
  expect(world.host.pendingNotifies).toEqual([]);
  const stopping = client.stop();
  await world.advance(5_000);
  await stopping;
  expect(world.host.connections.size).toBe(0);
  expect(world.clock.pendingOf('client')).toBe(0);
  expect(world.host.violations).toEqual([]);
}

describe.each(['server', 'client'] as const)(
  `${DIRECTORIES} directories of a Windows %s`,
  (edition) => {
    it('are live on a few recursive watches', async () => {
      const scene = await begin(edition);
      const { host } = scene.world;
      expectAllWell(scene);
      expect(scene.readers.all.every(({ latest }) => latest === 'live')).toBe(true);
      expect(host.connections.size).toBeLessThanOrEqual(DEFAULTS.watchConnections);
      expect(host.pendingNotifies.length).toBeLessThanOrEqual(FEW);
      expect(host.pendingNotifies.some(({ recursive }) => recursive)).toBe(true);
      // A handle below a directory would keep everybody from renaming it.
      expect(host.local.rename('p0', 'renamed')).toBe(true);
      await expectCleanEnd(scene);
    }, 60_000);

    it('hear of every change, wherever it is', async () => {
      const scene = await begin(edition);
      const { world, readers } = scene;
      for (const [i, { options }] of readers.all.entries()) {
        world.host.local.write(`${options.path}/news`, 'news');
        if (i % TOGETHER === 0) await world.advance(10);
      }
      await world.advance(2_000);
      expectAllWell(scene);
      expect(readers.all.filter(({ told }) => told === 0)).toEqual([]);
      await expectCleanEnd(scene);
    }, 60_000);

    it('are all told to list again when a watch overflows', async () => {
      const scene = await begin(edition);
      const { world, readers } = scene;
      world.host.loseChanges(() => {
        for (const { options } of readers.all) world.host.local.write(`${options.path}/lost`, '');
      });
      world.host.overflowAll();
      await world.advance(5_000);
      expect(readers.all.filter(({ resyncs }) => !resyncs.includes('overflow'))).toEqual([]);
      expectAllWell(scene);
      await expectCleanEnd(scene);
    }, 60_000);
  },
);
