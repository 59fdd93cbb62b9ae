import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TidewatchError } from '../errors/tidewatch-error.ts';
import { DirectoryTree } from './directory-tree.ts';
import { SnapshotFile, sweepSnapshots } from './snapshot-file.ts';
import type { SnapshotKey } from './snapshot-format.ts';

const KEY: SnapshotKey = { server: 'nas', share: 'projects', prefix: 'a', account: 'alice' };
let folder = '';
let problems: TidewatchError[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewatch-snapshot-'));
  problems = [];
});
afterEach(() => rm(folder, { recursive: true }));

function fileOf(key: SnapshotKey = KEY): SnapshotFile {
  return new SnapshotFile({
    ...{ folder, key, wall: () => 1_700_000_000_000 },
    onProblem: (error) => problems.push(error),
  });
}

function treeOf(...paths: string[]): DirectoryTree {
  const tree = new DirectoryTree({ maxEntries: 1_000 });
  for (const path of paths) tree.add(path);
  return tree;
}

it('loads nothing, and complains of nothing, where there is no snapshot', async () => {
  expect(await fileOf().load(treeOf())).toBe(false);
  expect(problems).toEqual([]);
});

it('is readable by nobody else', async () => {
  const store = fileOf();
  await store.save(treeOf('a'));
  expect((await stat(store.path)).mode & 0o777).toBe(0o600);
});

it('tells when it was written', async () => {
  const store = fileOf();
  expect(store.savedAt).toBeUndefined();
  await store.save(treeOf('a'));
  expect(store.savedAt).toBe(1_700_000_000_000);
  const other = fileOf();
  await other.load(treeOf());
  expect(other.savedAt).toBe(1_700_000_000_000);
});

it.each([
  { ...KEY, server: 'nas2' },
  { ...KEY, share: 'other' },
  { ...KEY, prefix: 'b' },
  { ...KEY, account: 'bob' },
])('is not loaded for %o', async (key) => {
  await fileOf().save(treeOf('secret'));
  const tree = treeOf();
  expect(await fileOf(key).load(tree)).toBe(false);
  expect(tree.directories).toBe(0);
});

it('sets the snapshot of another place aside, even under its own name', async () => {
  const other = fileOf({ ...KEY, account: 'bob' });
  await other.save(treeOf('secret'));
  const own = fileOf();
  await writeFile(own.path, await readFile(other.path));
  const tree = treeOf();
  expect(await own.load(tree)).toBe(false);
  expect(tree.directories).toBe(0);
  expect(problems.map(({ code }) => code)).toEqual(['snapshot_foreign']);
  expect(await readdir(folder)).toContain(`${basename(own.path)}.snapshot_foreign`);
});

it('removes what a process left over that ended while it wrote', async () => {
  const store = fileOf();
  await store.save(treeOf('a'));
  await writeFile(`${store.path}.tmp`, 'half a snaps');
  expect(await store.load(treeOf())).toBe(true);
  expect(await readdir(folder)).toEqual([basename(store.path)]);
});

it('keeps the old snapshot where the new one cannot be written', async () => {
  const store = fileOf();
  await store.save(treeOf('old'));
  const broken = treeOf('new');
  Object.defineProperty(broken.nodes, 'touchedAt', {
    get: () => {
      throw new Error('no');
    },
  });
  await store.save(broken);
  expect(problems.map(({ code }) => code)).toEqual(['io_error']);
  expect(await readdir(folder)).toEqual([basename(store.path)]);
  const tree = treeOf();
  await store.load(tree);
  expect(tree.has('old')).toBe(true);
});

it('is gone with all that belongs to it once it is removed', async () => {
  const store = fileOf();
  await store.save(treeOf('a'));
  await writeFile(`${store.path}.tmp`, '');
  await writeFile(`${store.path}.snapshot_corrupt`, '');
  await writeFile(`${store.path}.snapshot_foreign`, '');
  await store.remove();
  expect(await readdir(folder)).toEqual([]);
  await store.remove();
  expect(problems).toEqual([]);
});

it('is swept away with the connection that it belonged to, the others stay', async () => {
  const gone = { ...KEY, share: 'gone' };
  await fileOf().save(treeOf('a'));
  await fileOf(gone).save(treeOf('a'));
  await sweepSnapshots(folder, [KEY]);
  expect(await readdir(folder)).toEqual([basename(fileOf().path)]);
  await sweepSnapshots(join(folder, 'none'), []);
});

it('writes the tree of one moment while the tree changes', async () => {
  const tree = new DirectoryTree({ maxEntries: 100_000 });
  for (let i = 0; i < 50_000; i += 1) tree.add(`d${i % 250}/name ${i}`);
  const store = fileOf();
  const saved = store.save(tree);
  let busy = true;
  void saved.finally(() => (busy = false));
  // Two directories change places all the time: never are both at the same one.
  tree.add('left/x');
  tree.add('right');
  for (let i = 0; busy; i += 1) {
    tree.move(i % 2 === 0 ? 'left/x' : 'right/x', i % 2 === 0 ? 'right/x' : 'left/x');
    tree.add(`grown/${i}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await saved;
  const loaded = new DirectoryTree({ maxEntries: 200_000 });
  expect(await store.load(loaded)).toBe(true);
  expect(Number(loaded.has('left/x')) + Number(loaded.has('right/x'))).toBe(1);
  expect(loaded.has('d249/name 49999')).toBe(true);
  expect(loaded.directories).toBeGreaterThanOrEqual(50_252);
});
