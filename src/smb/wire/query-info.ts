import { BODY, writeFileId } from './layout.ts';
import { Reader } from './reader.ts';

/** What QUERY_INFO and SET_INFO are about (MS-SMB2 2.2.37). */
export const InfoType = { FILE: 1, FILESYSTEM: 2, SECURITY: 3, QUOTA: 4 } as const;

const FIXED = 40;

/** The answer has the body of `output-buffer.ts`, its buffer that of `file-info.ts`. */
export interface QueryInfoRequest {
  /** One of `InfoType`. */
  infoType: number;
  /** One of `FileInfoClass` or `FilesystemInfoClass`. */
  infoClass: number;
  outputBufferLength: number;
  additionalInformation: number;
  flags: number;
  fileId: Buffer;
  /** Empty for all but quota and extended attributes; a view after decoding. */
  input: Buffer;
}

/** MS-SMB2 2.2.37. */
export function encodeQueryInfoRequest(request: QueryInfoRequest): Buffer {
  const { input } = request;
  const body = Buffer.alloc(FIXED + Math.max(1, input.length));
  body.writeUInt16LE(FIXED + 1, 0);
  body.writeUInt8(request.infoType, 2);
  body.writeUInt8(request.infoClass, 3);
  body.writeUInt32LE(request.outputBufferLength, 4);
  body.writeUInt16LE(input.length === 0 ? 0 : BODY + FIXED, 8);
  body.writeUInt32LE(input.length, 12);
  body.writeUInt32LE(request.additionalInformation, 16);
  body.writeUInt32LE(request.flags, 20);
  writeFileId(body, request.fileId, 24);
  input.copy(body, FIXED);
  return body;
}

export function decodeQueryInfoRequest(message: Buffer): QueryInfoRequest {
  const reader = new Reader(message, 'QUERY_INFO request');
  reader.structure(FIXED + 1);
  return {
    infoType: reader.u8(BODY + 2),
    infoClass: reader.u8(BODY + 3),
    outputBufferLength: reader.u32(BODY + 4),
    additionalInformation: reader.u32(BODY + 16),
    flags: reader.u32(BODY + 20),
    fileId: reader.fileId(BODY + 24),
    input: reader.variable(reader.u16(BODY + 8), reader.u32(BODY + 12), BODY + FIXED),
  };
}
