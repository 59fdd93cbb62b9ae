import { BODY, fit16 } from './layout.ts';
import { Reader } from './reader.ts';

/** Flags of a SESSION_SETUP response (MS-SMB2 2.2.6). */
export const SessionFlag = { GUEST: 1, NULL: 2, ENCRYPT_DATA: 4 } as const;

const REQUEST_FIXED = 24;
const RESPONSE_FIXED = 8;

export interface SessionSetupRequest {
  /** 1 binds the connection to an existing session as a further channel. */
  flags: number;
  securityMode: number;
  capabilities: number;
  channel: number;
  /** GSS token; a view after decoding. */
  securityBuffer: Buffer;
  /** The session of an earlier connection that the server shall drop, or 0n. */
  previousSessionId: bigint;
}

export interface SessionSetupResponse {
  sessionFlags: number;
  /** GSS token, empty when there is none; a view after decoding. */
  securityBuffer: Buffer;
}

/** MS-SMB2 2.2.5. */
export function encodeSessionSetupRequest(request: SessionSetupRequest): Buffer {
  const { securityBuffer } = request;
  const length = fit16(securityBuffer.length, 'a security token');
  const body = Buffer.alloc(REQUEST_FIXED + Math.max(1, length));
  body.writeUInt16LE(REQUEST_FIXED + 1, 0);
  body.writeUInt8(request.flags, 2);
  body.writeUInt8(request.securityMode, 3);
  body.writeUInt32LE(request.capabilities, 4);
  body.writeUInt32LE(request.channel, 8);
  body.writeUInt16LE(BODY + REQUEST_FIXED, 12);
  body.writeUInt16LE(length, 14);
  body.writeBigUInt64LE(request.previousSessionId, 16);
  securityBuffer.copy(body, REQUEST_FIXED);
  return body;
}

export function decodeSessionSetupRequest(message: Buffer): SessionSetupRequest {
  const reader = new Reader(message, 'SESSION_SETUP request');
  reader.structure(REQUEST_FIXED + 1);
  return {
    flags: reader.u8(BODY + 2),
    securityMode: reader.u8(BODY + 3),
    capabilities: reader.u32(BODY + 4),
    channel: reader.u32(BODY + 8),
    securityBuffer: reader.variable(
      reader.u16(BODY + 12),
      reader.u16(BODY + 14),
      BODY + REQUEST_FIXED,
    ),
    previousSessionId: reader.u64(BODY + 16),
  };
}

/** MS-SMB2 2.2.6. */
export function encodeSessionSetupResponse(response: SessionSetupResponse): Buffer {
  const { securityBuffer } = response;
  const body = Buffer.alloc(RESPONSE_FIXED + fit16(securityBuffer.length, 'a security token'));
  body.writeUInt16LE(RESPONSE_FIXED + 1, 0);
  body.writeUInt16LE(response.sessionFlags, 2);
  body.writeUInt16LE(BODY + RESPONSE_FIXED, 4);
  body.writeUInt16LE(securityBuffer.length, 6);
  securityBuffer.copy(body, RESPONSE_FIXED);
  return body;
}

export function decodeSessionSetupResponse(message: Buffer): SessionSetupResponse {
  const reader = new Reader(message, 'SESSION_SETUP response');
  reader.structure(RESPONSE_FIXED + 1);
  return {
    sessionFlags: reader.u16(BODY + 2),
    securityBuffer: reader.variable(
      reader.u16(BODY + 4),
      reader.u16(BODY + 6),
      BODY + RESPONSE_FIXED,
    ),
  };
}
