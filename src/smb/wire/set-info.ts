import { BODY, writeFileId } from './layout.ts';
import { Reader } from './reader.ts';

const REQUEST_FIXED = 32;
const RESPONSE_SIZE = 2;

export interface SetInfoRequest {
  /** One of `InfoType`. */
  infoType: number;
  /** One of `FileInfoClass` or `FilesystemInfoClass`. */
  infoClass: number;
  additionalInformation: number;
  fileId: Buffer;
  /** A view after decoding. */
  buffer: Buffer;
}

/** MS-SMB2 2.2.39. */
export function encodeSetInfoRequest(request: SetInfoRequest): Buffer {
  const { buffer } = request;
  const body = Buffer.alloc(REQUEST_FIXED + Math.max(1, buffer.length));
  body.writeUInt16LE(REQUEST_FIXED + 1, 0);
  body.writeUInt8(request.infoType, 2);
  body.writeUInt8(request.infoClass, 3);
  body.writeUInt32LE(buffer.length, 4);
  body.writeUInt16LE(BODY + REQUEST_FIXED, 8);
  body.writeUInt32LE(request.additionalInformation, 12);
  writeFileId(body, request.fileId, 16);
  buffer.copy(body, REQUEST_FIXED);
  return body;
}

export function decodeSetInfoRequest(message: Buffer): SetInfoRequest {
  const reader = new Reader(message, 'SET_INFO request');
  reader.structure(REQUEST_FIXED + 1);
  return {
    infoType: reader.u8(BODY + 2),
    infoClass: reader.u8(BODY + 3),
    additionalInformation: reader.u32(BODY + 12),
    fileId: reader.fileId(BODY + 16),
    buffer: reader.variable(reader.u16(BODY + 8), reader.u32(BODY + 4), BODY + REQUEST_FIXED),
  };
}

/** MS-SMB2 2.2.40: nothing but its size. */
export function encodeSetInfoResponse(): Buffer {
  const body = Buffer.alloc(RESPONSE_SIZE);
  body.writeUInt16LE(RESPONSE_SIZE, 0);
  return body;
}

export function decodeSetInfoResponse(message: Buffer): void {
  new Reader(message, 'SET_INFO response').structure(RESPONSE_SIZE);
}
