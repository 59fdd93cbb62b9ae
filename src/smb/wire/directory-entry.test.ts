import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anySize,
  anyText,
  anyU32,
  describeCodec,
  outcomeOf,
} from '../../../test/support/codec-properties.ts';
import { SmbError } from '../smb-error.ts';
import { FileAttribute } from './create.ts';
import { decodeDirectoryEntries, encodeDirectoryEntries, InfoClass } from './directory-entry.ts';
import type { DirectoryEntry } from './directory-entry.ts';

const anyName = anyText.filter((name) => name !== '' && name !== '.' && name !== '..');
const anyTime = fc.integer({ min: 1, max: 4_102_444_800_000 });

const anyEntry: fc.Arbitrary<DirectoryEntry> = fc.record({
  name: anyName,
  attributes: anyU32,
  size: anySize,
  allocationSize: anySize,
  createdMs: anyTime,
  accessedMs: anyTime,
  modifiedMs: fc.oneof(anyTime, fc.constant(0)),
  changedMs: anyTime,
  fileId: fc.option(fc.bigInt(1n, 2n ** 64n - 2n), { nil: undefined }),
  reparseTag: anyU32,
  shortName: fc.option(fc.string({ minLength: 1, maxLength: 12 }), { nil: undefined }),
});

/** What is left of an entry when a class carries it. */
function asCarriedBy(entry: DirectoryEntry, infoClass: number): DirectoryEntry {
  if (infoClass === InfoClass.NAMES) return plainEntry(entry.name);
  const { fileId, reparseTag, shortName, ...facts } = entry;
  const carried: DirectoryEntry = { ...facts };
  const withIds: number[] = [InfoClass.ID_BOTH, InfoClass.ID_FULL, InfoClass.ID_EXTD];
  const withShortNames: number[] = [InfoClass.BOTH, InfoClass.ID_BOTH];
  if (withIds.includes(infoClass)) carried.fileId = fileId;
  if (withShortNames.includes(infoClass)) carried.shortName = shortName;
  const isLink = (entry.attributes & FileAttribute.REPARSE_POINT) !== 0;
  if (isLink && infoClass !== InfoClass.DIRECTORY) carried.reparseTag = reparseTag;
  return carried;
}

function plainEntry(name: string): DirectoryEntry {
  return {
    name,
    attributes: 0,
    size: 0,
    allocationSize: 0,
    createdMs: 0,
    accessedMs: 0,
    modifiedMs: 0,
    changedMs: 0,
  };
}

for (const [name, infoClass] of Object.entries(InfoClass)) {
  describeCodec(`directory entries of class ${name}`, {
    arbitrary: fc.array(anyEntry, { maxLength: 4 }),
    encode: (entries) => encodeDirectoryEntries(entries, infoClass),
    decode: (buffer) => decodeDirectoryEntries(buffer, infoClass),
    expected: (entries) => entries.map((entry) => asCarriedBy(entry, infoClass)),
  });
}

describe('directory entries', () => {
  const decode = (buffer: Buffer): DirectoryEntry[] =>
    decodeDirectoryEntries(buffer, InfoClass.ID_BOTH);
  const encode = (...names: string[]): Buffer =>
    encodeDirectoryEntries(names.map(plainEntry), InfoClass.ID_BOTH);
  const namesOf = (buffer: Buffer): string[] => decode(buffer).map(({ name }) => name);

  it('come without the directory itself and its parent, wherever those stand', () => {
    expect(namesOf(encode('.', '..', 'a', '..b', '.c', '...'))).toEqual(['a', '..b', '.c', '...']);
    expect(namesOf(encode('a', '..'))).toEqual(['a']);
    expect(namesOf(encode('.'))).toEqual([]);
  });

  it('are none in an empty buffer', () => {
    expect(decode(Buffer.alloc(0))).toEqual([]);
  });

  it('keep names that are hard to keep', () => {
    const names = ['\ud800', 'x\udfffy', 'ends. . ', '\u{1f30a}', 'é', 'n'.repeat(255), '\uf022'];
    expect(namesOf(encode(...names))).toEqual(names);
  });

  it('have no file id when the server sends none', () => {
    const buffer = encode('a', 'b');
    buffer.fill(0xff, 96, 104);
    expect(decode(buffer).map(({ fileId }) => fileId)).toEqual([undefined, undefined]);
  });

  it('have 128 bits of file id in the extended class', () => {
    const fileId = (7n << 64n) | 9n;
    const entry = { ...plainEntry('a'), fileId };
    const buffer = encodeDirectoryEntries([entry], InfoClass.ID_EXTD);
    expect(decodeDirectoryEntries(buffer, InfoClass.ID_EXTD)[0]?.fileId).toBe(fileId);
    buffer.fill(0xff, 72, 88);
    expect(decodeDirectoryEntries(buffer, InfoClass.ID_EXTD)[0]?.fileId).toBeUndefined();
  });

  it('are never cut short in silence: a promised entry has to come', () => {
    const buffer = encode('first', 'second');
    const first = buffer.readUInt32LE(0);
    expect(outcomeOf(decode, buffer.subarray(0, first))).toBe('refused');
    buffer.writeUInt32LE(8, 0);
    expect(outcomeOf(decode, buffer)).toBe('refused');
  });

  it('have a name, of whole characters, inside their place', () => {
    for (const nameLength of [0, 1, 11, 10_000, 0xfffffffe]) {
      const buffer = encode('first', 'second');
      buffer.writeUInt32LE(nameLength, 60);
      expect(outcomeOf(decode, buffer)).toBe('refused');
    }
  });

  it('have a short name of at most 12 whole characters', () => {
    for (const length of [1, 25, 26, 0xfe]) {
      const buffer = encode('long enough a name to have room for a short name that lies');
      buffer[68] = length;
      expect(outcomeOf(decode, buffer)).toBe('refused');
    }
  });

  it('do not refer to the buffer they came in', () => {
    const buffer = encode('name');
    const entries = decode(buffer);
    buffer.fill(0);
    expect(entries[0]?.name).toBe('name');
  });

  it('cannot be read in a class that does not exist', () => {
    expect(() => decodeDirectoryEntries(Buffer.alloc(0), 99)).toThrow(SmbError);
  });
});
