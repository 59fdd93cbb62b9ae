import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { StartedStorage } from './started-storage.ts';

export interface StorageOfTest extends Omit<StartedStorage, 'stop'> {
  /** The directory of this test, which exists and is empty. */
  readonly dir: string;
}

/** One storage for the tests of a part; gives what belongs to the test that runs. */
export function shareStorage(start: () => Promise<StartedStorage>): () => StorageOfTest {
  let started: StartedStorage | undefined;
  let tests = 0;
  beforeAll(async () => {
    started = await start();
  });
  beforeEach(async () => {
    await started?.outside.mkdir(`test-${++tests}`);
    // What the test before aborted is let go of in its own time.
    await expect.poll(() => started?.held()).toBe(0);
  });
  afterAll(() => started?.stop());
  return () => {
    if (started === undefined) throw new Error('no storage was started');
    return { ...started, dir: `test-${tests}` };
  };
}
