import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testTarget } from './test-target.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidewatch-tried-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Descriptors of this process that lead to the folder. */
async function open(): Promise<number> {
  const numbers = await readdir('/proc/self/fd');
  const targets = await Promise.all(
    numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => '')),
  );
  return targets.filter((target) => target === root).length;
}

it('a folder that was tried is not kept open', async () => {
  const connection = { name: 'disk', target: { type: 'local', root }, pathPrefix: '' } as const;
  const tried = await testTarget(connection, '', new AbortController().signal);
  expect(tried.ok).toBe(true);
  expect(await open()).toBe(0);
});
