import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StorageChange } from '../storage.ts';
import { WatchIndex } from './watch-index.ts';
import type { Place } from './watch-index.ts';

interface TestWatch {
  readonly path: string;
  readonly recursive: boolean;
}

interface Heard {
  readonly watch: TestWatch;
  readonly changes: readonly StorageChange[];
  readonly isGone: boolean;
}

/** A path as a watch with a handle of its own would be told it; undefined when it would not. */
function seenBy({ path, recursive }: TestWatch, changed: string): string | undefined {
  const prefix = path === '' ? '' : `${path.toLowerCase()}/`;
  if (!changed.toLowerCase().startsWith(prefix)) return undefined;
  const name = changed.slice(prefix.length);
  return recursive || !name.includes('/') ? name : undefined;
}

function isAtOrBelow(path: string, ancestor: string): boolean {
  return `${path.toLowerCase()}/`.startsWith(`${ancestor.toLowerCase()}/`);
}

/** Each watch by itself, change after change, until its directory goes away. */
function heardAlone(watch: TestWatch, changes: readonly StorageChange[]): Heard {
  const heard: StorageChange[] = [];
  for (const { action, path, oldPath } of changes) {
    const name = seenBy(watch, path);
    const oldName = oldPath === undefined ? undefined : seenBy(watch, oldPath);
    if (oldPath === undefined) {
      if (name !== undefined) heard.push({ action, path: name });
    } else if (name !== undefined && oldName !== undefined) {
      heard.push({ action, path: name, oldPath: oldName });
    } else if (oldName !== undefined) heard.push({ action: 'removed', path: oldName });
    else if (name !== undefined) heard.push({ action: 'added', path: name });
    const left = oldPath?.toLowerCase() === path.toLowerCase() ? undefined : oldPath;
    const removed = action === 'removed' ? path : left;
    if (removed !== undefined && isAtOrBelow(watch.path, removed)) {
      return { watch, changes: heard, isGone: true };
    }
  }
  return { watch, changes: heard, isGone: false };
}

function heardTogether(
  index: WatchIndex<TestWatch>,
  watches: readonly TestWatch[],
  changes: readonly StorageChange[],
): Heard[] {
  const { told, gone } = index.dispatch(changes);
  return watches.map((watch) => ({
    watch,
    changes: told.get(watch) ?? [],
    isGone: gone.includes(watch),
  }));
}

const name = fc.constantFrom('a', 'A', 'b', 'Bb', 'bb', 'c.txt');
const somewhere = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const watches = fc.array(
  fc.record({ path: fc.oneof(fc.constant(''), somewhere), recursive: fc.boolean() }),
  { maxLength: 12 },
);
const change: fc.Arbitrary<StorageChange> = fc.oneof(
  fc.record({
    action: fc.constantFrom('added' as const, 'removed' as const, 'modified' as const),
    path: somewhere,
  }),
  fc.record({ action: fc.constant('renamed' as const), path: somewhere, oldPath: somewhere }),
);

function indexOf(all: readonly TestWatch[]): {
  index: WatchIndex<TestWatch>;
  places: Map<TestWatch, Place<TestWatch>>;
} {
  const index = new WatchIndex<TestWatch>();
  return { index, places: new Map(all.map((watch) => [watch, index.add(watch.path, watch)])) };
}

describe('the watches of a tree', () => {
  it('are told what handles of their own would tell them', () => {
    fc.assert(
      fc.property(watches, fc.array(change, { maxLength: 12 }), (all, changes) => {
        const { index, places } = indexOf(all);
        const expected = all.map((watch) => heardAlone(watch, changes));
        expect(heardTogether(index, all, changes)).toEqual(expected);
        const left = expected.filter(({ isGone }) => !isGone).map(({ watch }) => watch);
        expect(index.size).toBe(left.length);
        expect(new Set(index.all())).toEqual(new Set(left));
        // Leaving nothing behind, in whatever order.
        for (const [watch, place] of places) {
          expect(index.remove(place, watch)).toBe(left.includes(watch));
        }
        expect(index.size).toBe(0);
        const again = index.add('', all[0] ?? { path: '', recursive: true });
        expect(again.below?.size ?? 0).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('are found the same whether others come and go', () => {
    fc.assert(
      fc.property(watches, watches, fc.array(change), (stay, leave, changes) => {
        const { index } = indexOf(stay);
        const going = leave.map((watch) => ({ watch, place: index.add(watch.path, watch) }));
        for (const { place, watch } of going) index.remove(place, watch);
        const expected = stay.map((watch) => heardAlone(watch, changes));
        expect(heardTogether(index, stay, changes)).toEqual(expected);
      }),
    );
  });

  it('hear names as they are written, whatever the case of their own path', () => {
    const watch = { path: 'Reports/ÄRGER', recursive: false };
    const { index } = indexOf([watch]);
    const changes = [{ action: 'added', path: 'REPORTS/ärger/Über.TXT' }] as const;
    expect(index.dispatch(changes).told.get(watch)).toEqual([
      { action: 'added', path: 'Über.TXT' },
    ]);
  });

  it('stay where they are when their directory only changes its case', () => {
    const watch = { path: 'dir/sub', recursive: true };
    const { index } = indexOf([watch]);
    const renamed = { action: 'renamed', oldPath: 'dir', path: 'Dir' } as const;
    const after = { action: 'added', path: 'Dir/sub/x' } as const;
    const { told, gone } = index.dispatch([renamed, after]);
    expect(gone).toEqual([]);
    expect(told.get(watch)).toEqual([{ action: 'added', path: 'x' }]);
  });

  it('cost a change no more when there are many of them', () => {
    let asked = 0;
    const index = new WatchIndex<TestWatch>();
    for (let i = 0; i < 2_000; i += 1) {
      const watch = {
        path: `top/d${i}`,
        get recursive() {
          asked += 1;
          return false;
        },
      };
      index.add(watch.path, watch);
    }
    const burst = Array.from({ length: 10_000 }, (_, i): StorageChange => {
      return { action: 'modified', path: `top/d${i % 2_000}/file${i}` };
    });
    const { told } = index.dispatch(burst);
    expect(told.size).toBe(2_000);
    expect([...told.values()].every((changes) => changes.length === 5)).toBe(true);
    // Once for each change at the most, not once for each change and watch.
    expect(asked).toBeLessThanOrEqual(burst.length);
    const removals = Array.from({ length: 2_000 }, (_, i): StorageChange => {
      return { action: 'removed', path: `top/d${i}` };
    });
    expect(index.dispatch(removals).gone).toHaveLength(2_000);
    expect(index.size).toBe(0);
  });
});
