import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DirectoryCache, RuntimeOptions } from '../../src/app/index.ts';
import { signalGroup } from '../servers/process-group.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { startFaultProxy } from '../servers/tcp-fault-proxy.ts';
import {
  directoriesOnDisk,
  knownTo,
  makeTree,
  until,
  untilAgrees,
} from '../support/cache-stage.ts';
import { ChaosStages, locationOf, openHandles } from '../support/chaos-stage.ts';
import type { ChaosStage } from '../support/chaos-stage.ts';

const RETRY = { baseMs: 20, capMs: 200 };

/** What was measured of the reference implementation: live-directories 8, M9 to M11 and M13 to M17. */
describe('a directory cache of a share on Samba', { timeout: 60_000 }, () => {
  const stages = new ChaosStages();
  let samba: SambaServer;
  let top: string;
  let count = 0;
  beforeAll(async () => {
    // Of one owner, so that clients may change what the test has made on the disk.
    samba = await startSamba({ share: ['force user = root'] });
  });
  afterAll(() => samba.stop());
  beforeEach(() => {
    count += 1;
    top = join(samba.share, `top${count}`);
    mkdirSync(top);
  });
  afterEach(() => stages.stop());

  async function cacheOf(
    options: RuntimeOptions = {},
    { port, ...how }: { port?: number; watchBudget?: number } = {},
  ): Promise<{ stage: ChaosStage; cache: DirectoryCache }> {
    const stage = stages.make({ retry: RETRY, ...options });
    const cache = await stage.runtime.cache(locationOf(samba, `top${count}`, port), how);
    return { stage, cache };
  }

  const smb = (commands: string): Promise<string> => samba.smbclient(`cd top${count}; ${commands}`);

  it('scans 1,020 directories, and stops in much less than 5 s (M9)', async () => {
    makeTree(top, { width: 20, depth: 1, leaves: 50 });
    const { stage, cache } = await cacheOf();
    await cache.ready();
    expect(cache.info.directories).toBe(directoriesOnDisk(top).length);
    expect(knownTo(cache)).toEqual(directoriesOnDisk(top));
    const start = performance.now();
    await stage.stop();
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(openHandles(samba, top)).toBe(0);
  });

  it('comes back after any outage, with what was changed during it (M10)', async () => {
    makeTree(top, { width: 4, depth: 2, leaves: 2 });
    const { cache } = await cacheOf();
    await cache.ready();
    for (const [round, outageMs] of [100, 1_500].entries()) {
      signalGroup(samba.pid, 'SIGKILL');
      await until('stale', () => cache.info.state === 'stale');
      expect((await cache.search('d')).results.length).toBeGreaterThan(0);
      mkdirSync(join(top, `outage${round}/below/deep`), { recursive: true });
      await new Promise((resolve) => setTimeout(resolve, outageMs));
      await samba.restart();
      await until('ready', () => cache.info.state === 'ready', { shows: () => cache.info });
      await untilAgrees(cache, top);
      await smb(`mkdir later${round}`);
      await untilAgrees(cache, top);
    }
  });

  it('knows all of 3,000 directories made at once, with overflows or without (M11)', async () => {
    const { cache } = await cacheOf({ limits: { cacheRelistMs: 500 } });
    await cache.ready();
    const names = Array.from({ length: 3_000 }, (_, index) => `dir${index}`);
    for (let at = 0; at < names.length; at += 500) {
      await smb(
        names
          .slice(at, at + 500)
          .map((name) => `mkdir ${name}`)
          .join('; '),
      );
    }
    await untilAgrees(cache, top, 30_000);
    expect(cache.info.directories).toBe(3_000);
  });

  it('keeps a directory that appears during a rescan (M13)', async () => {
    makeTree(top, { width: 20, depth: 1, leaves: 10 });
    const { cache } = await cacheOf();
    await cache.ready();
    for (let time = 0; time < 5; time += 1) {
      cache.rescan();
      await smb(`mkdir during${time}`);
      await untilAgrees(cache, top);
      expect(cache.entry(`during${time}`)).toBeDefined();
    }
  });

  it('keeps what is below a directory that cannot be listed (M14)', async () => {
    makeTree(top, { width: 3, depth: 2, leaves: 2 });
    const before = directoriesOnDisk(top);
    const locked = await startSamba();
    try {
      const share = join(locked.share, 'dir');
      makeTree(share, { width: 3, depth: 2, leaves: 2 });
      const stage = stages.make({ retry: RETRY });
      const cache = await stage.runtime.cache(locationOf(locked, 'dir'), { watchBudget: 0 });
      await cache.ready();
      expect(knownTo(cache)).toEqual(before);
      chmodSync(join(share, 'd0'), 0);
      cache.rescan();
      await until('told', () => cache.info.stale > 0, { shows: () => cache.info });
      expect(knownTo(cache)).toEqual(before);
      expect(cache.info.errors[0]).toMatchObject({ path: 'd0', code: 'access_denied' });
      chmodSync(join(share, 'd0'), 0o755);
      await stages.stop();
    } finally {
      await locked.stop();
    }
  });

  it('brings all below along when a tree moves to another parent (M15, M18)', async () => {
    makeTree(join(top, 'from'), { width: 10, depth: 2, leaves: 5 });
    mkdirSync(join(top, 'to'));
    const { cache, stage } = await cacheOf();
    await cache.ready();
    const below = cache.info.directories;
    const before = stage.runtime.counters().listings;
    await smb('rename from to\\moved');
    await until('moved', () => cache.entry('to/moved') !== undefined);
    // All of it, before any of it could have been listed again.
    expect(cache.info.directories).toBe(below);
    await untilAgrees(cache, top);
    expect(cache.entry('from')).toBeUndefined();
    expect(stage.runtime.counters().listings).toBeGreaterThan(before);
    await smb('rename to\\moved to\\again');
    await untilAgrees(cache, top);
  });

  it('counts a link into its own parent as one name, however many there are (M16)', async () => {
    mkdirSync(join(top, 'a/b'), { recursive: true });
    for (const name of ['one', 'two']) symlinkSync('.', join(top, 'a', name));
    symlinkSync('..', join(top, 'a/b/up'));
    symlinkSync('..', join(top, 'back'));
    const { cache } = await cacheOf();
    await cache.ready();
    // Links count as names; what lies above the top is shown once, as nobody knows its number.
    const known = knownTo(cache).filter((path) => !path.startsWith('back/'));
    expect(known).toEqual(['a', 'a/b', 'a/b/up', 'a/one', 'a/two', 'back']);
  });

  it('answers for a changed prefix with nothing of the one before (M17)', async () => {
    makeTree(join(top, 'old'), { width: 3, depth: 1, leaves: 2 });
    makeTree(join(top, 'new'), { width: 2, depth: 1, leaves: 1 });
    const { stage } = await cacheOf();
    const { port, users } = samba;
    const logon = { username: 'alice', password: users['alice'] ?? '' };
    const target = { type: 'smb', host: '127.0.0.1', port, share: 'data', logon } as const;
    const id = '5d0c3a52-9f4e-4c38-8f64-14b8f8a0a001';
    const put = (prefix: string): unknown =>
      stage.runtime.connections.put({
        ...{ id, name: 'nas', scope: 'shared', target },
        pathPrefix: `top${count}/${prefix}`,
      });
    put('old');
    const old = await stage.runtime.cacheOf(id);
    await old.ready();
    const start = performance.now();
    put('new');
    const fresh = await stage.runtime.cacheOf(id);
    expect(performance.now() - start).toBeLessThan(1_000);
    await expect(old.search('d')).rejects.toMatchObject({ code: 'closed' });
    await fresh.ready();
    await untilAgrees(fresh, join(top, 'new'));
  });

  it('hears of local changes at any depth, where its budget reaches', async () => {
    makeTree(top, { width: 5, depth: 3, leaves: 0 });
    const { cache } = await cacheOf({ limits: { cachePlanMs: 20 } });
    await cache.ready();
    const { directories } = cache.info;
    await until('armed', () => cache.info.handles === directories);
    await until('covered', () => cache.entry('d1/d2/d3')?.covered === true);
    await samba.watchesInForce();
    mkdirSync(join(top, 'd1/d2/d3/local/below'), { recursive: true });
    renameSync(join(top, 'd2'), join(top, 'd3/moved'));
    rmSync(join(top, 'd4'), { recursive: true });
    expect(await untilAgrees(cache, top)).toContain('d1/d2/d3/local/below');
  });

  it('tells by age what is not covered, and gets it right by listing all again', async () => {
    makeTree(top, { width: 3, depth: 3, leaves: 0 });
    const { cache } = await cacheOf({}, { watchBudget: 0 });
    await cache.ready();
    const entry = cache.entry('d1/d2');
    expect(entry).toMatchObject({ covered: false, stale: false });
    expect(Date.parse(entry?.verified_at ?? '')).toBeGreaterThan(Date.now() - 60_000);
    await samba.watchesInForce();
    mkdirSync(join(top, 'd1/d2/local'));
    cache.rescan();
    await untilAgrees(cache, top);
  });

  it('agrees with the disk after smbd was killed in the midst of a scan, each time', async () => {
    makeTree(top, { width: 10, depth: 2, leaves: 10 });
    for (const killAfterMs of [5, 60, 150, 300]) {
      const { stage, cache } = await cacheOf();
      await new Promise((resolve) => setTimeout(resolve, killAfterMs));
      signalGroup(samba.pid, 'SIGKILL');
      mkdirSync(join(top, `killed${killAfterMs}/below`), { recursive: true });
      await samba.restart();
      await cache.ready();
      expect(await untilAgrees(cache, top)).toContain(`killed${killAfterMs}/below`);
      await stage.stop();
    }
  });

  it('agrees with the disk after connections were cut while everything changes', async () => {
    makeTree(top, { width: 10, depth: 2, leaves: 3 });
    const proxy = await startFaultProxy({ targetPort: samba.port });
    try {
      const { cache } = await cacheOf(
        { limits: { connectTimeoutMs: 1_000 } },
        { port: proxy.port },
      );
      await cache.ready();
      for (const [round, how] of (['rst', 'fin', 'rst', 'fin'] as const).entries()) {
        await smb(`mkdir new${round}; rename d1 d1x${round}`).catch(() => undefined);
        proxy.cut(how);
        renameSync(join(top, `d2`), join(top, `d3/${round}`));
        mkdirSync(join(top, `d2/fresh/${round}`), { recursive: true });
        rmSync(join(top, `d5`), { recursive: true, force: true });
        expect(await untilAgrees(cache, top, 20_000)).toContain(`d2/fresh/${round}`);
      }
    } finally {
      await stages.stop();
      await proxy.close();
    }
  });

  it('takes in what a live watch of somebody else sees', async () => {
    makeTree(top, { width: 3, depth: 3, leaves: 0 });
    const { stage, cache } = await cacheOf({ limits: { cachePlanMs: 50 } }, { watchBudget: 1 });
    await cache.ready();
    const watch = await stage.runtime.watch(locationOf(samba, `top${count}/d0/d0`));
    await until('watched', () => stage.runtime.watches().some(({ state }) => state === 'live'));
    await samba.watchesInForce();
    mkdirSync(join(top, 'd0/d0/seen/below'), { recursive: true });
    expect(await untilAgrees(cache, top)).toContain('d0/d0/seen/below');
    await watch.close();
  });

  it('has one watch for all who use it, and nothing left when the last has gone', async () => {
    makeTree(top, { width: 3, depth: 1, leaves: 1 });
    const { stage, cache } = await cacheOf({ limits: { cacheLingerMs: 50 } });
    const other = await stage.runtime.cache(locationOf(samba, `top${count}`));
    await Promise.all([cache.ready(), other.ready()]);
    expect(openHandles(samba, top)).toBeGreaterThan(0);
    await cache.close();
    expect((await other.search('d1')).results.length).toBeGreaterThan(0);
    await other.close();
    await stage.untilNothingIsLeft();
    await until('closed', () => openHandles(samba, top) === 0);
  });
});
