import { readNetworkOpenInfo, writeNetworkOpenInfo } from './file-info.ts';
import type { NetworkOpenInfo } from './file-info.ts';
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
export interface CloseResponse extends NetworkOpenInfo {
  flags: number;
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
  writeNetworkOpenInfo(body, response, 8);
  return body;
}

export function decodeCloseResponse(message: Buffer): CloseResponse {
  const reader = new Reader(message, 'CLOSE response');
  reader.structure(RESPONSE_SIZE);
  return { flags: reader.u16(BODY + 2), ...readNetworkOpenInfo(reader, BODY + 8) };
}
