import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  naiveAbbreviation,
  naiveFold,
  naiveMatches,
  naiveOrder,
  naiveTypo,
} from '../../test/support/naive-search.ts';
import { DirectoryTree } from './directory-tree.ts';
import { searchTree } from './search-pool.ts';

const letter = fc.constantFrom(...'aabbcAB12. -_é\u0301ü'.split(''));
const name = fc
  .string({ unit: letter, minLength: 1, maxLength: 8 })
  .filter((text) => text.trim() !== '' && !text.startsWith('\u0301'));
const anyPath = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const paths = fc.array(anyPath, { minLength: 1, maxLength: 60 });
const query = fc
  .string({ unit: fc.constantFrom(...'aabbcAB12.é/\\ '.split('')), minLength: 1, maxLength: 6 })
  .filter((text) => text.trim() !== '');

it('finds exactly what a plain search of all paths finds', () => {
  fc.assert(
    fc.property(paths, query, fc.boolean(), (all, text, hidden) => {
      const tree = treeOf(all);
      const found = searchTree(tree, text, { hidden, limit: 1_000 });
      const wanted = naiveMatches(pathsOf(tree), text, hidden);
      expect(found.results.map((hit) => hit.path).toSorted()).toEqual(wanted.toSorted());
      expect(found.total).toBe(wanted.length);
      expect(found.truncated).toBe(false);
    }),
    { numRuns: 500 },
  );
});

it('finds the same after everything was moved about, whatever slots entries got', () => {
  fc.assert(
    fc.property(paths, paths, query, (all, places, text) => {
      const tree = treeOf(all);
      all.forEach((each, i) => {
        if (i % 3 === 0) tree.remove(each);
        else if (i % 3 === 1) tree.move(each, places[i % places.length]!);
      });
      const found = searchTree(tree, text, { hidden: true, limit: 1_000 });
      const wanted = naiveMatches(pathsOf(tree), text, true);
      expect(found.results.map((hit) => hit.path).toSorted()).toEqual(wanted.toSorted());
    }),
    { numRuns: 300 },
  );
});

it('finds the same with more words than a byte has bits', () => {
  const few = fc.string({
    unit: fc.constantFrom(...'aabbc1.'.split('')),
    minLength: 3,
    maxLength: 9,
  });
  const deep = fc.array(few, { minLength: 2, maxLength: 5 }).map((names) => names.join('/'));
  const piece = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', '1'),
    minLength: 1,
    maxLength: 2,
  });
  const words = fc
    .array(fc.tuple(piece, fc.constantFrom(' ', ' ', '/')), { minLength: 5, maxLength: 12 })
    .map((pieces) => pieces.flat().join('').trim());
  let hits = 0;
  fc.assert(
    fc.property(
      fc.array(deep, { minLength: 10, maxLength: 60 }),
      words,
      fc.boolean(),
      (all, text, moves) => {
        const tree = treeOf(all);
        if (moves) all.forEach((each, i) => i % 2 === 0 && tree.move(each, `${each}-moved`));
        const found = searchTree(tree, text, { hidden: true, limit: 1_000 });
        const wanted = naiveMatches(pathsOf(tree), text, true);
        hits += wanted.length;
        expect(found.results.map((hit) => hit.path).toSorted()).toEqual(wanted.toSorted());
      },
    ),
    { numRuns: 300, seed: 1 },
  );
  expect(hits).toBeGreaterThan(100);
});

it('never ranks worse than: is the word, starts with it, has it; then the shallower', () => {
  const word = fc.constantFrom('a', 'b', 'ab', 'ba', 'aab', '1');
  fc.assert(
    fc.property(paths, word, (all, text) => {
      const tree = treeOf(all);
      const found = searchTree(tree, text, { hidden: true }).results.map((hit) => hit.path);
      const tiers = found.map((each) => tierOf(each, text));
      expect(tiers).toEqual(tiers.toSorted((a, b) => a - b));
      const first = found.filter((each) => tierOf(each, text) < 2);
      const depths = (list: string[]): number[] => list.map((each) => each.split('/').length);
      const wanted = naiveOrder(found, text).slice(0, first.length);
      expect(depths(first)).toEqual(depths(wanted));
    }),
    { numRuns: 200 },
  );
});

it('cuts off at the limit, and gives the best of all', () => {
  fc.assert(
    fc.property(paths, query, fc.integer({ min: 0, max: 5 }), (all, text, limit) => {
      const tree = treeOf(all);
      const whole = searchTree(tree, text, { hidden: true, limit: 1_000 });
      const cut = searchTree(tree, text, { hidden: true, limit });
      expect(cut.results).toEqual(whole.results.slice(0, limit));
      expect(cut.total).toBe(whole.total);
      expect(cut.truncated).toBe(whole.total > limit);
    }),
    { numRuns: 200 },
  );
});

it('forgives one error in a word of four letters or more, and knows abbreviations', () => {
  const word = fc.string({
    unit: fc.constantFrom(...'abcé12'.split('')),
    minLength: 2,
    maxLength: 7,
  });
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 30 }), word, (names, text) => {
      const tree = treeOf(names);
      const found = searchTree(tree, text, { hidden: true, fuzzy: true, limit: 1_000 });
      const wanted = pathsOf(tree).filter((each) => {
        const folded = naiveFold(each);
        if (folded.includes(naiveFold(text)) || naiveAbbreviation(folded, text)) return true;
        return text.length >= 4 && naiveTypo(folded, text);
      });
      expect(found.results.map((hit) => hit.path).toSorted()).toEqual(wanted.toSorted());
    }),
    { numRuns: 500 },
  );
});

function treeOf(all: readonly string[]): DirectoryTree {
  const tree = new DirectoryTree({ maxEntries: 10_000 });
  for (const each of all) tree.add(each);
  return tree;
}

function pathsOf(tree: DirectoryTree): string[] {
  return tree.slice(0, 100_000).ids.map((id) => tree.pathOf(id)!);
}

function tierOf(path: string, word: string): number {
  const last = naiveFold(path).split('/').at(-1)!;
  if (last === word) return 0;
  return last.startsWith(word) ? 1 : 2;
}
