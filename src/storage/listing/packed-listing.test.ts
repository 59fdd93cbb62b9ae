import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  entryName,
  numberedFile,
  settled,
  storageEntries,
  storageEntry,
} from '../../../test/support/storage-entries.ts';
import type { StorageEntry } from '../storage.ts';
import { ListingBuilder, PackedListing } from './packed-listing.ts';

const FILE: StorageEntry = { name: 'a', kind: 'file', size: 1, modifiedAt: 2.5 };

describe('a packed listing', () => {
  it('gives back what it was made of, in the order of the names', () => {
    fc.assert(
      fc.property(storageEntries, (entries) => {
        const expected = settled(entries).map(oneZero);
        const listing = PackedListing.from(entries);
        expect([...listing.entries()]).toEqual(expected);
        expect(listing.size).toBe(expected.length);
        expect([...listing.directories()]).toEqual(directoriesOf(expected));
        for (const entry of expected) expect(listing.get(entry.name)).toEqual(entry);
      }),
    );
  });

  it('is the same, however the entries came in pages', () => {
    fc.assert(
      fc.property(fc.array(storageEntries, { maxLength: 5 }), (pages) => {
        const builder = new ListingBuilder();
        for (const page of pages) builder.add(page);
        expect(builder.size).toBe(pages.flat().length);
        expect([...builder.build().entries()]).toEqual(settled(pages.flat()).map(oneZero));
      }),
    );
  });

  it('takes single changes as a map does', () => {
    const change = fc.oneof(
      fc.record({ set: storageEntry }),
      fc.record({ delete: entryName }),
      fc.record({ deleteIndex: fc.nat(40) }),
      fc.record({ pack: fc.constant(true) }),
    );
    fc.assert(
      fc.property(storageEntries, fc.array(change, { maxLength: 80 }), (entries, changes) => {
        const listing = PackedListing.from(entries);
        const model = new Map(settled(entries).map((entry) => [entry.name, oneZero(entry)]));
        for (const each of changes) {
          if ('set' in each) {
            listing.set(each.set);
            model.set(each.set.name, oneZero(each.set));
          } else if ('pack' in each) {
            expect(listing.pack().count).toBe(model.size);
          } else {
            const name =
              'delete' in each ? each.delete : ([...model.keys()][each.deleteIndex] ?? '');
            expect(listing.delete(name)).toBe(model.delete(name));
            expect([listing.has(name), listing.get(name)]).toEqual([false, undefined]);
          }
          expect(listing.size).toBe(model.size);
        }
        const expected = settled(model.values());
        expect([...listing.entries()]).toEqual(expected);
        expect([...listing.directories()]).toEqual(directoriesOf(expected));
        for (const entry of expected) {
          expect(listing.get(entry.name)).toEqual(entry);
          expect(listing.has(entry.name)).toBe(true);
        }
      }),
    );
  });

  it('keeps apart what only looks alike', () => {
    const names = ['É', 'é', 'e\u0301', 'E\u0301', '\ud800', '\ud801', '\udc00', 'a', 'A', ''];
    const listing = PackedListing.from(names.map((name, size) => ({ ...FILE, name, size })));
    expect(names.map((name) => listing.get(name)?.size)).toEqual(names.map((_, size) => size));
    expect(listing.has('\ufffd')).toBe(false);
  });

  it('keeps names of 32,760 units and every bit of numbers', () => {
    const entries: StorageEntry[] = [
      { ...FILE, name: 'x'.repeat(32_760), size: 2 ** 53, fileId: 2n ** 64n - 1n },
      { ...FILE, name: 'y', size: 0, fileId: 0n, modifiedAt: 1_767_225_600_000.1235 },
      { ...FILE, name: 'z', size: 256, fileId: 256n, createdAt: -11_644_473_600_000 },
      { ...FILE, name: 'Ā'.repeat(32_760), size: 2 ** 53 - 1, fileId: 2n ** 63n },
    ];
    const listed = [...PackedListing.from(entries).entries()];
    // A difference in such a name is too long to be shown.
    expect(listed.map(({ name }, index) => name === entries[index]?.name)).not.toContain(false);
    expect(listed.map((entry) => ({ ...entry, name: '' }))).toEqual(
      entries.map((entry) => ({ ...entry, name: '' })),
    );
  });

  it('refuses a name that cannot be packed', () => {
    const entry = { ...FILE, name: 'x'.repeat(65_536) };
    expect(() => PackedListing.from([entry])).toThrow(RangeError);
  });

  it('shows an iterator what there was when it began', () => {
    const listing = PackedListing.from([0, 1, 2, 3].map(numberedFile));
    const iterator = listing.entries();
    expect(iterator.next().value).toEqual(numberedFile(0));
    for (let number = 1; number < 200; number += 1) {
      listing.delete(numberedFile(number).name);
      listing.set({ ...FILE, name: `z${number}` });
    }
    expect([...iterator]).toEqual([1, 2, 3].map(numberedFile));
  });

  it('is not changed by whoever holds an entry that was set', () => {
    const entry = { ...FILE };
    const listing = PackedListing.from([]);
    listing.set(entry);
    entry.size = 99;
    expect(listing.get('a')?.size).toBe(1);
  });

  it('takes 15,000 single changes of 100,000 entries in little time', () => {
    const listing = hundredThousand();
    const begin = performance.now();
    for (let number = 0; number < 5_000; number += 1) {
      listing.set({ ...numberedFile(number * 5), size: 1 });
      listing.set(numberedFile(200_000 + number));
      listing.delete(numberedFile(number).name);
    }
    // Packing anew at each change would take minutes.
    expect(performance.now() - begin).toBeLessThan(5_000);
    expect(listing.size).toBe(100_000);
  });
});

describe('the memory of a packed listing', () => {
  it('is at most 80 bytes for each of 100,000 names of 24 letters', () => {
    const [bytes, kept] = measure(hundredThousand);
    expect(kept.size).toBe(100_000);
    expect(bytes / 100_000).toBeLessThan(80);
    expect(Math.abs(kept.bytes - bytes) / bytes).toBeLessThan(0.05);
  });

  it('stays below 100 bytes for each while single changes come', () => {
    const [bytes] = measure(() => {
      const listing = hundredThousand();
      for (let number = 0; number < 10_000; number += 1) {
        listing.set({ ...numberedFile(number * 10), size: 5 });
      }
      return listing;
    });
    expect(bytes / 100_000).toBeLessThan(100);
  });

  it('is at most 2 KB for 20 entries', () => {
    const small = (): PackedListing[] =>
      Array.from({ length: 1_000 }, () => PackedListing.from(twenty()));
    const [bytes, kept] = measure(small);
    expect(bytes / kept.length).toBeLessThan(2_048);
    expect(kept[0]?.bytes).toBeLessThan(2_048);
    expect(kept[0]?.bytes).toBeGreaterThan((0.8 * bytes) / kept.length);
  });
});

function hundredThousand(): PackedListing {
  const builder = new ListingBuilder();
  for (let page = 0; page < 100; page += 1) {
    builder.add(Array.from({ length: 1_000 }, (_, number) => numberedFile(page * 1_000 + number)));
  }
  return builder.build();
}

function twenty(): StorageEntry[] {
  return Array.from({ length: 20 }, (_, number) => numberedFile(number));
}

/** Bytes of heap and of external memory that what is made takes. */
function measure<T>(make: () => T): [bytes: number, made: T] {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // Compiled code and the like are not counted.
  make();
  collect();
  collect();
  const before = process.memoryUsage();
  const made = make();
  collect();
  collect();
  const after = process.memoryUsage();
  return [after.heapUsed - before.heapUsed + after.external - before.external, made];
}

/** The zeros of modifiedAt are one. */
function oneZero(entry: StorageEntry): StorageEntry {
  return { ...entry, modifiedAt: entry.modifiedAt + 0 };
}

function directoriesOf(entries: readonly StorageEntry[]): string[] {
  return entries.filter(({ kind }) => kind === 'directory').map(({ name }) => name);
}
