import { BODY, writeFileId } from './layout.ts';
import { Reader } from './reader.ts';

/** The one flag of CHANGE_NOTIFY: report changes below subdirectories too. */
export const WATCH_TREE = 1;

/** What changes to report (MS-SMB2 2.2.35). Without any of these bits nothing ever is. */
export const CompletionFilter = {
  FILE_NAME: 0x1,
  DIR_NAME: 0x2,
  ATTRIBUTES: 0x4,
  SIZE: 0x8,
  LAST_WRITE: 0x10,
  LAST_ACCESS: 0x20,
  CREATION: 0x40,
  EA: 0x80,
  SECURITY: 0x100,
  STREAM_NAME: 0x200,
  STREAM_SIZE: 0x400,
  STREAM_WRITE: 0x800,
} as const;

const SIZE = 32;

/** The answer has the body of `output-buffer.ts`, its buffer that of `notify-records.ts`. */
export interface ChangeNotifyRequest {
  /** `WATCH_TREE` or 0. */
  flags: number;
  outputBufferLength: number;
  fileId: Buffer;
  completionFilter: number;
}

/** MS-SMB2 2.2.35. */
export function encodeChangeNotifyRequest(request: ChangeNotifyRequest): Buffer {
  const body = Buffer.alloc(SIZE);
  body.writeUInt16LE(SIZE, 0);
  body.writeUInt16LE(request.flags, 2);
  body.writeUInt32LE(request.outputBufferLength, 4);
  writeFileId(body, request.fileId, 8);
  body.writeUInt32LE(request.completionFilter, 24);
  return body;
}

export function decodeChangeNotifyRequest(message: Buffer): ChangeNotifyRequest {
  const reader = new Reader(message, 'CHANGE_NOTIFY request');
  reader.structure(SIZE);
  return {
    flags: reader.u16(BODY + 2),
    outputBufferLength: reader.u32(BODY + 4),
    fileId: reader.fileId(BODY + 8),
    completionFilter: reader.u32(BODY + 24),
  };
}
