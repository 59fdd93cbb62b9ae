import { BODY, writeFileId } from './layout.ts';
import { Reader } from './reader.ts';

const SIZE = 24;

/** MS-SMB2 2.2.17. The answer has the body of `empty-body.ts`. */
export interface FlushRequest {
  fileId: Buffer;
}

export function encodeFlushRequest(request: FlushRequest): Buffer {
  const body = Buffer.alloc(SIZE);
  body.writeUInt16LE(SIZE, 0);
  writeFileId(body, request.fileId, 8);
  return body;
}

export function decodeFlushRequest(message: Buffer): FlushRequest {
  const reader = new Reader(message, 'FLUSH request');
  reader.structure(SIZE);
  return { fileId: reader.fileId(BODY + 8) };
}
