import { BODY, writeFileId } from './layout.ts';
import { Reader } from './reader.ts';

/** Asks for the attributes of the file as they are after closing. */
export const CLOSE_QUERY_ATTRIBUTES = 1;

const REQUEST_SIZE = 24;
const RESPONSE_SIZE = 60;

export interface CloseRequest {
  flags: number;
  fileId: Buffer;
}

/** Everything but `flags` is 0 when the attributes were not asked for or are not known. */
export interface CloseResponse {
  flags: number;
  /** FILETIMEs. */
  creationTime: bigint;
  lastAccessTime: bigint;
  lastWriteTime: bigint;
  changeTime: bigint;
  /** Bytes. */
  allocationSize: number;
  endOfFile: number;
  attributes: number;
}

/** MS-SMB2 2.2.15. */
export function encodeCloseRequest(request: CloseRequest): Buffer {
  const body = Buffer.alloc(REQUEST_SIZE);
  body.writeUInt16LE(REQUEST_SIZE, 0);
  body.writeUInt16LE(request.flags, 2);
  writeFileId(body, request.fileId, 8);
  return body;
}

export function decodeCloseRequest(message: Buffer): CloseRequest {
  const reader = new Reader(message, 'CLOSE request');
  reader.structure(REQUEST_SIZE);
  return { flags: reader.u16(BODY + 2), fileId: reader.fileId(BODY + 8) };
}

/** MS-SMB2 2.2.16. */
export function encodeCloseResponse(response: CloseResponse): Buffer {
  const body = Buffer.alloc(RESPONSE_SIZE);
  body.writeUInt16LE(RESPONSE_SIZE, 0);
  body.writeUInt16LE(response.flags, 2);
  body.writeBigUInt64LE(response.creationTime, 8);
  body.writeBigUInt64LE(response.lastAccessTime, 16);
  body.writeBigUInt64LE(response.lastWriteTime, 24);
  body.writeBigUInt64LE(response.changeTime, 32);
  body.writeBigUInt64LE(BigInt(response.allocationSize), 40);
  body.writeBigUInt64LE(BigInt(response.endOfFile), 48);
  body.writeUInt32LE(response.attributes, 56);
  return body;
}

export function decodeCloseResponse(message: Buffer): CloseResponse {
  const reader = new Reader(message, 'CLOSE response');
  reader.structure(RESPONSE_SIZE);
  return {
    flags: reader.u16(BODY + 2),
    creationTime: reader.u64(BODY + 8),
    lastAccessTime: reader.u64(BODY + 16),
    lastWriteTime: reader.u64(BODY + 24),
    changeTime: reader.u64(BODY + 32),
    allocationSize: reader.size64(BODY + 40),
    endOfFile: reader.size64(BODY + 48),
    attributes: reader.u32(BODY + 56),
  };
}
