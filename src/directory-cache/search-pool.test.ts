import { afterEach, expect, it } from 'vitest';
import { DirectoryTree } from './directory-tree.ts';
import { SearchPool } from './search-pool.ts';
import type { PoolTimers } from './search-pool.ts';

class ManualTimers implements PoolTimers {
  readonly pending = new Set<() => void>();

  setTimeout(callback: () => void): unknown {
    this.pending.add(callback);
    return callback;
  }

  clearTimeout(timer: unknown): void {
    this.pending.delete(timer as () => void);
  }

  fire(): void {
    for (const callback of this.pending) {
      this.pending.delete(callback);
      callback();
    }
  }
}

const pools: SearchPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function poolOf(options: { inlineEntries?: number; maxWaiting?: number } = {}): {
  pool: SearchPool;
  timers: ManualTimers;
} {
  const timers = new ManualTimers();
  const pool = new SearchPool({ timers, inlineEntries: 0, ...options });
  pools.push(pool);
  return { pool, timers };
}

function treeOf(count: number): DirectoryTree {
  const tree = new DirectoryTree({ maxEntries: 400_000 });
  for (let i = 0; i < count; i += 1) tree.add(`part ${i % 97}/item ${i}`);
  return tree;
}

function threads(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
}

it('searches small trees at once, without a thread', async () => {
  const { pool } = poolOf({ inlineEntries: 1_000 });
  const found = await pool.search(treeOf(100), 'item 42');
  expect(found.results[0]!.path).toBe('part 42/item 42');
  expect(pool.running).toBe(false);
});

it('starts its thread with the first search of a large tree, and gives the same answer', async () => {
  const { pool } = poolOf();
  const tree = treeOf(5_000);
  expect(pool.running).toBe(false);
  const found = await pool.search(tree, 'item 421');
  expect(pool.running).toBe(true);
  const other = poolOf({ inlineEntries: 10_000 });
  expect(found).toEqual(await other.pool.search(tree, 'item 421'));
  expect(found.results[0]!.path).toBe('part 33/item 421');
});

it('starts no thread for a query without words', async () => {
  const { pool } = poolOf();
  const nothing = { results: [], total: 0, truncated: false };
  expect(await pool.search(treeOf(10), '  ')).toEqual(nothing);
  expect(pool.running).toBe(false);
});

it('sees what was added after the thread began', async () => {
  const { pool } = poolOf();
  const tree = treeOf(100);
  await pool.search(tree, 'item');
  for (let i = 0; i < 20_000; i += 1) tree.add(`later/new ${i}`);
  const found = await pool.search(tree, 'new 19999');
  expect(found.results.map((hit) => hit.path)).toEqual(['later/new 19999']);
});

it('answers with what is there when it answers, while the tree changes', async () => {
  const { pool } = poolOf();
  const tree = treeOf(100_000);
  tree.add('stays/needle');
  for (let round = 0; round < 30; round += 1) {
    tree.add(`goes/needle ${round}`);
    const searching = pool.search(tree, 'needle');
    tree.remove(`goes/needle ${round}`);
    tree.move(`part ${round}`, `moved ${round}`);
    const { results } = await searching;
    expect(results.map((hit) => hit.path)).toEqual(['stays/needle']);
  }
});

it('refuses more searches than may wait', async () => {
  const { pool } = poolOf({ maxWaiting: 2 });
  const tree = treeOf(1_000);
  const searches = [1, 2, 3, 4].map((i) => pool.search(tree, `item ${i}`));
  const settled = await Promise.allSettled(searches);
  expect(settled.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'fulfilled', 'fulfilled'],
    'rejected',
  ]);
  await expect(searches[3]).rejects.toMatchObject({ code: 'unavailable' });
});

it('leaves out a search that was aborted while it waited', async () => {
  const { pool } = poolOf();
  const tree = treeOf(1_000);
  const first = pool.search(tree, 'item 1');
  const gone = pool.search(tree, 'item 2', {}, AbortSignal.abort());
  await expect(gone).rejects.toMatchObject({ code: 'aborted' });
  const controller = new AbortController();
  const waiting = pool.search(tree, 'item 3', {}, controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  expect((await first).total).toBeGreaterThan(0);
});

it('ends its thread when nobody searched for long, and starts another', async () => {
  const { pool, timers } = poolOf();
  const tree = treeOf(1_000);
  await pool.search(tree, 'item 1');
  expect(timers.pending.size).toBe(1);
  timers.fire();
  expect(pool.running).toBe(false);
  expect((await pool.search(tree, 'item 1')).total).toBeGreaterThan(0);
});

it('releases thread and timer when it is closed; searches under way hear of it', async () => {
  const before = threads();
  const { pool, timers } = poolOf();
  const tree = treeOf(1_000);
  await pool.search(tree, 'item 1');
  const late = [pool.search(tree, 'item 2'), pool.search(tree, 'item 3')];
  const settled = Promise.allSettled(late);
  await pool.close();
  for (const result of await settled) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'closed' } });
  }
  expect(pool.running).toBe(false);
  expect(timers.pending.size).toBe(0);
  expect(threads()).toBe(before);
  await expect(pool.search(tree, 'item')).rejects.toMatchObject({ code: 'closed' });
});

it('tells a query that is too long or has too many words', async () => {
  const { pool } = poolOf();
  const tree = treeOf(1);
  const words = Array.from({ length: 30 }, (_, i) => `w${i}`).join(' ');
  await expect(pool.search(tree, 'x'.repeat(1_001))).rejects.toMatchObject({
    code: 'invalid_argument',
  });
  await expect(pool.search(tree, words)).rejects.toMatchObject({ code: 'invalid_argument' });
});
