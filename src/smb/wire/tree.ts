import { BODY, fit16, writeUtf16 } from './layout.ts';
import { Reader } from './reader.ts';

export const ShareType = { DISK: 1, PIPE: 2, PRINT: 3 } as const;

/** Flags of a share that matter to a client (MS-SMB2 2.2.10). */
export const ShareFlag = { DFS: 0x1, DFS_ROOT: 0x2, ENCRYPT_DATA: 0x8000 } as const;

/** Capabilities of a share (MS-SMB2 2.2.10). */
export const ShareCapability = {
  DFS: 0x8,
  CONTINUOUS_AVAILABILITY: 0x10,
  SCALEOUT: 0x20,
  CLUSTER: 0x40,
  ASYMMETRIC: 0x80,
} as const;

const REQUEST_FIXED = 8;
const RESPONSE_SIZE = 16;

export interface TreeConnectRequest {
  flags: number;
  /** `\\server\share`. */
  path: string;
}

/** The id of the tree stands in the header. */
export interface TreeConnectResponse {
  shareType: number;
  shareFlags: number;
  capabilities: number;
  maximalAccess: number;
}

/** MS-SMB2 2.2.9. */
export function encodeTreeConnectRequest(request: TreeConnectRequest): Buffer {
  const length = fit16(request.path.length * 2, 'a share path');
  const body = Buffer.alloc(REQUEST_FIXED + Math.max(1, length));
  body.writeUInt16LE(REQUEST_FIXED + 1, 0);
  body.writeUInt16LE(request.flags, 2);
  body.writeUInt16LE(BODY + REQUEST_FIXED, 4);
  body.writeUInt16LE(length, 6);
  writeUtf16(body, request.path, REQUEST_FIXED);
  return body;
}

export function decodeTreeConnectRequest(message: Buffer): TreeConnectRequest {
  const reader = new Reader(message, 'TREE_CONNECT request');
  reader.structure(REQUEST_FIXED + 1);
  const length = reader.u16(BODY + 6);
  const offset = length === 0 ? BODY : reader.u16(BODY + 4);
  if (length > 0 && offset < BODY + REQUEST_FIXED) reader.fail('the path overlaps the fixed part');
  return { flags: reader.u16(BODY + 2), path: reader.utf16(offset, length) };
}

/** MS-SMB2 2.2.10. */
export function encodeTreeConnectResponse(response: TreeConnectResponse): Buffer {
  const body = Buffer.alloc(RESPONSE_SIZE);
  body.writeUInt16LE(RESPONSE_SIZE, 0);
  body.writeUInt8(response.shareType, 2);
  body.writeUInt32LE(response.shareFlags, 4);
  body.writeUInt32LE(response.capabilities, 8);
  body.writeUInt32LE(response.maximalAccess, 12);
  return body;
}

export function decodeTreeConnectResponse(message: Buffer): TreeConnectResponse {
  const reader = new Reader(message, 'TREE_CONNECT response');
  reader.structure(RESPONSE_SIZE);
  return {
    shareType: reader.u8(BODY + 2),
    shareFlags: reader.u32(BODY + 4),
    capabilities: reader.u32(BODY + 8),
    maximalAccess: reader.u32(BODY + 12),
  };
}
