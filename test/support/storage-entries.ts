import fc from 'fast-check';
import type { StorageEntry } from '../../src/storage/storage.ts';

/** Names that servers do have: any UTF-16, unpaired surrogates, case siblings, NFC and NFD twins. */
export const entryName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'a',
    'A',
    'b',
    'é',
    'e\u0301',
    'É',
    'ÿ',
    'Ā',
    '\ud800',
    '\udc00x',
    'x\ud83d',
    '😀',
    '\u0000',
  ),
  fc.string({ minLength: 1, maxLength: 4 }),
  fc
    .array(fc.nat(0xffff), { minLength: 1, maxLength: 6 })
    .map((units) => String.fromCharCode(...units)),
);

const time = fc.oneof(
  fc.constantFrom(0, -0, 1_767_225_600_000.123),
  fc.integer({ min: 0, max: 2e12 }),
  fc.double({ min: -1e13, max: 1e13, noNaN: true }),
);

export const storageEntry: fc.Arbitrary<StorageEntry> = fc.record({
  name: entryName,
  kind: fc.constantFrom('file', 'directory', 'link'),
  size: fc.oneof(fc.nat(3), fc.nat(), fc.maxSafeNat(), fc.constant(2 ** 53)),
  modifiedAt: time,
  createdAt: fc.option(time, { nil: undefined }),
  fileId: fc.option(
    fc.oneof(fc.bigInt({ min: 0n, max: 4n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    { nil: undefined },
  ),
});

export const storageEntries: fc.Arbitrary<StorageEntry[]> = fc.array(storageEntry, {
  maxLength: 40,
});

/** The last entry of each name, in the order of the names by UTF-16 unit. */
export function settled(entries: Iterable<StorageEntry>): StorageEntry[] {
  const byName = new Map([...entries].map((entry) => [entry.name, entry]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The nth of many files of a directory; the name has 24 letters. */
export function numberedFile(number: number): StorageEntry {
  return {
    name: `recording-${String(number).padStart(10, '0')}.wav`,
    kind: 'file',
    size: 1_000_000 + number * 7,
    modifiedAt: 1_767_225_600_000 + number * 1.5,
    createdAt: 1_767_225_600_000 + number,
    fileId: 0x0005_0000_0000_0000n + BigInt(number),
  };
}
