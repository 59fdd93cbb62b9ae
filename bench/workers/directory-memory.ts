/** A million paths, as strings or in a tree, in a process of its own. */
import { DirectoryTree } from '../../src/directory-cache/directory-tree.ts';
import { companyPaths, distinctPaths } from '../support/directory-data.ts';
import { answerCalls, settledBytes } from './answer-calls.ts';

export type Names = 'company' | 'distinct';

export interface TreeBytes {
  /** As the operating system sees it. */
  readonly resident: number;
  /** As the tree counts it: without and with what only searching needs. */
  readonly counted: number;
  readonly withSearch: number;
}

/** What is measured must still be reachable then. */
const kept: unknown[] = [];

function resident(): number {
  settledBytes();
  return process.memoryUsage.rss();
}

const calls = {
  /** Bytes of the heap for each of so many strings in an array. */
  strings({ count, names }: { count: number; names: Names }): number {
    const before = settledBytes();
    const paths = pathsOf(count, names);
    kept.push(paths);
    return (settledBytes() - before) / paths.length;
  },
  tree({ count, names, fileIds }: { count: number; names: Names; fileIds: boolean }): TreeBytes {
    let paths: string[] = pathsOf(count, names);
    const warm = new DirectoryTree();
    for (const path of paths.slice(0, 10_000)) warm.add(path);
    const before = resident();
    const tree = new DirectoryTree({ fileIds });
    paths.forEach((path, i) => {
      const id = tree.add(path);
      if (fileIds && id !== undefined) tree.setFileId(id, BigInt(i) + 1n);
    });
    const after = resident();
    paths = [];
    kept.push(tree);
    return {
      resident: (after - before) / tree.directories,
      counted: tree.bytes / tree.directories,
      withSearch: (tree.bytes + tree.searchBytes) / tree.directories,
    };
  },
};
export type DirectoryMemoryCalls = typeof calls;

function pathsOf(count: number, names: Names): string[] {
  return names === 'company' ? companyPaths(count) : distinctPaths(count);
}

answerCalls(calls);
