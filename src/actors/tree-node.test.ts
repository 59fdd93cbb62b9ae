import { describe, expect, it } from 'vitest';
import type { DirectoryChange } from './directory-change.ts';
import { MovedNodes, TreeNode } from './tree-node.ts';
import type { NodeOwner } from './tree-node.ts';

const owner: NodeOwner = {
  nodeListed: () => undefined,
  nodeChanged: () => undefined,
  nodeResync: () => undefined,
  nodeStateChanged: () => undefined,
};

const node = (path: string): TreeNode =>
  new TreeNode(owner, { path, inheritance: undefined, isNews: false });

const entry = { name: '', kind: 'file', size: 1, modifiedAt: 1 } as const;

describe('a directory of a tree', () => {
  it('gives changes of its own the names that they have in the tree', () => {
    const change: DirectoryChange = { action: 'renamed', path: 'new', oldPath: 'old', entry };
    expect(node('a/b').prefixed(change)).toMatchObject({ path: 'a/b/new', oldPath: 'a/b/old' });
    expect(node('').prefixed(change)).toMatchObject({ path: 'new', oldPath: 'old' });
    const plain = node('a').prefixed({ action: 'added', path: 'x', entry });
    expect(plain.path).toBe('a/x');
    expect(plain).not.toHaveProperty('oldPath');
  });

  it('hands on what readers know of a directory in it', () => {
    const inner = { listing: undefined, below: new Map() };
    const inheritance = { listing: undefined, below: new Map([['sub', inner]]) };
    const heir = new TreeNode(owner, { path: 'z', inheritance, isNews: true });
    expect(heir.inherited('sub')).toBe(inner);
    expect(heir.inherited('other')).toBeUndefined();
  });
});

describe('changes of directories that were moved meanwhile', () => {
  const told = (changes: readonly DirectoryChange[]): string[] =>
    changes.map(({ action, path, oldPath }) => `${action} ${oldPath ?? ''} ${path}`);

  it('are told under the name that the directory has now', () => {
    const [a, sub, other] = [node('a'), node('a/sub'), node('ab')];
    const moved = new MovedNodes();
    moved.move([a, sub], 'a', 'x/z');
    const written = sub.prefixed({ action: 'modified', path: 'f', entry });
    expect(told(moved.renamed(written))).toEqual(['modified  x/z/sub/f']);
    const renamed = a.prefixed({ action: 'renamed', path: 'n', oldPath: 'o', entry });
    expect(told(moved.renamed(renamed))).toEqual(['renamed x/z/o x/z/n']);
    expect(moved.renamed(other.prefixed({ action: 'added', path: 'f', entry }))).toEqual([]);
  });

  it('follow a directory that was moved twice, and one above it', () => {
    const sub = node('a/sub');
    const moved = new MovedNodes();
    moved.move([sub], 'a', 'b');
    moved.move([], 'b', 'c');
    moved.move([], 'bc', 'd');
    expect(told(moved.renamed(sub.prefixed({ action: 'removed', path: 'f' })))).toEqual([
      ...['removed  c/sub/f'],
    ]);
  });

  it('tell a directory that was renamed in them anew', () => {
    const a = node('a');
    const moved = new MovedNodes();
    moved.move([a], 'a', 'z');
    const directory = { ...entry, kind: 'directory' } as const;
    const change = a.prefixed({ action: 'renamed', path: 'n', oldPath: 'o', entry: directory });
    expect(told(moved.renamed(change))).toEqual(['removed  z/o', 'added  z/n']);
  });
});
