import { Status } from '../../src/smb/status.ts';
import {
  CLOSE_QUERY_ATTRIBUTES,
  decodeCloseRequest,
  encodeCloseResponse,
} from '../../src/smb/wire/close.ts';
import {
  Access,
  CreateAction,
  CreateOption,
  decodeCreateRequest,
  Disposition,
  encodeCreateResponse,
} from '../../src/smb/wire/create.ts';
import type { CreateRequest } from '../../src/smb/wire/create.ts';
import { msToFiletime } from '../../src/smb/wire/filetime.ts';
import { namesOf } from './file-system.ts';
import type { FakeNode } from './file-system.ts';
import { closeOpen, newFileId, openOf } from './opens.ts';
import type { FakeOpen } from './opens.ts';
import type { FakeRequest, Reply, ServerContext } from './protocol.ts';
import { failure, success } from './replies.ts';

const ALLOCATION_UNIT = 4096;

/** Of the one volume there is. */
export const FAKE_VOLUME_ID = 0xfa4en;

export function allocationOf(node: FakeNode): number {
  return Math.ceil(node.content.length / ALLOCATION_UNIT) * ALLOCATION_UNIT;
}

export interface FakeTimes {
  creationTime: bigint;
  lastAccessTime: bigint;
  lastWriteTime: bigint;
  changeTime: bigint;
}

export function timesOf(node: FakeNode): FakeTimes {
  return {
    creationTime: msToFiletime(node.createdMs),
    lastAccessTime: msToFiletime(node.accessedMs),
    lastWriteTime: msToFiletime(node.modifiedMs),
    changeTime: msToFiletime(node.changedMs),
  };
}

export function create(request: FakeRequest, server: ServerContext): Reply {
  const asked = decodeCreateRequest(request.message);
  const tree = request.session?.trees.get(request.header.treeId);
  if (tree === undefined) return failure(Status.NETWORK_NAME_DELETED);
  if (asked.name.startsWith('\\') || /[/:*?"<>|]/.test(asked.name)) {
    server.violate(`CREATE of ${JSON.stringify(asked.name)}`);
    return failure(Status.OBJECT_NAME_INVALID);
  }
  const found = obtain(asked, server);
  if (typeof found === 'number') return failure(found);
  const { node, action } = found;
  const { denied, maxOpenFiles } = server.options;
  if ((asked.desiredAccess & Access.LIST_DIRECTORY) !== 0 && denied(node)) {
    return failure(Status.ACCESS_DENIED);
  }
  if (server.opens.size >= maxOpenFiles) return failure(Status.INSUFFICIENT_RESOURCES);
  const open: FakeOpen = {
    fileId: newFileId(),
    tree,
    node,
    access: asked.desiredAccess,
    deleteOnClose: (asked.options & CreateOption.DELETE_ON_CLOSE) !== 0,
    scan: undefined,
    notify: undefined,
    deletionPending() {
      this.notify?.end(Status.DELETE_PENDING);
    },
  };
  server.opens.set(open.fileId.toString('hex'), open);
  node.handles.add(open);
  request.chain.fileId = open.fileId;
  const wantsId = asked.contexts.some(({ name }) => name === 'QFid');
  return success(
    encodeCreateResponse({
      oplockLevel: 0,
      flags: 0,
      action,
      ...timesOf(node),
      allocationSize: allocationOf(node),
      endOfFile: node.content.length,
      attributes: node.attributes,
      fileId: open.fileId,
      contexts: wantsId ? [{ name: 'QFid', data: onDiskId(node) }] : [],
    }),
  );
}

function onDiskId(node: FakeNode): Buffer {
  const data = Buffer.alloc(32);
  data.writeBigUInt64LE(node.id, 0);
  data.writeBigUInt64LE(FAKE_VOLUME_ID, 8);
  return data;
}

/** The node that a CREATE opens or makes, or why it cannot. */
function obtain(
  { name, disposition, options }: CreateRequest,
  { fileSystem }: ServerContext,
): { node: FakeNode; action: number } | number {
  const wantsDirectory = (options & CreateOption.DIRECTORY_FILE) !== 0;
  const existing = fileSystem.find(name);
  if (existing !== undefined) {
    if (existing.deletePending) return Status.DELETE_PENDING;
    if (disposition === Disposition.CREATE) return Status.OBJECT_NAME_COLLISION;
    const isDirectory = existing.children !== undefined;
    if (wantsDirectory && !isDirectory) return Status.NOT_A_DIRECTORY;
    if ((options & CreateOption.NON_DIRECTORY_FILE) !== 0 && isDirectory) {
      return Status.FILE_IS_A_DIRECTORY;
    }
    if (disposition === Disposition.OPEN || disposition === Disposition.OPEN_IF) {
      return { node: existing, action: CreateAction.OPENED };
    }
    existing.content = Buffer.alloc(0);
    fileSystem.written(existing);
    return { node: existing, action: CreateAction.OVERWRITTEN };
  }
  const names = namesOf(name);
  const last = names.pop();
  const parent = fileSystem.find(names.join('\\'));
  if (parent?.children === undefined || last === undefined) return Status.OBJECT_PATH_NOT_FOUND;
  if (disposition === Disposition.OPEN || disposition === Disposition.OVERWRITE) {
    return Status.OBJECT_NAME_NOT_FOUND;
  }
  if (parent.deletePending) return Status.DELETE_PENDING;
  return { node: fileSystem.add(parent, last, wantsDirectory), action: CreateAction.CREATED };
}

export function close(request: FakeRequest, server: ServerContext): Reply {
  const { flags, fileId } = decodeCloseRequest(request.message);
  const open = openOf(request, fileId, server);
  if (typeof open === 'number') return failure(open);
  const { node } = open;
  closeOpen(open, server);
  const told = (flags & CLOSE_QUERY_ATTRIBUTES) !== 0;
  const nothing = { creationTime: 0n, lastAccessTime: 0n, lastWriteTime: 0n, changeTime: 0n };
  return success(
    encodeCloseResponse({
      flags: told ? CLOSE_QUERY_ATTRIBUTES : 0,
      ...(told ? timesOf(node) : nothing),
      allocationSize: told ? allocationOf(node) : 0,
      endOfFile: told ? node.content.length : 0,
      attributes: told ? node.attributes : 0,
    }),
  );
}
