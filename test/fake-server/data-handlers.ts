import { Status } from '../../src/smb/status.ts';
import { encodeEmptyBody } from '../../src/smb/wire/empty-body.ts';
import { decodeFlushRequest } from '../../src/smb/wire/flush.ts';
import { decodeReadRequest, encodeReadResponse } from '../../src/smb/wire/read.ts';
import { decodeWriteRequest, encodeWriteResponse } from '../../src/smb/wire/write.ts';
import { openOf } from './opens.ts';
import type { FakeRequest, Reply, ServerContext } from './protocol.ts';
import { failure, success } from './replies.ts';

export function read(request: FakeRequest, server: ServerContext): Reply {
  const { fileId, offset, length, minimumCount } = decodeReadRequest(request.message);
  const open = openOf(request, fileId, server);
  if (typeof open === 'number') return failure(open);
  if (length > server.options.maxReadBytes) return failure(Status.INVALID_PARAMETER);
  const data = open.node.content.subarray(offset, offset + length);
  if (data.length === 0 || data.length < minimumCount) return failure(Status.END_OF_FILE);
  return success(encodeReadResponse({ data }));
}

export function write(request: FakeRequest, server: ServerContext): Reply {
  const { fileId, offset, data } = decodeWriteRequest(request.message);
  const open = openOf(request, fileId, server);
  if (typeof open === 'number') return failure(open);
  if (data.length > server.options.maxWriteBytes) return failure(Status.INVALID_PARAMETER);
  const { node } = open;
  const content = Buffer.alloc(Math.max(node.content.length, offset + data.length));
  node.content.copy(content);
  data.copy(content, offset);
  node.content = content;
  server.fileSystem.written(node);
  return success(encodeWriteResponse({ count: data.length }));
}

export function flush(request: FakeRequest, server: ServerContext): Reply {
  const open = openOf(request, decodeFlushRequest(request.message).fileId, server);
  return typeof open === 'number' ? failure(open) : success(encodeEmptyBody());
}
