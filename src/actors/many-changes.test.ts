import { expect, it } from 'vitest';
import { WatchStage } from '../../test/support/watch-stage.ts';
import type { StorageEntry } from '../storage/storage.ts';
import { Hints } from './hints.ts';
import { changesAfterLookup } from './resolve-hints.ts';

it('a tree tells of more changes at once than a call has room for', async () => {
  const stage = new WatchStage();
  const count = 150_000;
  const reader = await stage.watch({ recursive: true });
  for (let n = 0; n < count; n += 1) stage.storage.put(`dir/${n}`);
  stage.directory.relist();
  await stage.services.pass(1_000);
  expect(reader.changes).toHaveLength(count);
  expect(reader.told).toHaveLength(1);
  expect(stage.services.log.filter(({ level }) => level === 'error')).toEqual([]);
});

it('many renames among many changes are joined without looking at each change for each', () => {
  const count = 20_000;
  const found = new Map<string, StorageEntry | undefined>();
  const hints = new Hints();
  for (let n = 0; n < count; n += 1) {
    const entry = { name: `new ${n}`, kind: 'file', size: 1, modifiedAt: 1 } as const;
    found.set(`old ${n}`, undefined).set(entry.name, entry);
    hints.add({ action: 'renamed', oldPath: `old ${n}`, path: entry.name });
  }
  const start = performance.now();
  const changes = changesAfterLookup(undefined, found, hints);
  expect(performance.now() - start).toBeLessThan(3_000);
  expect(changes).toHaveLength(count);
  expect(new Set(changes.map(({ action }) => action))).toEqual(new Set(['renamed']));
});
