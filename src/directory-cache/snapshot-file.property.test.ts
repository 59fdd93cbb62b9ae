import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TidewatchError } from '../errors/tidewatch-error.ts';
import { DirectoryTree } from './directory-tree.ts';
import { SnapshotFile } from './snapshot-file.ts';
import { keyHash } from './snapshot-format.ts';
import { restoreTree } from './snapshot-restore.ts';

const KEY = { server: 'nas', share: 'projects', prefix: '', account: 'alice' };
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewatch-snapshot-'));
});
afterEach(() => rm(folder, { recursive: true }));

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'É', 'e\u0301', '\udc00x', '.git'),
  fc.nat(99).map(String),
);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
const steps = fc.array(
  fc.record({
    path,
    to: path,
    do: fc.constantFrom('add', 'add', 'add', 'file', 'hidden', 'remove', 'move', 'stale', 'list'),
  }),
  { maxLength: 80 },
);
type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

it('brings back every tree as it was', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (all, fileIds) => {
      const tree = built(all, fileIds);
      const store = fileOf(folder);
      await store.save(tree);
      const loaded = new DirectoryTree({ maxEntries: 10_000, fileIds });
      expect(await store.load(loaded)).toBe(true);
      expect(contentOf(loaded)).toEqual(contentOf(tree));
      expect([loaded.directories, loaded.files, loaded.stale]).toEqual([
        tree.directories,
        tree.files,
        tree.stale,
      ]);
      // And it goes on living.
      loaded.add('new/one');
      expect(loaded.remove('new')).toBe(true);
      expect(contentOf(loaded)).toEqual(contentOf(tree));
    }),
    { numRuns: 60 },
  );
});

it('notices every truncation and every flipped bit, sets the file aside and says so', async () => {
  const tree = new DirectoryTree({ maxEntries: 100 });
  tree.add('projects/2026/budget');
  tree.add('Büro');
  const problems: TidewatchError[] = [];
  const store = fileOf(folder, problems);
  await store.save(tree);
  const good = await readFile(store.path);
  const damaged: Buffer[] = [];
  for (let length = 0; length < good.length; length += 1) damaged.push(good.subarray(0, length));
  for (let bit = 0; bit < good.length * 8; bit += 1) {
    const copy = Buffer.from(good);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    damaged.push(copy);
  }
  const untouched = new DirectoryTree({ maxEntries: 100 });
  for (const bytes of damaged) {
    await expect(restoreTree(untouched, bytes, keyHash(KEY))).rejects.toThrow(/damaged/);
  }
  expect([untouched.directories, untouched.names.size]).toEqual([0, 2]);

  for (const bytes of [damaged[0]!, damaged.at(-1)!]) {
    await writeFile(store.path, bytes);
    expect(await store.load(untouched)).toBe(false);
    expect(await readdir(folder)).toEqual([`${basename(store.path)}.snapshot_corrupt`]);
  }
  expect(problems.map(({ code }) => code)).toEqual(['snapshot_corrupt', 'snapshot_corrupt']);
});

function fileOf(where: string, problems: TidewatchError[] = []): SnapshotFile {
  return new SnapshotFile({
    ...{ folder: where, key: KEY, wall: () => 1_000_000 },
    onProblem: (error) => problems.push(error),
  });
}

function built(all: Steps, fileIds: boolean): DirectoryTree {
  const tree = new DirectoryTree({ maxEntries: 10_000, fileIds });
  all.forEach((step, i) => {
    if (step.do === 'remove') tree.remove(step.path);
    else if (step.do === 'move') tree.move(step.path, step.to);
    else if (step.do === 'hidden') tree.add(step.path, 'directory', { hidden: true, link: true });
    else {
      const id = tree.add(step.path, step.do === 'file' ? 'file' : 'directory')!;
      if (step.do === 'stale') tree.markStale(id);
      if (step.do !== 'list') return;
      const entries = Array.from({ length: i }, (_, n) => ({
        name: `n${n}`,
        fileId: BigInt(n + 7),
      }));
      tree.replaceChildren(id, entries, 1_700_000_000_000 + i * 1_000);
    }
  });
  return tree;
}

function contentOf(tree: DirectoryTree): unknown[] {
  return tree
    .slice(0, 1_000_000)
    .ids.map((id) => ({
      path: tree.pathOf(id)!,
      found: tree.find(tree.pathOf(id)!) === id,
      ...tree.info(id),
      verifiedAt: tree.verifiedAt(id),
      fileId: tree.fileId(id),
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
