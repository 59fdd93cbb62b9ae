import { expect, it } from 'vitest';
import { DirectoryTree } from './directory-tree.ts';

function treeOf(...paths: string[]): DirectoryTree {
  const tree = new DirectoryTree({ maxEntries: 100_000, fileIds: true });
  for (const path of paths) tree.add(path);
  return tree;
}

function pathsOf(tree: DirectoryTree): string[] {
  return tree
    .slice(0, 1_000_000)
    .ids.map((id) => tree.pathOf(id)!)
    .toSorted();
}

it.each(['/a/b', 'a/b/', '/a/b/', 'a//b'])('takes %o for a/b', (path) => {
  expect(pathsOf(treeOf(path))).toEqual(['a', 'a/b']);
});

it.each(['', '/', '//'])('adds nothing for %o', (path) => {
  const tree = treeOf(path);
  expect(tree.directories).toBe(0);
  expect(tree.remove(path)).toBe(false);
});

it('counts a directory once, however often it is added', () => {
  expect(treeOf('a', 'a', '/a/').directories).toBe(1);
});

it('makes the directories above', () => {
  expect(treeOf('a/b/c').directories).toBe(3);
});

it('removes all below, and nothing that is merely named alike', () => {
  const tree = treeOf('abc/x/y', 'abcdef/x', 'ab');
  expect(tree.remove('/abc/')).toBe(true);
  expect(pathsOf(tree)).toEqual(['ab', 'abcdef', 'abcdef/x']);
  expect(tree.directories).toBe(3);
});

it('removes what is not there without harm', () => {
  const tree = treeOf('a');
  expect(tree.remove('b')).toBe(false);
  expect(tree.remove('a/b')).toBe(false);
  expect(tree.directories).toBe(1);
});

it('moves all below, keeps their numbers, and nothing that is merely named alike', () => {
  const tree = treeOf('abc/x/y', 'abcdef/x');
  const y = tree.find('abc/x/y')!;
  expect(tree.move('abc', 'new/place')).toBe(tree.find('new/place'));
  expect(tree.pathOf(y)).toBe('new/place/x/y');
  expect(pathsOf(tree)).toEqual([
    'abcdef',
    'abcdef/x',
    'new',
    'new/place',
    'new/place/x',
    'new/place/x/y',
  ]);
});

it('moves a directory to the place of one above it', () => {
  const tree = treeOf('a/b/c', 'a/d');
  tree.move('a/b', 'a');
  expect(pathsOf(tree)).toEqual(['a', 'a/c']);
});

it.each([
  ['', 'x'],
  ['a', ''],
  ['none', 'x'],
  ['a', 'a/b'],
])('does not move %o to %o', (from, to) => {
  const tree = treeOf('a');
  expect(tree.move(from, to)).toBeUndefined();
  expect(pathsOf(tree)).toEqual(['a']);
});

it('keeps names apart that differ in case or Unicode form only, and unpaired surrogates', () => {
  const names = ['Caf\u00e9', 'Cafe\u0301', 'CAF\u00c9', '\ud83d', '\ud83d\ude00', '\ude00'];
  const tree = treeOf(...names);
  expect(tree.directories).toBe(names.length);
  expect(pathsOf(tree)).toEqual(names.toSorted());
});

it('takes a listing for the truth about the children, and keeps what is below those that stay', () => {
  const tree = treeOf('top/stays/below', 'top/goes/below', 'other');
  const top = tree.find('top')!;
  const told = tree.replaceChildren(top, [{ name: 'stays' }, { name: 'new' }], 1_700_000_000_900);
  expect(told.removed).toEqual(['goes']);
  expect(told.added.map((id) => tree.pathOf(id))).toEqual(['top/new']);
  expect(pathsOf(tree)).toEqual(['other', 'top', 'top/new', 'top/stays', 'top/stays/below']);
  expect(tree.verifiedAt(top)).toBe(1_700_000_000_000);
  expect(tree.verifiedAt(tree.find('other')!)).toBeUndefined();
});

it('forgets what was below a directory that is another one by now', () => {
  const tree = treeOf('top');
  const top = tree.find('top')!;
  tree.replaceChildren(top, [{ name: 'a', fileId: 1n }], 1_000);
  tree.add('top/a/old');
  const told = tree.replaceChildren(top, [{ name: 'a', fileId: 2n }], 2_000);
  expect(tree.has('top/a/old')).toBe(false);
  expect([told.added, told.removed]).toEqual([[tree.find('top/a')], ['a']]);
  expect([tree.byFileId(1n), tree.byFileId(2n)]).toEqual([undefined, tree.find('top/a')]);
});

it('keeps what comes while a large listing is taken over in steps', () => {
  const tree = treeOf('top/goes');
  const top = tree.find('top')!;
  const entries = Array.from({ length: 5_000 }, (_, i) => ({ name: `n${i}` }));
  const steps = tree.replaceChildrenInSteps(top, entries, 1_000);
  steps.next();
  tree.add('top/came meanwhile');
  tree.add('elsewhere');
  let count = 1;
  while (steps.next().done !== true) count += 1;
  expect(count).toBe(2);
  expect([tree.has('top/came meanwhile'), tree.has('top/goes')]).toEqual([true, false]);
  expect(tree.directories).toBe(5_003);
});

it('says what is in doubt until it is listed again', () => {
  const tree = treeOf('a/b');
  const a = tree.find('a')!;
  tree.markStale(a);
  expect([tree.isStale(a), tree.isStale(tree.find('a/b')!), tree.stale]).toEqual([true, false, 1]);
  tree.replaceChildren(a, [{ name: 'b' }], 1_000);
  expect([tree.isStale(a), tree.stale]).toEqual([false, 0]);
  tree.markStale(a);
  tree.remove('a');
  expect(tree.stale).toBe(0);
});

it('remembers attributes, and takes new ones over', () => {
  const tree = treeOf();
  const id = tree.add('a', 'directory', { hidden: true, link: true })!;
  expect(tree.info(id)).toMatchObject({ name: 'a', hidden: true, system: false, link: true });
  tree.add('a', 'directory', { system: true });
  expect(tree.info(id)).toMatchObject({ hidden: false, system: true, link: false });
});

it('counts files apart, and lets what has something below it be a directory', () => {
  const tree = treeOf('a');
  tree.add('a/file', 'file');
  expect([tree.directories, tree.files]).toEqual([1, 1]);
  tree.add('a/file/below');
  expect([tree.directories, tree.files]).toEqual([3, 0]);
});

it('refuses what is above its cap, says so, and goes on when there is room again', () => {
  const tree = new DirectoryTree({ maxEntries: 3 });
  for (const name of ['a', 'b', 'c']) tree.add(name);
  expect(tree.truncated).toBe(false);
  expect(tree.add('d')).toBeUndefined();
  expect([tree.truncated, tree.directories]).toEqual([true, 3]);
  tree.remove('a');
  expect(tree.add('d')).toBeDefined();
  expect(tree.directories).toBe(3);
});

it('lets a large subtree go bit by bit: gone at once, its room later', () => {
  const tree = new DirectoryTree({ maxEntries: 100_000 });
  for (let i = 0; i < 20_000; i += 1) tree.add(`big/${i % 100}/${i}`);
  tree.add('small');
  tree.remove('big');
  expect(tree.leaving).toBe(true);
  expect([tree.has('big'), pathsOf(tree)]).toEqual([false, ['small']]);
  while (!tree.settle()) expect(tree.leaving).toBe(true);
  expect(tree.directories).toBe(1);
  const { size } = tree.nodes;
  for (let i = 0; i < 20_000; i += 1) tree.add(`again/${i}`);
  expect(tree.nodes.size).toBe(size);
});

it('uses the room of names again that nothing bears any more', () => {
  const tree = new DirectoryTree({ maxEntries: 100_000 });
  const fill = (round: number): void => {
    for (let i = 0; i < 5_000; i += 1) tree.add(`${round}/Name of round ${round} and number ${i}`);
  };
  fill(0);
  const after = tree.bytes + tree.searchBytes;
  for (let round = 1; round < 30; round += 1) {
    for (let i = 0; i < 5_000; i += 7) tree.add(`kept/${round} ${i}`);
    tree.remove(String(round - 1));
    while (!tree.settle());
    fill(round);
    tree.remove('kept');
    while (!tree.settle());
  }
  expect(tree.directories).toBe(5_001);
  expect(tree.bytes + tree.searchBytes).toBeLessThan(after * 2);
  for (let i = 0; i < 5_000; i += 1) {
    expect(tree.has(`29/Name of round 29 and number ${i}`)).toBe(true);
  }
});

it('counts every change', () => {
  const tree = treeOf('a/b');
  let { version } = tree;
  for (const change of [
    () => tree.add('c'),
    () => tree.move('c', 'd'),
    () => tree.remove('d'),
    () => tree.markStale(tree.find('a')!),
    () => tree.replaceChildren(tree.find('a')!, [{ name: 'b' }], 1),
  ]) {
    change();
    expect(tree.version).toBeGreaterThan(version);
    ({ version } = tree);
  }
  tree.find('a');
  tree.remove('not there');
  expect(tree.version).toBe(version);
});

it('visits every entry once in bounded slices', () => {
  const tree = treeOf();
  for (let i = 0; i < 1_000; i += 1) tree.add(`${i % 10}/${i}`);
  tree.remove('3');
  const seen: number[] = [];
  for (let next: number | undefined = 0; next !== undefined;) {
    const slice = tree.slice(next, 100);
    expect(slice.ids.length).toBeLessThanOrEqual(100);
    seen.push(...slice.ids);
    next = slice.next;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toHaveLength(tree.directories);
});

it('finds its way in a directory of many thousands', () => {
  const tree = treeOf();
  for (let i = 0; i < 30_000; i += 1) tree.add(`flat/${i}`);
  for (let i = 0; i < 30_000; i += 2) tree.remove(`flat/${i}`);
  expect([tree.has('flat/29999'), tree.has('flat/0')]).toEqual([true, false]);
  expect(tree.directories).toBe(15_001);
});
