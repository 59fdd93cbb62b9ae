import { Reader } from './reader.ts';

/** What the client sent in NEGOTIATE, repeated under signature (MS-SMB2 2.2.31.4). */
export interface ValidateNegotiateRequest {
  capabilities: number;
  /** 16 bytes; a view after decoding. */
  clientGuid: Buffer;
  securityMode: number;
  dialects: number[];
}

/** What the server answered there (MS-SMB2 2.2.32.6). */
export interface ValidateNegotiateResponse {
  capabilities: number;
  /** 16 bytes; a view after decoding. */
  serverGuid: Buffer;
  securityMode: number;
  dialect: number;
}

const GUID_SIZE = 16;
const REQUEST_FIXED = 24;
/** Size of the answer, to be allowed for in the IOCTL. */
export const VALIDATE_NEGOTIATE_RESPONSE_SIZE = 24;

/** Input of the FSCTL_VALIDATE_NEGOTIATE_INFO control. */
export function encodeValidateNegotiateRequest(request: ValidateNegotiateRequest): Buffer {
  const buffer = Buffer.alloc(REQUEST_FIXED + request.dialects.length * 2);
  buffer.writeUInt32LE(request.capabilities, 0);
  request.clientGuid.copy(buffer, 4, 0, GUID_SIZE);
  buffer.writeUInt16LE(request.securityMode, 20);
  buffer.writeUInt16LE(request.dialects.length, 22);
  for (const [i, dialect] of request.dialects.entries()) {
    buffer.writeUInt16LE(dialect, REQUEST_FIXED + i * 2);
  }
  return buffer;
}

export function decodeValidateNegotiateRequest(buffer: Buffer): ValidateNegotiateRequest {
  const reader = new Reader(buffer, 'VALIDATE_NEGOTIATE_INFO request');
  const count = reader.u16(22);
  reader.require(REQUEST_FIXED, count * 2);
  return {
    capabilities: reader.u32(0),
    clientGuid: reader.slice(4, GUID_SIZE),
    securityMode: reader.u16(20),
    dialects: Array.from({ length: count }, (_, i) => reader.u16(REQUEST_FIXED + i * 2)),
  };
}

/** Output of the control. */
export function encodeValidateNegotiateResponse(response: ValidateNegotiateResponse): Buffer {
  const buffer = Buffer.alloc(VALIDATE_NEGOTIATE_RESPONSE_SIZE);
  buffer.writeUInt32LE(response.capabilities, 0);
  response.serverGuid.copy(buffer, 4, 0, GUID_SIZE);
  buffer.writeUInt16LE(response.securityMode, 20);
  buffer.writeUInt16LE(response.dialect, 22);
  return buffer;
}

export function decodeValidateNegotiateResponse(buffer: Buffer): ValidateNegotiateResponse {
  const reader = new Reader(buffer, 'VALIDATE_NEGOTIATE_INFO response');
  return {
    capabilities: reader.u32(0),
    serverGuid: reader.slice(4, GUID_SIZE),
    securityMode: reader.u16(20),
    dialect: reader.u16(22),
  };
}
