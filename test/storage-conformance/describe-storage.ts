import { describe } from 'vitest';
import { describeContent } from './content.ts';
import { describeListing } from './listing.ts';
import type { StartedStorage } from './started-storage.ts';
import { describeWatching } from './watching.ts';

/**
 * What every storage does, whatever is behind it. `start` is called once for each part of the
 * behaviours; each test works in a directory of its own.
 */
export function describeStorage(name: string, start: () => Promise<StartedStorage>): void {
  describe(`${name} as a storage`, () => {
    describeListing(start);
    describeContent(start);
    describeWatching(start);
  });
}
