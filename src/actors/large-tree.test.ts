import { expect, it } from 'vitest';
import { WatchStage } from '../../test/support/watch-stage.ts';

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
