/** Large caches: searches by us and by others, updates, snapshots; in a process of its own. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import UFuzzy from '@leeoniya/ufuzzy';
import { systemClock } from '../../src/actors/clock.ts';
import { DirectoryTree } from '../../src/directory-cache/directory-tree.ts';
import { SearchPool } from '../../src/directory-cache/search-pool.ts';
import { SnapshotFile } from '../../src/directory-cache/snapshot-file.ts';
import { referenceSearch } from '../peers/reference-search.ts';
import { companyPaths } from '../support/directory-data.ts';
import { answerCalls } from './answer-calls.ts';

const LIMIT = 200;
const WARM_UP = 3;
/** Slower peers run each query less often: the figures are about their slowest, not their average. */
const PEER_ROUNDS = 2;
const ROUNDS = 8;

/** Milliseconds of each search, and the longest time that the event loop did nothing else. */
export interface Searches {
  readonly times: number[];
  readonly blockMs: number;
}

export interface SnapshotCost {
  readonly saveMs: number;
  readonly loadMs: number;
  readonly saveBlockMs: number;
  readonly loadBlockMs: number;
  readonly bytes: number;
}

let paths: string[] = [];
let tree = new DirectoryTree({ maxEntries: 1 });
const pool = new SearchPool({ timers: systemClock, inlineEntries: 0 });

/** Runs something and tells for how long the event loop did not come round. */
async function withBlocks<T>(work: () => Promise<T>): Promise<{ result: T; blockMs: number }> {
  let busy = true;
  let blockMs = 0;
  const watch = (async () => {
    for (let last = performance.now(); busy;) {
      await turn();
      const now = performance.now();
      blockMs = Math.max(blockMs, now - last);
      last = now;
    }
  })();
  const result = await work();
  busy = false;
  await watch;
  return { result, blockMs };
}

async function timesOf(
  queries: readonly string[],
  rounds: number,
  search: (query: string) => unknown,
): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const query of queries) {
      const begin = performance.now();
      await search(query);
      times.push(performance.now() - begin);
    }
  }
  return times;
}

const calls = {
  async prepare({ count }: { count: number }): Promise<number> {
    paths = companyPaths(count);
    tree = new DirectoryTree();
    for (const path of paths) tree.add(path);
    await turn();
    return tree.directories;
  },
  async ours({ queries, fuzzy }: { queries: string[]; fuzzy: boolean }): Promise<Searches> {
    const search = (query: string): unknown => pool.search(tree, query, { fuzzy, limit: LIMIT });
    await timesOf(queries, WARM_UP, search);
    const times = await timesOf(queries, ROUNDS, search);
    const { blockMs } = await withBlocks(() => timesOf(queries, 1, search));
    return { times, blockMs };
  },
  async reference({ queries }: { queries: string[] }): Promise<number[]> {
    await timesOf(queries.slice(0, 2), 1, (query) => referenceSearch(paths, query));
    return timesOf(queries, PEER_ROUNDS, (query) => referenceSearch(paths, query));
  },
  /** Words in any order, as we do; its own limit of what it ranks stays at its default. */
  async ufuzzy({ queries, fuzzy }: { queries: string[]; fuzzy: boolean }): Promise<number[]> {
    const finder = new UFuzzy({ intraMode: fuzzy ? 1 : 0, unicode: true });
    const search = (query: string): unknown => {
      const [ids, info, order] = finder.search(paths, query, 4);
      return order === null || info === null
        ? ids?.slice(0, LIMIT)
        : order.slice(0, LIMIT).map((at) => paths[info.idx[at]!]);
    };
    await timesOf(queries.slice(0, 2), 1, search);
    return timesOf(queries, PEER_ROUNDS, search);
  },
  /** One directory of the tree is listed anew, one of its children is gone and one is new. */
  updates({ times }: { times: number }): number[] {
    const parents = paths.filter((path) => path.endsWith('/03 Drawings'));
    const spent: number[] = [];
    for (let i = 0; i < times + 100; i += 1) {
      const id = tree.find(parents[(i * 7_919) % parents.length]!);
      if (id === undefined) continue;
      const names = Array.from(tree.children(id), (child) => tree.info(child).name);
      const entries = [...names.slice(1), `New Name ${i}`].map((name) => ({ name }));
      const begin = performance.now();
      tree.replaceChildren(id, entries, 1_700_000_000_000);
      if (i >= 100) spent.push(performance.now() - begin);
    }
    return spent;
  },
  async snapshot(): Promise<SnapshotCost> {
    const folder = await mkdtemp(join(tmpdir(), 'tidewatch-bench-'));
    try {
      const store = new SnapshotFile({
        ...{ folder, key: { server: 's', share: 's', prefix: '', account: 'a' }, wall: Date.now },
        onProblem: (error) => {
          throw error;
        },
      });
      const time = async (work: () => Promise<unknown>): Promise<[number, number]> => {
        const begin = performance.now();
        await work();
        const spent = performance.now() - begin;
        return [spent, (await withBlocks(work)).blockMs];
      };
      const [saveMs, saveBlockMs] = await time(() => store.save(tree));
      const load = async (): Promise<void> => {
        const loaded = new DirectoryTree();
        if (!(await store.load(loaded))) throw new Error('the snapshot was not loaded');
        if (loaded.directories !== tree.directories) throw new Error('something is missing');
      };
      const [loadMs, loadBlockMs] = await time(load);
      return { saveMs, loadMs, saveBlockMs, loadBlockMs, bytes: (await stat(store.path)).size };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
export type DirectorySearchCalls = typeof calls;

answerCalls(calls);
