import { Status } from '../../src/smb/status.ts';
import { FileAttribute } from '../../src/smb/wire/create.ts';
import {
  decodeBasicInfo,
  decodeDispositionInfo,
  decodeEndOfFileInfo,
  decodeRenameInfo,
  encodeBasicInfo,
  encodeInternalInfo,
  encodeNetworkOpenInfo,
  encodeStandardInfo,
  FileInfoClass,
} from '../../src/smb/wire/file-info.ts';
import { filetimeToMs } from '../../src/smb/wire/filetime.ts';
import { encodeOutputBufferResponse } from '../../src/smb/wire/output-buffer.ts';
import { decodeQueryInfoRequest, InfoType } from '../../src/smb/wire/query-info.ts';
import { decodeSetInfoRequest, encodeSetInfoResponse } from '../../src/smb/wire/set-info.ts';
import { namesOf } from './file-system.ts';
import type { FakeNode } from './file-system.ts';
import { allocationOf, timesOf } from './open-handlers.ts';
import { hasOpenDescendants, openOf } from './opens.ts';
import type { FakeOpen } from './opens.ts';
import type { FakeRequest, Reply, ServerContext } from './protocol.ts';
import { failure, success } from './replies.ts';

export function queryInfo(request: FakeRequest, server: ServerContext): Reply {
  const query = decodeQueryInfoRequest(request.message);
  const open = openOf(request, query.fileId, server);
  if (typeof open === 'number') return failure(open);
  if (query.infoType !== InfoType.FILE) return failure(Status.NOT_SUPPORTED);
  const buffer = infoOf(open.node, query.infoClass);
  if (buffer === undefined) return failure(Status.INVALID_INFO_CLASS);
  if (buffer.length > query.outputBufferLength) return failure(Status.INFO_LENGTH_MISMATCH);
  return success(encodeOutputBufferResponse(buffer));
}

function infoOf(node: FakeNode, infoClass: number): Buffer | undefined {
  const { attributes } = node;
  const sizes = { allocationSize: allocationOf(node), endOfFile: node.content.length };
  switch (infoClass) {
    case FileInfoClass.BASIC:
      return encodeBasicInfo({ ...timesOf(node), attributes });
    case FileInfoClass.STANDARD: {
      const directory = node.children !== undefined;
      return encodeStandardInfo({
        ...sizes,
        links: 1,
        deletePending: node.deletePending,
        directory,
      });
    }
    case FileInfoClass.INTERNAL:
      return encodeInternalInfo({ fileId: node.id });
    case FileInfoClass.NETWORK_OPEN:
      return encodeNetworkOpenInfo({ ...timesOf(node), ...sizes, attributes });
    default:
      return undefined;
  }
}

export function setInfo(request: FakeRequest, server: ServerContext): Reply {
  const { infoType, infoClass, fileId, buffer } = decodeSetInfoRequest(request.message);
  const open = openOf(request, fileId, server);
  if (typeof open === 'number') return failure(open);
  if (infoType !== InfoType.FILE) return failure(Status.NOT_SUPPORTED);
  const status = change(open, infoClass, buffer, server);
  return status === Status.SUCCESS ? success(encodeSetInfoResponse()) : failure(status);
}

function change(
  open: FakeOpen,
  infoClass: number,
  buffer: Buffer,
  { fileSystem, options }: ServerContext,
): number {
  const { node } = open;
  switch (infoClass) {
    case FileInfoClass.BASIC:
      setTimes(node, buffer);
      break;
    case FileInfoClass.END_OF_FILE: {
      const content = Buffer.alloc(decodeEndOfFileInfo(buffer).endOfFile);
      node.content.copy(content);
      node.content = content;
      fileSystem.written(node);
      return Status.SUCCESS;
    }
    case FileInfoClass.DISPOSITION: {
      const { deletePending } = decodeDispositionInfo(buffer);
      if (deletePending && (node.children?.size ?? 0) > 0) return Status.DIRECTORY_NOT_EMPTY;
      open.deleteOnClose = deletePending;
      return Status.SUCCESS;
    }
    case FileInfoClass.RENAME:
      // MS-FSA 2.1.5.15.12: not while something below it is open.
      if (!options.renamesOpenTrees && hasOpenDescendants(node)) return Status.ACCESS_DENIED;
      return rename(node, buffer, fileSystem);
    default:
      return Status.INVALID_INFO_CLASS;
  }
  fileSystem.touched(node);
  return Status.SUCCESS;
}

function setTimes(node: FakeNode, buffer: Buffer): void {
  const info = decodeBasicInfo(buffer);
  if (info.creationTime !== 0n) node.createdMs = filetimeToMs(info.creationTime);
  if (info.lastAccessTime !== 0n) node.accessedMs = filetimeToMs(info.lastAccessTime);
  if (info.lastWriteTime !== 0n) node.modifiedMs = filetimeToMs(info.lastWriteTime);
  if (info.changeTime !== 0n) node.changedMs = filetimeToMs(info.changeTime);
  if (info.attributes !== 0) {
    node.attributes = info.attributes | (node.attributes & FileAttribute.DIRECTORY);
  }
}

function rename(node: FakeNode, buffer: Buffer, fileSystem: ServerContext['fileSystem']): number {
  const { name, replaceIfExists } = decodeRenameInfo(buffer);
  const existing = fileSystem.find(name);
  if (existing !== undefined && existing !== node && !replaceIfExists) {
    return Status.OBJECT_NAME_COLLISION;
  }
  const names = namesOf(name);
  const last = names.pop();
  const parent = fileSystem.find(names.join('\\'));
  if (parent?.children === undefined || last === undefined) return Status.OBJECT_PATH_NOT_FOUND;
  fileSystem.move(node, parent, last);
  return Status.SUCCESS;
}
