import { BODY, writeFileId } from './layout.ts';
import { Reader } from './reader.ts';

/** Flags of WRITE (MS-SMB2 2.2.21). */
export const WriteFlag = { WRITE_THROUGH: 1, UNBUFFERED: 2 } as const;

const REQUEST_FIXED = 48;
const RESPONSE_FIXED = 16;

export interface WriteRequest {
  offset: number;
  fileId: Buffer;
  /** Bytes of data. */
  length: number;
  flags: number;
}

export interface WriteResponse {
  /** Bytes written. */
  count: number;
}

/** The fixed part only (MS-SMB2 2.2.21): the data is sent behind it as a part of its own. */
export function encodeWriteRequest(request: WriteRequest): Buffer {
  const body = Buffer.alloc(REQUEST_FIXED);
  body.writeUInt16LE(REQUEST_FIXED + 1, 0);
  body.writeUInt16LE(BODY + REQUEST_FIXED, 2);
  body.writeUInt32LE(request.length, 4);
  body.writeBigUInt64LE(BigInt(request.offset), 8);
  writeFileId(body, request.fileId, 16);
  body.writeUInt32LE(request.flags, 44);
  return body;
}

/** `data` is a view of the message. */
export function decodeWriteRequest(message: Buffer): WriteRequest & { data: Buffer } {
  const reader = new Reader(message, 'WRITE request');
  reader.structure(REQUEST_FIXED + 1);
  const length = reader.u32(BODY + 4);
  return {
    offset: reader.size64(BODY + 8),
    fileId: reader.fileId(BODY + 16),
    length,
    flags: reader.u32(BODY + 44),
    data: reader.variable(reader.u16(BODY + 2), length, BODY + REQUEST_FIXED),
  };
}

/** MS-SMB2 2.2.22. */
export function encodeWriteResponse(response: WriteResponse): Buffer {
  const body = Buffer.alloc(RESPONSE_FIXED);
  body.writeUInt16LE(RESPONSE_FIXED + 1, 0);
  body.writeUInt32LE(response.count, 4);
  return body;
}

export function decodeWriteResponse(message: Buffer): WriteResponse {
  const reader = new Reader(message, 'WRITE response');
  reader.structure(RESPONSE_FIXED + 1);
  return { count: reader.u32(BODY + 4) };
}
