import { BODY, writeFileId } from './layout.ts';
import { Reader } from './reader.ts';

const REQUEST_FIXED = 48;
const RESPONSE_FIXED = 16;
const DATA_OFFSET = BODY + RESPONSE_FIXED;

export interface ReadRequest {
  length: number;
  offset: number;
  fileId: Buffer;
  /** Fewer bytes than this are answered with END_OF_FILE. */
  minimumCount: number;
  /** Bytes the caller means to read after these; a hint, 0 is fine. */
  remainingBytes: number;
}

/** Where the data of an answer lies, counted from the header of the message. */
export interface ReadResponse {
  dataOffset: number;
  dataLength: number;
  dataRemaining: number;
}

/** MS-SMB2 2.2.19. */
export function encodeReadRequest(request: ReadRequest): Buffer {
  const body = Buffer.alloc(REQUEST_FIXED + 1);
  body.writeUInt16LE(REQUEST_FIXED + 1, 0);
  // Asks the server to put the data right behind the fixed part.
  body.writeUInt8(DATA_OFFSET, 2);
  body.writeUInt32LE(request.length, 4);
  body.writeBigUInt64LE(BigInt(request.offset), 8);
  writeFileId(body, request.fileId, 16);
  body.writeUInt32LE(request.minimumCount, 32);
  body.writeUInt32LE(request.remainingBytes, 40);
  return body;
}

export function decodeReadRequest(message: Buffer): ReadRequest {
  const reader = new Reader(message, 'READ request');
  reader.structure(REQUEST_FIXED + 1);
  return {
    length: reader.u32(BODY + 4),
    offset: reader.size64(BODY + 8),
    fileId: reader.fileId(BODY + 16),
    minimumCount: reader.u32(BODY + 32),
    remainingBytes: reader.u32(BODY + 40),
  };
}

/** MS-SMB2 2.2.20. */
export function encodeReadResponse(response: { data: Buffer; dataRemaining?: number }): Buffer {
  const { data, dataRemaining = 0 } = response;
  const body = Buffer.allocUnsafe(RESPONSE_FIXED + data.length);
  body.fill(0, 0, RESPONSE_FIXED);
  body.writeUInt16LE(RESPONSE_FIXED + 1, 0);
  body.writeUInt8(DATA_OFFSET, 2);
  body.writeUInt32LE(data.length, 4);
  body.writeUInt32LE(dataRemaining, 8);
  data.copy(body, RESPONSE_FIXED);
  return body;
}

/**
 * Reads where the data lies. `head` is the first 80 bytes of the message or more: the data may be
 * somewhere else, so whether it is all there is for the caller to check.
 */
export function decodeReadResponse(head: Buffer): ReadResponse {
  const reader = new Reader(head, 'READ response');
  reader.structure(RESPONSE_FIXED + 1);
  const dataOffset = reader.u8(BODY + 2);
  const dataLength = reader.u32(BODY + 4);
  if (dataLength > 0 && dataOffset < DATA_OFFSET) {
    reader.fail(`the data at ${dataOffset} overlaps the fixed part`);
  }
  return { dataOffset, dataLength, dataRemaining: reader.u32(BODY + 8) };
}
