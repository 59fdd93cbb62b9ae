import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CacheState, DirectoryCache } from '../../src/app/index.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { knownTo, makeTree, until, untilAgrees } from '../support/cache-stage.ts';
import { ChaosStages, locationOf } from '../support/chaos-stage.ts';
import type { ChaosStage } from '../support/chaos-stage.ts';

const ID = '5d0c3a52-9f4e-4c38-8f64-14b8f8a0a002';

describe('the snapshot of a directory cache', { timeout: 60_000 }, () => {
  const stages = new ChaosStages();
  let samba: SambaServer;
  let dataDir: string;
  let top: string;
  beforeAll(async () => {
    samba = await startSamba({ share: ['force user = root'] });
    top = join(samba.share, 'top');
    makeTree(top, { width: 4, depth: 2, leaves: 2 });
    makeTree(join(samba.share, 'other'), { width: 2, depth: 1, leaves: 1 });
  });
  afterAll(() => samba.stop());
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-cache-'));
  });
  afterEach(async () => {
    await stages.stop();
    rmSync(dataDir, { recursive: true });
  });

  const snapshots = (): string[] => {
    try {
      return readdirSync(join(dataDir, 'directory-caches'));
    } catch {
      return [];
    }
  };

  async function opened(
    prefix = 'top',
    { port }: { port?: number } = {},
  ): Promise<{ stage: ChaosStage; cache: DirectoryCache; states: CacheState[] }> {
    const stage = stages.make({ dataDir, retry: { baseMs: 20, capMs: 200 } });
    const cache = await stage.runtime.cache(locationOf(samba, prefix, port));
    const states: CacheState[] = [];
    cache.on(({ state }) => void (states.at(-1) !== state && states.push(state)));
    return { stage, cache, states };
  }

  async function written(prefix = 'top'): Promise<void> {
    const { stage, cache } = await opened(prefix);
    await cache.ready();
    await stage.stop();
  }

  it('is answered from before the server was reached, as stale', async () => {
    await written();
    expect(snapshots()).toHaveLength(1);
    // Nobody listens there.
    const stage = stages.make({ dataDir });
    const cache = await stage.runtime.cache(locationOf(samba, 'top'));
    await until('stale', () => cache.info.state === 'stale' || cache.info.state === 'ready');
    expect((await cache.search('d1 leaf1')).results.map(({ path }) => path)).toContain(
      'd1/d0/leaf1',
    );
    expect(cache.info.saved_at).toBeDefined();
    await cache.ready();
    expect(cache.info.state).toBe('ready');
  });

  it('answers who asks before it was read', async () => {
    await written();
    const { cache } = await opened();
    expect(cache.info.state).toBe('loading');
    const { results, state } = await cache.search('d1 leaf1');
    expect(results.map(({ path }) => path)).toContain('d1/d0/leaf1');
    expect(state).not.toBe('loading');
  });

  it('is verified: what is gone since then goes, what is new comes', async () => {
    await written();
    mkdirSync(join(top, 'd0/new/below'), { recursive: true });
    rmSync(join(top, 'd1'), { recursive: true });
    const { cache, states } = await opened();
    await cache.ready();
    await untilAgrees(cache, top);
    expect(states).not.toContain('scanning');
    expect(knownTo(cache)).toContain('d0/new/below');
    mkdirSync(join(top, 'd1'));
  });

  it('serves nobody who means another prefix, server or account (10, M17)', async () => {
    await written('top');
    const { cache } = await opened('other');
    await cache.ready();
    expect(knownTo(cache)).toEqual(['d0', 'd0/leaf0', 'd1', 'd1/leaf0']);
    const [username, password] = ['bob', samba.users['bob']];
    const stage = stages.make({ dataDir });
    const location = `smb://${username}:${password}@127.0.0.1:${samba.port}/data/top`;
    const others = await stage.runtime.cache(location);
    expect(others.info.saved_at).toBeUndefined();
    await others.ready();
  });

  it('is set aside when it is damaged, and all is scanned', async () => {
    await written();
    const [name = ''] = snapshots();
    const path = join(dataDir, 'directory-caches', name);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 0xff;
    writeFileSync(path, bytes);
    const { cache, states } = await opened();
    await cache.ready();
    await untilAgrees(cache, top);
    expect(states).toContain('scanning');
    expect(snapshots().some((one) => one.includes('corrupt'))).toBe(true);
  });

  it('goes with its connection, and is not written again by a stop (11)', async () => {
    const { port, users } = samba;
    const logon = { username: 'alice', password: users['alice'] ?? '' };
    const target = { type: 'smb', host: '127.0.0.1', port, share: 'data', logon } as const;
    const put = (stage: ChaosStage, pathPrefix: string): unknown =>
      stage.runtime.connections.put({ id: ID, name: 'nas', scope: 'shared', target, pathPrefix });
    const first = stages.make({ dataDir });
    put(first, 'top');
    await (await first.runtime.cacheOf(ID)).ready();
    await until('written', () => snapshots().length === 1);
    put(first, 'other');
    await until('removed', () => snapshots().length === 0);
    await (await first.runtime.cacheOf(ID)).ready();
    await until('written', () => snapshots().length === 1);
    await first.stop();
    // In another life, in which nobody has searched.
    const second = stages.make({ dataDir });
    put(second, 'other');
    second.runtime.connections.remove(ID);
    await until('removed', () => snapshots().length === 0);
    await second.stop();
    expect(snapshots()).toEqual([]);
  });

  it('of a connection that went while nothing ran is removed when somebody tidies up', async () => {
    await written('top');
    await written('other');
    expect(snapshots()).toHaveLength(2);
    const stage = stages.make({ dataDir });
    stage.connectNas(samba, 'top');
    await stage.runtime.tidy();
    expect(snapshots()).toHaveLength(1);
    const cache = await stage.runtime.cacheOf('nas');
    await cache.ready();
    expect(cache.info.saved_at).toBeDefined();
    await stage.stop();
  });

  it('is not written where no folder is given', async () => {
    const stage = stages.make();
    await (await stage.runtime.cache(locationOf(samba, 'top'))).ready();
    await stage.stop();
    expect(snapshots()).toEqual([]);
  });
});
