import { descendantsOf, pathOf } from '../fake-server/file-system.ts';
import type { FakeNode } from '../fake-server/file-system.ts';
import type { HostFiles } from '../fake-server/host-files.ts';
import type { FileStep } from './schedule.ts';

/** Changes files as a step says; false when the server refuses, or there is nothing to change. */
export function changeFiles(
  step: FileStep,
  files: HostFiles,
  root: FakeNode,
  watchedPath: (which: number) => string,
): boolean {
  switch (step.do) {
    case 'write':
      return files.write(newPath(root, step), 'x'.repeat(step.bytes));
    case 'rewrite': {
      const node = pick(root, step.which, ({ children }) => children === undefined);
      return node !== undefined && files.write(pathOf(node), 'y'.repeat(step.bytes));
    }
    case 'burst': {
      const directory = pathOf(directoryAt(root, step.where));
      for (let i = 0; i < step.count; i += 1) files.write(`${directory}/burst ${i}`, '');
      return true;
    }
    case 'mkdir':
      return files.mkdir(newPath(root, step));
    case 'rename': {
      const node = pick(root, step.which);
      if (node?.parent === undefined) return false;
      return files.rename(pathOf(node), `${pathOf(node.parent)}/${step.name}`);
    }
    case 'move': {
      const node = pick(root, step.which);
      return node !== undefined && files.rename(pathOf(node), newPath(root, step));
    }
    case 'remove': {
      const node = pick(root, step.which);
      return node !== undefined && files.remove(pathOf(node));
    }
    case 'remove-watched':
      return files.remove(watchedPath(step.which));
    case 'recreate-watched': {
      const path = watchedPath(step.which);
      files.remove(path);
      const isDone = files.mkdir(path);
      for (let i = 0; i < step.names; i += 1) files.write(`${path}/new ${i}`, 'z');
      return isDone;
    }
  }
}

/** The directory at a fraction of all there are. */
export function directoryAt(root: FakeNode, where: number): FakeNode {
  const isDirectory = ({ children }: FakeNode): boolean => children !== undefined;
  const directories = [root, ...descendantsOf(root)].filter(isDirectory);
  return directories[Math.floor(where * directories.length)] ?? root;
}

function newPath(root: FakeNode, { where, name }: { where: number; name: string }): string {
  return `${pathOf(directoryAt(root, where))}/${name}`;
}

function pick(
  root: FakeNode,
  which: number,
  accept: (node: FakeNode) => boolean = () => true,
): FakeNode | undefined {
  const nodes = [...descendantsOf(root)].filter(accept);
  return nodes[Math.floor(which * nodes.length)];
}
