import { align8, BODY, fit16 } from './layout.ts';
import {
  negotiateContextsSize,
  readNegotiateContexts,
  writeNegotiateContexts,
} from './negotiate-contexts.ts';
import type { NegotiateContext } from './negotiate-contexts.ts';
import { Reader } from './reader.ts';

export { Cipher, SigningAlgorithm } from './negotiate-contexts.ts';
export type { NegotiateContext } from './negotiate-contexts.ts';

export const Dialect = {
  SMB202: 0x0202,
  SMB210: 0x0210,
  SMB300: 0x0300,
  SMB302: 0x0302,
  SMB311: 0x0311,
} as const;

export const SecurityMode = { ENABLED: 1, REQUIRED: 2 } as const;

export const Capability = {
  DFS: 0x1,
  LEASING: 0x2,
  LARGE_MTU: 0x4,
  MULTI_CHANNEL: 0x8,
  PERSISTENT: 0x10,
  DIRECTORY_LEASING: 0x20,
  ENCRYPTION: 0x40,
} as const;

const GUID_SIZE = 16;
const REQUEST_FIXED = 36;
const RESPONSE_FIXED = 64;

export interface NegotiateRequest {
  securityMode: number;
  capabilities: number;
  /** 16 bytes; a view after decoding. */
  clientGuid: Buffer;
  dialects: number[];
  /** Sent only when `dialects` has 3.1.1, empty otherwise. */
  contexts: NegotiateContext[];
}

export interface NegotiateResponse {
  securityMode: number;
  /** The dialect chosen; 0x02ff never comes as an answer to an SMB 2 NEGOTIATE. */
  dialect: number;
  /** 16 bytes; a view after decoding. */
  serverGuid: Buffer;
  capabilities: number;
  maxTransactSize: number;
  maxReadSize: number;
  maxWriteSize: number;
  /** FILETIME. */
  systemTime: bigint;
  /** FILETIME. */
  serverStartTime: bigint;
  /** SPNEGO token or nothing; a view after decoding. */
  securityBuffer: Buffer;
  /** Only with dialect 3.1.1, empty otherwise. */
  contexts: NegotiateContext[];
}

/** MS-SMB2 2.2.3. */
export function encodeNegotiateRequest(request: NegotiateRequest): Buffer {
  const { dialects } = request;
  const contexts = dialects.includes(Dialect.SMB311) ? request.contexts : [];
  const dialectsEnd = REQUEST_FIXED + dialects.length * 2;
  const contextsAt = align8(dialectsEnd);
  const withContexts = contextsAt + negotiateContextsSize(contexts);
  const body = Buffer.alloc(contexts.length > 0 ? withContexts : dialectsEnd);
  body.writeUInt16LE(REQUEST_FIXED, 0);
  body.writeUInt16LE(dialects.length, 2);
  body.writeUInt16LE(request.securityMode, 4);
  body.writeUInt32LE(request.capabilities, 8);
  request.clientGuid.copy(body, 12, 0, GUID_SIZE);
  if (contexts.length > 0) {
    body.writeUInt32LE(BODY + contextsAt, 28);
    body.writeUInt16LE(contexts.length, 32);
    writeNegotiateContexts(body, contextsAt, contexts);
  }
  for (const [i, dialect] of dialects.entries()) body.writeUInt16LE(dialect, REQUEST_FIXED + i * 2);
  return body;
}

export function decodeNegotiateRequest(message: Buffer): NegotiateRequest {
  const reader = new Reader(message, 'NEGOTIATE request');
  reader.structure(REQUEST_FIXED);
  const count = reader.u16(BODY + 2);
  const dialectsAt = BODY + REQUEST_FIXED;
  reader.require(dialectsAt, count * 2);
  const dialects = Array.from({ length: count }, (_, i) => reader.u16(dialectsAt + i * 2));
  const contextCount = dialects.includes(Dialect.SMB311) ? reader.u16(BODY + 32) : 0;
  return {
    securityMode: reader.u16(BODY + 4),
    capabilities: reader.u32(BODY + 8),
    clientGuid: reader.slice(BODY + 12, GUID_SIZE),
    dialects,
    contexts: readContextsAt(reader, BODY + 28, contextCount, dialectsAt + count * 2),
  };
}

/** MS-SMB2 2.2.4. */
export function encodeNegotiateResponse(response: NegotiateResponse): Buffer {
  const { securityBuffer } = response;
  const contexts = response.dialect === Dialect.SMB311 ? response.contexts : [];
  const bufferEnd = RESPONSE_FIXED + fit16(securityBuffer.length, 'a security token');
  const start = align8(bufferEnd);
  const body = Buffer.alloc(
    contexts.length > 0 ? start + negotiateContextsSize(contexts) : bufferEnd,
  );
  body.writeUInt16LE(RESPONSE_FIXED + 1, 0);
  body.writeUInt16LE(response.securityMode, 2);
  body.writeUInt16LE(response.dialect, 4);
  body.writeUInt16LE(contexts.length, 6);
  response.serverGuid.copy(body, 8, 0, GUID_SIZE);
  body.writeUInt32LE(response.capabilities, 24);
  body.writeUInt32LE(response.maxTransactSize, 28);
  body.writeUInt32LE(response.maxReadSize, 32);
  body.writeUInt32LE(response.maxWriteSize, 36);
  body.writeBigUInt64LE(response.systemTime, 40);
  body.writeBigUInt64LE(response.serverStartTime, 48);
  body.writeUInt16LE(BODY + RESPONSE_FIXED, 56);
  body.writeUInt16LE(securityBuffer.length, 58);
  securityBuffer.copy(body, RESPONSE_FIXED);
  if (contexts.length > 0) {
    body.writeUInt32LE(BODY + start, 60);
    writeNegotiateContexts(body, start, contexts);
  }
  return body;
}

export function decodeNegotiateResponse(message: Buffer): NegotiateResponse {
  const reader = new Reader(message, 'NEGOTIATE response');
  reader.structure(RESPONSE_FIXED + 1);
  const dialect = reader.u16(BODY + 4);
  const fixedEnd = BODY + RESPONSE_FIXED;
  const contextCount = dialect === Dialect.SMB311 ? reader.u16(BODY + 6) : 0;
  return {
    securityMode: reader.u16(BODY + 2),
    dialect,
    serverGuid: reader.slice(BODY + 8, GUID_SIZE),
    capabilities: reader.u32(BODY + 24),
    maxTransactSize: reader.u32(BODY + 28),
    maxReadSize: reader.u32(BODY + 32),
    maxWriteSize: reader.u32(BODY + 36),
    systemTime: reader.u64(BODY + 40),
    serverStartTime: reader.u64(BODY + 48),
    securityBuffer: reader.variable(reader.u16(BODY + 56), reader.u16(BODY + 58), fixedEnd),
    contexts: readContextsAt(reader, BODY + 60, contextCount, fixedEnd),
  };
}

/** The contexts whose offset stands at `offsetAt`; they lie behind `from`. */
function readContextsAt(
  reader: Reader,
  offsetAt: number,
  count: number,
  from: number,
): NegotiateContext[] {
  if (count === 0) return [];
  const offset = reader.u32(offsetAt);
  if (offset < from) reader.fail('the negotiate contexts overlap the fixed part');
  return readNegotiateContexts(reader, offset, count);
}
