import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settled, storageEntries } from '../../../test/support/storage-entries.ts';
import type { StorageEntry } from '../storage.ts';
import { diffListings } from './diff-listings.ts';
import type { ListingDifference } from './diff-listings.ts';
import { PackedListing } from './packed-listing.ts';

const FILE: StorageEntry = { name: 'f', kind: 'file', size: 1, modifiedAt: 1_000, fileId: 1n };
const DIRECTORY: StorageEntry = { ...FILE, name: 'd', kind: 'directory', size: 0, fileId: 2n };

function differences(before: readonly StorageEntry[], after: readonly StorageEntry[]): string[] {
  return diffListings(PackedListing.from(before), PackedListing.from(after)).map(inWords);
}

function inWords({ action, entry, oldName }: ListingDifference): string {
  return `${action} ${oldName === undefined ? '' : `${oldName} -> `}${entry.name}`;
}

describe('the difference of two listings', () => {
  it.each<[string, Partial<StorageEntry>]>([
    ['kind', { kind: 'link' }],
    ['size', { size: 2 }],
    ['modifiedAt', { modifiedAt: 1_000.5 }],
    ['fileId', { fileId: 9n }],
    ['fileId that is told no more', { fileId: undefined }],
  ])('tells a file as modified by its %s', (_, change) => {
    const after = { ...FILE, ...change };
    const found = diffListings(PackedListing.from([FILE]), PackedListing.from([after]));
    expect(found).toEqual([{ action: 'modified', entry: { ...after, createdAt: undefined } }]);
  });

  it('takes a file of the same id for a renamed one unless it was made later', () => {
    const gone = { ...FILE, createdAt: 10 };
    const found = (createdAt: number): string[] =>
      differences([gone], [{ ...FILE, name: 'g', createdAt }]);
    expect(found(10)).toEqual(['renamed f -> g']);
    // Samba may date one and the same file earlier than before.
    expect(found(9)).toEqual(['renamed f -> g']);
    expect(found(11)).toEqual(['removed f', 'added g']);
  });

  it('does not tell a file as modified by its createdAt', () => {
    expect(differences([FILE], [{ ...FILE, createdAt: 5 }])).toEqual([]);
  });

  it('leaves out sizes and times of directories, not their identity', () => {
    expect(differences([DIRECTORY], [{ ...DIRECTORY, size: 9, modifiedAt: 2_000 }])).toEqual([]);
    expect(differences([DIRECTORY], [{ ...DIRECTORY, fileId: 3n }])).toEqual(['modified d']);
  });

  it('tells removed, renamed, modified and added, each in the order of the names', () => {
    const named = (name: string, fileId?: bigint): StorageEntry => ({ ...FILE, name, fileId });
    const before = [
      named('x'),
      named('b'),
      named('m2'),
      named('m1'),
      named('r1', 7n),
      named('r2', 8n),
    ];
    const after = [
      ...[named('z'), named('B'), named('q', 7n), named('p', 8n)],
      ...[named('m1', 1n), { ...named('m2'), size: 5 }],
    ];
    expect(differences(before, after)).toEqual([
      ...['removed b', 'removed x', 'renamed r2 -> p', 'renamed r1 -> q'],
      ...['modified m1', 'modified m2', 'added B', 'added z'],
    ]);
  });

  it('shows what was removed as it was, and what was renamed as it is', () => {
    const found = diffListings(
      PackedListing.from([
        { ...FILE, createdAt: 1 },
        { ...DIRECTORY, createdAt: 2 },
      ]),
      PackedListing.from([{ ...FILE, name: 'g', size: 3, createdAt: 1 }]),
    );
    expect(found).toEqual([
      { action: 'removed', entry: { ...DIRECTORY, createdAt: 2 } },
      { action: 'renamed', entry: { ...FILE, name: 'g', size: 3, createdAt: 1 }, oldName: 'f' },
    ]);
  });

  it('pairs no rename by an id that is missing, of another kind or not unique', () => {
    const g = { ...FILE, name: 'g' };
    const unknown = { fileId: undefined };
    const twoSteps = ['removed f', 'added g'];
    expect(differences([{ ...FILE, ...unknown }], [{ ...g, ...unknown }])).toEqual(twoSteps);
    expect(differences([FILE], [{ ...g, kind: 'directory' }])).toEqual(twoSteps);
    // Hard links: the same file under several names, in the one or the other listing.
    const twin = { ...FILE, name: 'twin' };
    expect(differences([FILE, twin], [g, twin])).toEqual(twoSteps);
    expect(differences([FILE], [g, twin])).toEqual([...twoSteps, 'added twin']);
    expect(differences([FILE, twin], [g])).toEqual(['removed f', 'removed twin', 'added g']);
  });

  it('tells names that were swapped as modified', () => {
    const g = { ...FILE, name: 'g', fileId: 5n };
    expect(
      differences(
        [FILE, g],
        [
          { ...FILE, fileId: 5n },
          { ...g, fileId: 1n },
        ],
      ),
    ).toEqual(['modified f', 'modified g']);
  });

  it('makes the one listing out of the other', () => {
    fc.assert(
      fc.property(storageEntries, storageEntries, fc.array(fc.boolean()), (some, more, kept) => {
        // Have something in common: entries that stay.
        const before = settled([...some, ...more.filter((_, i) => kept[i] === true)]);
        const after = settled(more);
        const old = new Map(before.map((entry) => [entry.name, entry]));
        for (const { action, entry, oldName } of diffListings(
          PackedListing.from(before),
          PackedListing.from(after),
        )) {
          if (action === 'removed') expect(old.delete(entry.name)).toBe(true);
          if (action === 'renamed') {
            expect(old.get(oldName ?? '')?.fileId).toBe(entry.fileId);
            expect(old.delete(oldName ?? '')).toBe(true);
          }
          if (action !== 'removed') {
            expect(old.has(entry.name)).toBe(action === 'modified');
            old.set(entry.name, entry);
          }
        }
        expect(settled(old.values()).map(whatCounts)).toEqual(after.map(whatCounts));
      }),
    );
  });

  it('is empty for a listing and itself, packed anew or changed back', () => {
    fc.assert(
      fc.property(storageEntries, (entries) => {
        const before = PackedListing.from(entries);
        const after = PackedListing.from(before.entries());
        after.set({ ...FILE, name: 'new' });
        const old = before.get('new');
        after.delete('new');
        if (old !== undefined) after.set(old);
        expect(diffListings(before, after)).toEqual([]);
      }),
    );
  });
});

function whatCounts({ name, kind, size, modifiedAt, fileId }: StorageEntry): unknown[] {
  return kind === 'directory' ? [name, kind, fileId] : [name, kind, fileId, size, modifiedAt + 0];
}
