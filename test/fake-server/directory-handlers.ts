import { Status } from '../../src/smb/status.ts';
import { decodeChangeNotifyRequest, WATCH_TREE } from '../../src/smb/wire/change-notify.ts';
import { encodeDirectoryEntries, InfoClass } from '../../src/smb/wire/directory-entry.ts';
import type { DirectoryEntry } from '../../src/smb/wire/directory-entry.ts';
import { encodeOutputBufferResponse } from '../../src/smb/wire/output-buffer.ts';
import {
  decodeQueryDirectoryRequest,
  QueryDirectoryFlag,
} from '../../src/smb/wire/query-directory.ts';
import type { FakeNode } from './file-system.ts';
import { NotifyQueue } from './notify-queue.ts';
import { allocationOf } from './open-handlers.ts';
import { openOf } from './opens.ts';
import type { FakeRequest, Reply, ServerContext } from './protocol.ts';
import { failure, success } from './replies.ts';

const RESTART = QueryDirectoryFlag.RESTART_SCANS | QueryDirectoryFlag.REOPEN;
const CLASSES: readonly number[] = Object.values(InfoClass);

/** One page: as many entries as fit. */
export function queryDirectory(request: FakeRequest, server: ServerContext): Reply {
  const query = decodeQueryDirectoryRequest(request.message);
  const open = openOf(request, query.fileId, server);
  if (typeof open === 'number') return failure(open);
  const { children } = open.node;
  if (children === undefined) return failure(Status.INVALID_PARAMETER);
  if (!CLASSES.includes(query.infoClass)) return failure(Status.INVALID_INFO_CLASS);
  if (query.outputBufferLength > server.options.maxTransactBytes) {
    return failure(Status.INVALID_PARAMETER);
  }
  const isFirst = open.scan === undefined || (query.flags & RESTART) !== 0;
  if (isFirst) open.scan = scanOf(open.node, query.pattern);
  const rest = open.scan ?? [];
  if (rest.length === 0) return failure(isFirst ? Status.NO_SUCH_FILE : Status.NO_MORE_FILES);

  let size = 0;
  let count = 0;
  for (const node of rest) {
    const start = Math.ceil(size / 8) * 8;
    const entry = encodeDirectoryEntries([entryOf(node)], query.infoClass);
    if (start + entry.length > query.outputBufferLength) break;
    size = start + entry.length;
    count += 1;
  }
  if (count === 0) return failure(Status.BUFFER_OVERFLOW);
  const page = open.scan?.splice(0, count).map(entryOf) ?? [];
  return success(encodeOutputBufferResponse(encodeDirectoryEntries(page, query.infoClass)));
}

function scanOf(directory: FakeNode, pattern: string): FakeNode[] {
  const all = [
    { ...directory, name: '.' },
    { ...(directory.parent ?? directory), name: '..' },
    ...(directory.children?.values() ?? []),
  ];
  const matcher = patternOf(pattern);
  return all.filter(({ name }) => matcher.test(name));
}

function patternOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'is');
}

function entryOf(node: FakeNode): DirectoryEntry {
  return {
    name: node.name,
    attributes: node.attributes,
    size: node.content.length,
    allocationSize: allocationOf(node),
    createdMs: node.createdMs,
    accessedMs: node.accessedMs,
    modifiedMs: node.modifiedMs,
    changedMs: node.changedMs,
    fileId: node.id,
  };
}

/** Answers with an interim; the end comes from the file system. */
export function changeNotify(request: FakeRequest, server: ServerContext): Reply {
  const asked = decodeChangeNotifyRequest(request.message);
  const { flags, outputBufferLength, completionFilter } = asked;
  const open = openOf(request, asked.fileId, server);
  if (typeof open === 'number') return failure(open);
  if (open.node.children === undefined) return failure(Status.INVALID_PARAMETER);
  if (outputBufferLength > server.options.maxTransactBytes) {
    return failure(Status.INVALID_PARAMETER);
  }
  if (open.node.deletePending) return failure(Status.DELETE_PENDING);
  const { asyncSlots, notify: isOffered, notifyBufferBytes, recursion } = server.options;
  if (isOffered === 'not_supported') return failure(Status.NOT_SUPPORTED);
  if (outputBufferLength > notifyBufferBytes) return failure(Status.INVALID_PARAMETER);
  if (asyncSlots !== Infinity && pendingNotifies(server) >= asyncSlots) {
    return failure(Status.INSUFFICIENT_RESOURCES);
  }

  const immediate = open.notify?.immediate();
  if (immediate !== undefined) return immediate;
  const { interim, operation } = server.startAsync(request);
  const recursive = (flags & WATCH_TREE) !== 0;
  const notify = { open, operation, recursive, completionFilter, outputBufferLength };
  open.notify ??= new NotifyQueue(open.node, notify, recursion);
  const queue = open.notify;
  return {
    ...interim,
    onSent: () => {
      queue.add(notify);
      server.announceNotify(notify);
    },
  };
}

function pendingNotifies({ opens }: ServerContext): number {
  let pending = 0;
  for (const { notify } of opens.values()) pending += notify?.pending.length ?? 0;
  return pending;
}
