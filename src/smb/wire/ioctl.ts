import { align8, BODY, writeFileId } from './layout.ts';
import { Reader } from './reader.ts';

/** Control codes a client of files has a use for (MS-SMB2 2.2.31). */
export const FsctlCode = {
  DFS_GET_REFERRALS: 0x00060194,
  GET_REPARSE_POINT: 0x000900a8,
  SRV_REQUEST_RESUME_KEY: 0x00140078,
  QUERY_NETWORK_INTERFACE_INFO: 0x001401fc,
  VALIDATE_NEGOTIATE_INFO: 0x00140204,
  SRV_COPYCHUNK: 0x001440f2,
  SRV_COPYCHUNK_WRITE: 0x001480f2,
} as const;

/** The one flag of IOCTL: the code is a file system control. */
export const IOCTL_IS_FSCTL = 1;

/** The handle of a control that is about no file: all ones. */
export const NO_FILE_ID: Buffer = Buffer.alloc(16, 0xff);

const REQUEST_FIXED = 56;
const RESPONSE_FIXED = 48;

export interface IoctlRequest {
  ctlCode: number;
  fileId: Buffer;
  /** A view after decoding. */
  input: Buffer;
  maxInputResponse: number;
  maxOutputResponse: number;
  flags: number;
}

export interface IoctlResponse {
  ctlCode: number;
  fileId: Buffer;
  /** A view after decoding. */
  input: Buffer;
  /** A view after decoding. */
  output: Buffer;
  flags: number;
}

/** MS-SMB2 2.2.31. */
export function encodeIoctlRequest(request: IoctlRequest): Buffer {
  const { input } = request;
  const body = Buffer.alloc(REQUEST_FIXED + Math.max(1, input.length));
  body.writeUInt16LE(REQUEST_FIXED + 1, 0);
  body.writeUInt32LE(request.ctlCode, 4);
  writeFileId(body, request.fileId, 8);
  body.writeUInt32LE(BODY + REQUEST_FIXED, 24);
  body.writeUInt32LE(input.length, 28);
  body.writeUInt32LE(request.maxInputResponse, 32);
  body.writeUInt32LE(request.maxOutputResponse, 44);
  body.writeUInt32LE(request.flags, 48);
  input.copy(body, REQUEST_FIXED);
  return body;
}

export function decodeIoctlRequest(message: Buffer): IoctlRequest {
  const reader = new Reader(message, 'IOCTL request');
  reader.structure(REQUEST_FIXED + 1);
  return {
    ctlCode: reader.u32(BODY + 4),
    fileId: reader.fileId(BODY + 8),
    input: reader.variable(reader.u32(BODY + 24), reader.u32(BODY + 28), BODY + REQUEST_FIXED),
    maxInputResponse: reader.u32(BODY + 32),
    maxOutputResponse: reader.u32(BODY + 44),
    flags: reader.u32(BODY + 48),
  };
}

/** MS-SMB2 2.2.32. */
export function encodeIoctlResponse(response: IoctlResponse): Buffer {
  const { input, output } = response;
  const outputAt = align8(RESPONSE_FIXED + input.length);
  const body = Buffer.alloc(outputAt + output.length);
  body.writeUInt16LE(RESPONSE_FIXED + 1, 0);
  body.writeUInt32LE(response.ctlCode, 4);
  writeFileId(body, response.fileId, 8);
  body.writeUInt32LE(BODY + RESPONSE_FIXED, 24);
  body.writeUInt32LE(input.length, 28);
  body.writeUInt32LE(BODY + outputAt, 32);
  body.writeUInt32LE(output.length, 36);
  body.writeUInt32LE(response.flags, 40);
  input.copy(body, RESPONSE_FIXED);
  output.copy(body, outputAt);
  return body;
}

export function decodeIoctlResponse(message: Buffer): IoctlResponse {
  const reader = new Reader(message, 'IOCTL response');
  reader.structure(RESPONSE_FIXED + 1);
  const fixedEnd = BODY + RESPONSE_FIXED;
  return {
    ctlCode: reader.u32(BODY + 4),
    fileId: reader.fileId(BODY + 8),
    input: reader.variable(reader.u32(BODY + 24), reader.u32(BODY + 28), fixedEnd),
    output: reader.variable(reader.u32(BODY + 32), reader.u32(BODY + 36), fixedEnd),
    flags: reader.u32(BODY + 40),
  };
}
