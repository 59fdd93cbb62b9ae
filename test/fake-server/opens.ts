import { Status } from '../../src/smb/status.ts';
import type { FakeNode, NodeHandle } from './file-system.ts';
import { descendantsOf } from './file-system.ts';
import type { NotifyQueue } from './notify-queue.ts';
import type { FakeRequest, ServerContext } from './protocol.ts';
import type { FakeTree } from './session.ts';

/** A handle. */
export interface FakeOpen extends NodeHandle {
  readonly fileId: Buffer;
  readonly tree: FakeTree;
  readonly node: FakeNode;
  readonly access: number;
  deleteOnClose: boolean;
  /** What a QUERY_DIRECTORY scan still has to hand out; undefined before the first. */
  scan: FakeNode[] | undefined;
  /** The changes since the first CHANGE_NOTIFY. */
  notify: NotifyQueue | undefined;
}

let lastFileId = 0x40n;

export function newFileId(): Buffer {
  lastFileId += 1n;
  const fileId = Buffer.alloc(16);
  fileId.writeBigUInt64LE(lastFileId, 0);
  fileId.writeBigUInt64LE(lastFileId ^ 0xffffn, 8);
  return fileId;
}

const ALL_ONES = Buffer.alloc(16, 0xff);

/** The handle a request is about, in a compound the one its CREATE has just made. */
export function openOf(
  request: FakeRequest,
  fileId: Buffer,
  server: ServerContext,
): FakeOpen | number {
  const { chain } = request;
  if (chain.status !== Status.SUCCESS && chain.fileId === undefined) return chain.status;
  const wanted = fileId.equals(ALL_ONES) && chain.fileId !== undefined ? chain.fileId : fileId;
  const open = server.opens.get(wanted.toString('hex'));
  const { treeId, sessionId } = request.header;
  if (open === undefined) {
    const isConnected = request.session?.trees.has(treeId) === true;
    return isConnected ? Status.FILE_CLOSED : Status.NETWORK_NAME_DELETED;
  }
  if (open.tree.id !== treeId || open.tree.session.id !== sessionId) {
    server.violate(`handle of another tree or session`);
  }
  return open;
}

/** Closes a handle: what it had to delete goes, what waits on it ends. */
export function closeOpen(open: FakeOpen, server: ServerContext): void {
  const { node } = open;
  server.opens.delete(open.fileId.toString('hex'));
  node.handles.delete(open);
  open.notify?.end(Status.NOTIFY_CLEANUP);
  if (open.deleteOnClose) node.deletePending = true;
  if (!node.deletePending || node.parent === undefined) return;
  if (node.handles.size === 0) server.fileSystem.as('client', () => server.fileSystem.unlink(node));
  else for (const handle of node.handles) handle.deletionPending();
}

/** Whether somebody holds something open below a directory. */
export function hasOpenDescendants(node: FakeNode): boolean {
  for (const { handles } of descendantsOf(node)) if (handles.size > 0) return true;
  return false;
}
