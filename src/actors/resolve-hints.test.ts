import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PackedListing } from '../storage/listing/packed-listing.ts';
import type { StorageChange, StorageEntry } from '../storage/storage.ts';
import type { DirectoryChange } from './directory-change.ts';
import { Hints } from './hints.ts';
import { changesAfterListing, changesAfterLookup, joinById } from './resolve-hints.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;

const entryNamed = (name: string): fc.Arbitrary<StorageEntry> =>
  fc.record({
    name: fc.constant(name),
    kind: fc.constantFrom('file', 'directory'),
    size: fc.nat(2),
    modifiedAt: fc.nat(2),
    createdAt: fc.option(fc.nat(1), { nil: undefined }),
    // So few that files share them: hard links, and ids that are used again.
    fileId: fc.option(fc.bigInt(0n, 4n), { nil: undefined }),
  });

const listing: fc.Arbitrary<StorageEntry[]> = fc
  .tuple(...NAMES.map((name) => fc.option(entryNamed(name))))
  .map((entries) => entries.filter((entry) => entry !== null));

const hint: fc.Arbitrary<StorageChange> = fc.oneof(
  fc.record({
    action: fc.constantFrom('added', 'removed', 'modified', 'renamed'),
    path: fc.constantFrom(...NAMES, 'elsewhere'),
  }),
  fc.record({
    action: fc.constant('renamed' as const),
    path: fc.constantFrom(...NAMES),
    oldPath: fc.constantFrom(...NAMES, 'elsewhere'),
  }),
);

const hintSets = fc.array(hint, { maxLength: 6 });

function hintsOf(...changes: StorageChange[]): Hints {
  const hints = new Hints();
  for (const change of changes) hints.add(change);
  return hints;
}

/** What a reader knows of a file: all that is told of changes of it. */
function known({ name, kind, size, modifiedAt, fileId }: StorageEntry): unknown {
  return kind === 'directory' ? { name, kind, fileId } : { name, kind, size, modifiedAt, fileId };
}

function modelOf(entries: Iterable<StorageEntry>): Map<string, unknown> {
  return new Map([...entries].map((entry) => [entry.name, known(entry)]));
}

/** As a reader does it, one after the other. */
function applyTo(model: Map<string, unknown>, changes: readonly DirectoryChange[]): void {
  for (const { action, path, oldPath, entry } of changes) {
    if (action === 'removed') model.delete(path);
    else {
      if (oldPath !== undefined) model.delete(oldPath);
      model.set(path, known(entry!));
    }
  }
}

function words(changes: readonly DirectoryChange[]): string[] {
  return changes.map(({ action, path, oldPath }) =>
    oldPath === undefined ? `${action} ${path}` : `${action} ${oldPath} to ${path}`,
  );
}

const file = (name: string, what: Partial<StorageEntry> = {}): StorageEntry => ({
  ...{ name, kind: 'file', size: 1, modifiedAt: 1, ...what },
});

const afterListing = (
  before: StorageEntry[] | undefined,
  after: StorageEntry[],
  ...hints: StorageChange[]
): string[] =>
  words(
    changesAfterListing(
      before === undefined ? undefined : PackedListing.from(before),
      PackedListing.from(after),
      hintsOf(...hints),
    ),
  );

describe('changes after a listing', () => {
  it('lead every reader of the one before to the one after, whatever was hinted', () => {
    fc.assert(
      fc.property(listing, listing, hintSets, (before, after, hints) => {
        const changes = changesAfterListing(
          PackedListing.from(before),
          PackedListing.from(after),
          hintsOf(...hints),
        );
        const model = modelOf(before);
        applyTo(model, changes);
        expect(model).toEqual(modelOf(after));
      }),
      { numRuns: 3_000 },
    );
  });

  it('speak of each name once', () => {
    fc.assert(
      fc.property(listing, listing, hintSets, (before, after, hints) => {
        const changes = changesAfterListing(
          PackedListing.from(before),
          PackedListing.from(after),
          hintsOf(...hints),
        );
        const names = changes.flatMap(({ path, oldPath }) =>
          oldPath === undefined ? [path] : [oldPath, path],
        );
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it('lead to the hinted part of a listing that nothing was known of before', () => {
    fc.assert(
      fc.property(listing, listing, hintSets, (before, after, changes) => {
        const hints = hintsOf(...changes);
        const model = modelOf(before);
        applyTo(model, changesAfterListing(undefined, PackedListing.from(after), hints));
        const present = modelOf(after);
        // Of what was written only files are told: of directories nothing else can have changed.
        for (const name of hints.names()) {
          const isWritten = hints.actionOf(name) === 'modified';
          if (!present.has(name)) expect(model.has(name)).toBe(false);
          else if (!isWritten) expect(model.get(name)).toEqual(present.get(name));
        }
      }),
    );
  });

  it('tell a write that shows in no size and time, but not of a directory', () => {
    const both = [file('f'), file('d', { kind: 'directory' })];
    const told = afterListing(
      both,
      both,
      { action: 'modified', path: 'f' },
      { action: 'modified', path: 'd' },
    );
    expect(told).toEqual(['modified f']);
  });

  it('tell that a name is gone that came and went in between', () => {
    const told = afterListing([], [], { action: 'added', path: 'a' });
    expect(told).toEqual(['removed a']);
  });

  it('tell nothing of a name that went and came back as it was', () => {
    const same = [file('a', { fileId: 1n })];
    const told = afterListing(
      same,
      same,
      { action: 'removed', path: 'a' },
      { action: 'added', path: 'a' },
    );
    expect(told).toEqual([]);
  });

  it('call it modified when another file has come under the name of one that went', () => {
    const told = afterListing(
      [file('a', { fileId: 1n })],
      [file('a', { fileId: 2n })],
      { action: 'removed', path: 'a' },
      { action: 'added', path: 'a' },
    );
    expect(told).toEqual(['modified a']);
  });

  it('call it a rename where the storage did, even without ids', () => {
    const rename = { action: 'renamed', path: 'b', oldPath: 'a' } as const;
    expect(afterListing([file('a')], [file('b')], rename)).toEqual(['renamed a to b']);
    expect(afterListing(undefined, [file('b')], rename)).toEqual(['renamed a to b']);
  });

  it('tell a chain of renames as far as names remain of it', () => {
    const told = afterListing(
      [file('a', { fileId: 1n })],
      [file('c', { fileId: 1n })],
      { action: 'renamed', path: 'b', oldPath: 'a' },
      { action: 'renamed', path: 'c', oldPath: 'b' },
    );
    expect(told).toEqual(['renamed a to c', 'removed b']);
  });

  it('never guess which of several hard links was renamed', () => {
    const before = [file('a', { fileId: 1n }), file('b', { fileId: 1n })];
    const after = [file('b', { fileId: 1n }), file('c', { fileId: 1n })];
    expect(afterListing(before, after)).toEqual(['removed a', 'added c']);
    const rename = { action: 'renamed', path: 'c', oldPath: 'a' } as const;
    expect(afterListing(before, after, rename)).toEqual(['renamed a to c']);
  });
});

describe('changes after looking names up', () => {
  it('lead every reader to what was found, and leave the other names alone', () => {
    fc.assert(
      fc.property(listing, listing, hintSets, (before, after, changes) => {
        const hints = hintsOf(...changes);
        const there = PackedListing.from(after);
        const found = new Map([...hints.names()].map((name) => [name, there.get(name)]));
        const model = modelOf(before);
        applyTo(model, changesAfterLookup(PackedListing.from(before), found, hints));
        const expected = modelOf(before);
        for (const [name, entry] of found) {
          if (entry === undefined) expected.delete(name);
          else expected.set(name, known(entry));
        }
        expect(model).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
  });

  it('join what went and what came by its id, in whichever order it was hinted', () => {
    const entry = file('b', { fileId: 7n });
    const before = PackedListing.from([file('a', { fileId: 7n })]);
    for (const names of [['a', 'b'] as const, ['b', 'a'] as const]) {
      const found = new Map(names.map((name) => [name, name === 'b' ? entry : undefined]));
      const hints = hintsOf(...names.map((path) => ({ action: 'modified' as const, path })));
      expect(words(changesAfterLookup(before, found, hints))).toEqual(['renamed a to b']);
    }
  });
});

describe('joining changes by id', () => {
  const went = (path: string, id: bigint): DirectoryChange => ({
    ...{ action: 'removed', path, entry: file(path, { fileId: id }) },
  });
  const came = (path: string, id: bigint, what: Partial<StorageEntry> = {}): DirectoryChange => ({
    ...{ action: 'added', path, entry: file(path, { fileId: id, ...what }) },
  });

  it('makes one move of both halves, in either order', () => {
    expect(words(joinById([went('x/a', 1n), came('y/a', 1n)]))).toEqual(['renamed x/a to y/a']);
    expect(words(joinById([came('y/a', 1n), went('x/a', 1n)]))).toEqual(['renamed x/a to y/a']);
  });

  it('leaves hard links, other kinds, other ids and the same name alone', () => {
    const apart: DirectoryChange[][] = [
      [went('a', 1n), came('b', 1n), came('c', 1n)],
      [went('a', 1n), went('b', 1n), came('c', 1n)],
      [went('a', 1n), came('b', 1n, { kind: 'directory' })],
      [went('a', 1n), came('a', 1n)],
      [went('a', 1n), came('b', 2n)],
    ];
    for (const changes of apart) expect(joinById(changes)).toEqual(changes);
  });

  it('keeps what nobody looked at', () => {
    const changes: DirectoryChange[] = [{ action: 'removed', path: 'a' }, came('b', 1n)];
    expect(joinById(changes)).toEqual(changes);
  });
});
