import { describe } from 'vitest';
import { describeContent } from './content.ts';
import { describeListing } from './listing.ts';
import type { StartedStorage, StorageTraits } from './started-storage.ts';
import { describeWatching } from './watching.ts';

/**
 * What every storage does, whatever is behind it. `start` is called once for each part of the
 * behaviours; each test works in a directory of its own.
 */
export function describeStorage(
  name: string,
  start: () => Promise<StartedStorage>,
  { watches = true, hasDirectories = true, manyEntries = 5000 }: StorageTraits = {},
): void {
  describe(`${name} as a storage`, () => {
    describeListing(start, { hasDirectories, manyEntries });
    describeContent(start, { hasDirectories });
    if (watches) describeWatching(start);
  });
}
