import { BODY, fit16, writeFileId, writeUtf16 } from './layout.ts';
import { Reader } from './reader.ts';

/** Flags of QUERY_DIRECTORY (MS-SMB2 2.2.33). */
export const QueryDirectoryFlag = {
  RESTART_SCANS: 0x1,
  RETURN_SINGLE_ENTRY: 0x2,
  INDEX_SPECIFIED: 0x4,
  REOPEN: 0x10,
} as const;

const FIXED = 32;

/** The answer has the body of `output-buffer.ts`, its buffer that of `directory-entry.ts`. */
export interface QueryDirectoryRequest {
  /** One of `InfoClass`. */
  infoClass: number;
  flags: number;
  /** Meaningful only with INDEX_SPECIFIED, which servers handle badly. */
  fileIndex: number;
  fileId: Buffer;
  /** `*` for everything. */
  pattern: string;
  outputBufferLength: number;
}

/** MS-SMB2 2.2.33. */
export function encodeQueryDirectoryRequest(request: QueryDirectoryRequest): Buffer {
  const length = fit16(request.pattern.length * 2, 'a search pattern');
  const body = Buffer.alloc(FIXED + Math.max(1, length));
  body.writeUInt16LE(FIXED + 1, 0);
  body.writeUInt8(request.infoClass, 2);
  body.writeUInt8(request.flags, 3);
  body.writeUInt32LE(request.fileIndex, 4);
  writeFileId(body, request.fileId, 8);
  body.writeUInt16LE(BODY + FIXED, 24);
  body.writeUInt16LE(length, 26);
  body.writeUInt32LE(request.outputBufferLength, 28);
  writeUtf16(body, request.pattern, FIXED);
  return body;
}

export function decodeQueryDirectoryRequest(message: Buffer): QueryDirectoryRequest {
  const reader = new Reader(message, 'QUERY_DIRECTORY request');
  reader.structure(FIXED + 1);
  const pattern = reader.variable(reader.u16(BODY + 24), reader.u16(BODY + 26), BODY + FIXED);
  return {
    infoClass: reader.u8(BODY + 2),
    flags: reader.u8(BODY + 3),
    fileIndex: reader.u32(BODY + 4),
    fileId: reader.fileId(BODY + 8),
    pattern: new Reader(pattern, 'QUERY_DIRECTORY request').utf16(0, pattern.length),
    outputBufferLength: reader.u32(BODY + 28),
  };
}
