import { Status } from '../../src/smb/status.ts';
import type { FakeNode } from './file-system.ts';
import type { NotifyQueue } from './notify-queue.ts';
import type { FakeRequest, ServerContext } from './protocol.ts';
import type { FakeTree } from './session.ts';

/** A handle. */
export interface FakeOpen {
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
  if (open === undefined) return Status.FILE_CLOSED;
  const { treeId, sessionId } = request.header;
  if (open.tree.id !== treeId || open.tree.session.id !== sessionId) {
    server.violate(`handle of another tree or session`);
  }
  return open;
}

/** Closes a handle: what it had to delete goes, what waits on it ends. */
export function closeOpen(open: FakeOpen, server: ServerContext): void {
  server.opens.delete(open.fileId.toString('hex'));
  open.notify?.end(Status.NOTIFY_CLEANUP);
  if (open.deleteOnClose) open.node.deletePending = true;
  if (!open.node.deletePending || open.node.parent === undefined) return;
  const others = [...server.opens.values()].filter(({ node }) => node === open.node);
  if (others.length === 0) server.fileSystem.unlink(open.node);
  else for (const { notify } of others) notify?.end(Status.DELETE_PENDING);
}
