import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TreeModel } from '../../test/support/directory-tree-model.ts';
import { DirectoryTree } from './directory-tree.ts';

const NAMES = [
  'a',
  'A',
  'b',
  'caf\u00e9',
  'cafe\u0301',
  '\ud800',
  '.x',
  'a b',
  'long-name-of-a-directory',
];
// Few names, so that moves and removals often hit something.
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c') },
  fc.constantFrom(...NAMES),
);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
const kind = fc.constantFrom('directory' as const, 'directory' as const, 'file' as const);
const entries = fc.uniqueArray(
  fc.record({ name: fc.oneof(name, fc.nat(60).map(String)), kind, id: fc.option(fc.nat(3)) }),
  { selector: (entry) => entry.name, maxLength: 40 },
);
const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), path, kind }),
  fc.record({ do: fc.constant('remove' as const), path }),
  fc.record({ do: fc.constant('move' as const), path, to: path }),
  fc.record({ do: fc.constant('replace' as const), path, entries }),
);

it('holds what a plain map of paths would hold, whatever happens to it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const tree = new DirectoryTree({ maxEntries: 10_000, fileIds: true });
      const model = new TreeModel();
      for (const each of steps) {
        if (each.do === 'add') {
          tree.add(each.path, each.kind);
          model.add(each.path, each.kind);
        } else if (each.do === 'remove') {
          expect(tree.remove(each.path)).toBe(model.remove(each.path));
        } else if (each.do === 'move') {
          expect(tree.move(each.path, each.to) !== undefined).toBe(model.move(each.path, each.to));
        } else {
          const listing = each.entries.map(({ id, ...entry }) =>
            id === null ? entry : { ...entry, fileId: BigInt(id + 1) },
          );
          const node = tree.add(each.path, 'directory')!;
          model.add(each.path, 'directory');
          const told = tree.replaceChildren(node, listing, 5_000);
          const wanted = model.replaceChildren(each.path, listing);
          expect(told.added.map((id) => tree.info(id).name).toSorted()).toEqual(wanted.added);
          expect(told.removed.toSorted()).toEqual(wanted.removed);
        }
        expect(pathsOf(tree)).toEqual(model.paths());
        expect(tree.directories).toBe(model.count('directory'));
        expect(tree.files).toBe(model.count('file'));
      }
      for (const one of model.paths().keys()) expect(tree.pathOf(tree.find(one)!)).toBe(one);
    }),
    { numRuns: 300 },
  );
});

function pathsOf(tree: DirectoryTree): Map<string, string> {
  const { ids, next } = tree.slice(0, 1_000_000);
  expect(next).toBeUndefined();
  const pairs = ids.map((id) => [tree.pathOf(id)!, tree.info(id).kind] as const);
  return new Map(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
