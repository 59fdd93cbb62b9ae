import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  numberedFile,
  settled,
  storageEntries,
  storageEntry,
} from '../../../test/support/storage-entries.ts';
import type { StorageEntry } from '../storage.ts';
import { diffListings } from './diff-listings.ts';
import { ListingFingerprint } from './listing-fingerprint.ts';
import { PackedListing } from './packed-listing.ts';

function fingerprint(entries: Iterable<StorageEntry>): string {
  const result = new ListingFingerprint();
  for (const entry of entries) result.add(entry);
  return result.value;
}

describe('the fingerprint of a listing', () => {
  it('is equal if and only if the listings do not differ', () => {
    const change = fc.record({
      index: fc.nat(40),
      field: fc.constantFrom('name', 'kind', 'size', 'modifiedAt', 'createdAt', 'fileId'),
      of: storageEntry,
    });
    fc.assert(
      fc.property(storageEntries, fc.array(change, { maxLength: 3 }), (entries, changes) => {
        const before = settled(entries);
        const changed = [...before];
        for (const { index, field, of } of changes) {
          const old = changed[index];
          if (old !== undefined) changed[index] = { ...old, [field]: of[field] };
        }
        const after = settled(changed);
        const differences = diffListings(PackedListing.from(before), PackedListing.from(after));
        expect(fingerprint(before) === fingerprint(after)).toBe(differences.length === 0);
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(storageEntries, (entries) => {
        expect(fingerprint(entries.toReversed())).toBe(fingerprint(entries));
      }),
    );
  });

  it('is the same for entries and for what a packed listing made of them', () => {
    fc.assert(
      fc.property(fc.array(storageEntry, { maxLength: 10 }), (entries) => {
        const listing = PackedListing.from(entries);
        expect(fingerprint(listing.entries())).toBe(fingerprint(settled(entries)));
      }),
    );
  });

  it('tells apart 200,000 entries that differ in little', () => {
    const seen = new Set<string>();
    for (let number = 0; number < 50_000; number += 1) {
      const entry = numberedFile(number);
      seen.add(fingerprint([entry]));
      seen.add(fingerprint([{ ...numberedFile(0), size: number }]));
      seen.add(fingerprint([{ ...numberedFile(0), modifiedAt: number }]));
      seen.add(fingerprint([{ ...numberedFile(0), size: 1, fileId: BigInt(number) << 32n }]));
    }
    expect(seen.size).toBe(200_000);
  });

  it('spreads over all of its bits', () => {
    const ones = Array.from({ length: 128 }, () => 0);
    for (let number = 0; number < 4_000; number += 1) {
      const [, hex = ''] = fingerprint([numberedFile(number)]).split('-');
      const bits = BigInt(`0x${hex}`);
      for (let bit = 0; bit < 128; bit += 1) {
        if (((bits >> BigInt(bit)) & 1n) === 1n) ones[bit] = (ones[bit] ?? 0) + 1;
      }
    }
    // Six standard deviations of 4,000 coins are 190.
    for (const count of ones) expect(Math.abs(count - 2_000)).toBeLessThan(190);
  });

  it('changes half of its bits with any bit of an entry', () => {
    const base = numberedFile(1);
    const [, hex = ''] = fingerprint([base]).split('-');
    const flips: StorageEntry[] = [
      ...Array.from({ length: 40 }, (_, bit) => ({ ...base, size: base.size ^ (1 << (bit % 31)) })),
      ...Array.from({ length: 64 }, (_, bit) => ({
        ...base,
        fileId: (base.fileId ?? 0n) ^ (1n << BigInt(bit)),
      })),
      ...Array.from({ length: 16 }, (_, bit) => ({
        ...base,
        name: base.name.slice(0, -1) + String.fromCharCode(base.name.charCodeAt(23) ^ (1 << bit)),
      })),
    ];
    for (const entry of flips) {
      const [, other = ''] = fingerprint([entry]).split('-');
      const changed = (BigInt(`0x${hex}`) ^ BigInt(`0x${other}`)).toString(2);
      const count = changed.replaceAll('0', '').length;
      expect(count).toBeGreaterThan(30);
      expect(count).toBeLessThan(98);
    }
  });
});
