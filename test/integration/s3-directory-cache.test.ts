import { afterEach, expect, it } from 'vitest';
import { createRuntime } from '../../src/app/index.ts';
import type { DirectoryCache, Runtime } from '../../src/app/index.ts';
import { serveCeph } from '../support/served-ceph.ts';

const served = serveCeph();
let runtime: Runtime | undefined;
afterEach(() => runtime?.stop());

const paths = async (cache: DirectoryCache, query: string): Promise<string[]> =>
  (await cache.search(query)).results.map(({ path }) => path).toSorted();

it('the directories of a bucket are found, and so are those that come and go', async () => {
  const { bucket } = await served().bucket();
  await bucket.put('photos/2025/summer/a.jpg', 'a');
  await bucket.put('photos/2026/winter/b.jpg', 'b');
  await bucket.put('notes/c.txt', 'c');
  runtime = createRuntime({ limits: { cachePollMs: 300 } });
  const cache = await runtime.cache({ target: bucket.target, path: '' });
  await cache.ready();
  expect(await paths(cache, 'photos 20')).toEqual([
    'photos/2025',
    'photos/2025/summer',
    'photos/2026',
    'photos/2026/winter',
  ]);
  expect(cache.info).toMatchObject({ state: 'ready', coverage: 'polling', directories: 6 });
  await bucket.put('photos/2026/spring/d.jpg', 'd');
  await expect.poll(() => paths(cache, 'spring')).toEqual(['photos/2026/spring']);
  await bucket.delete('notes/c.txt');
  await expect.poll(() => paths(cache, 'notes')).toEqual([]);
});

it('and below a prefix only what is there', async () => {
  const { bucket } = await served().bucket();
  await bucket.put('photos/2025/summer/a.jpg', 'a');
  await bucket.put('other/summer/b.jpg', 'b');
  runtime = createRuntime();
  const cache = await runtime.cache({ target: bucket.target, path: 'photos' });
  await cache.ready();
  expect(await paths(cache, 'summer')).toEqual(['2025/summer']);
});
