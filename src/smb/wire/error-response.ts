import { align8, BODY, EMPTY } from './layout.ts';
import { Reader } from './reader.ts';

const STRUCTURE_SIZE = 9;
const FIXED = 8;
const CONTEXT_HEADER = 8;
const DEFAULT_CONTEXT = 0;

export interface ErrorContext {
  /** 0 = what `errorData` would hold, 0x72645253 = share redirect. */
  id: number;
  /** A view after decoding. */
  data: Buffer;
}

/** Body of a response that reports a failure (MS-SMB2 2.2.2). */
export interface ErrorResponse {
  /**
   * What comes with the status: for BUFFER_TOO_SMALL 4 bytes with the size needed, for
   * STOPPED_ON_SYMLINK see `decodeSymlinkError`. In a 3.1.1 answer with contexts it is the data of
   * the first context with id 0. A view after decoding.
   */
  errorData: Buffer;
  /** Only in 3.1.1; when there are some, the encoder leaves `errorData` out. */
  contexts: ErrorContext[];
}

export function encodeErrorResponse(response: Partial<ErrorResponse> = {}): Buffer {
  const { errorData = EMPTY, contexts = [] } = response;
  let size = errorData.length;
  if (contexts.length > 0) {
    size = 0;
    for (const { data } of contexts) size = align8(size) + CONTEXT_HEADER + data.length;
  }
  const body = Buffer.alloc(FIXED + Math.max(1, size));
  body.writeUInt16LE(STRUCTURE_SIZE, 0);
  body.writeUInt8(contexts.length, 2);
  body.writeUInt32LE(size, 4);
  if (contexts.length === 0) errorData.copy(body, FIXED);
  let at = FIXED;
  for (const { id, data } of contexts) {
    at = align8(at);
    body.writeUInt32LE(data.length, at);
    body.writeUInt32LE(id, at + 4);
    at += CONTEXT_HEADER + data.copy(body, at + CONTEXT_HEADER);
  }
  return body;
}

/** Accepts the body with and without the one stray byte that some servers add. */
export function decodeErrorResponse(message: Buffer): ErrorResponse {
  const reader = new Reader(message, 'error response');
  reader.structure(STRUCTURE_SIZE);
  const count = reader.u8(BODY + 2);
  const errorData = reader.slice(BODY + FIXED, reader.u32(BODY + 4));
  if (count === 0) return { errorData, contexts: [] };
  const contexts = readContexts(new Reader(errorData, 'error response'), count);
  return { errorData: contexts.find(({ id }) => id === DEFAULT_CONTEXT)?.data ?? EMPTY, contexts };
}

function readContexts(reader: Reader, count: number): ErrorContext[] {
  const contexts: ErrorContext[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    at = align8(at);
    const length = reader.u32(at);
    const data = reader.slice(at + CONTEXT_HEADER, length);
    contexts.push({ id: reader.u32(at + 4), data });
    at += CONTEXT_HEADER + length;
  }
  return contexts;
}

/**
 * Whether the body has the shape of an error body. Some commands answer in a body of the same size,
 * so this alone decides nothing: the status does, and this confirms it. Never throws.
 */
export function isErrorBody(message: Buffer): boolean {
  if (message.length < BODY + FIXED || message.readUInt16LE(BODY) !== STRUCTURE_SIZE) return false;
  return message.readUInt32LE(BODY + 4) <= message.length - BODY - FIXED;
}

const SYMLINK_TAG = 0x4c4d5953;
const REPARSE_TAG_SYMLINK = 0xa000000c;
const SYMLINK_FIXED = 28;

/** Where a path stopped at a symbolic link (MS-SMB2 2.2.2.2.1). */
export interface SymlinkError {
  substituteName: string;
  printName: string;
  /** The target is relative to the directory of the link. */
  relative: boolean;
  /** Bytes of the path, from its end, that lie behind the link. */
  unparsedPathLength: number;
}

export function encodeSymlinkError(link: SymlinkError): Buffer {
  const substituteLength = link.substituteName.length * 2;
  const printLength = link.printName.length * 2;
  const data = Buffer.alloc(SYMLINK_FIXED + substituteLength + printLength);
  data.writeUInt32LE(data.length - 4, 0);
  data.writeUInt32LE(SYMLINK_TAG, 4);
  data.writeUInt32LE(REPARSE_TAG_SYMLINK, 8);
  data.writeUInt16LE(data.length - 16, 12);
  data.writeUInt16LE(link.unparsedPathLength, 14);
  data.writeUInt16LE(0, 16);
  data.writeUInt16LE(substituteLength, 18);
  data.writeUInt16LE(substituteLength, 20);
  data.writeUInt16LE(printLength, 22);
  data.writeUInt32LE(link.relative ? 1 : 0, 24);
  data.write(link.substituteName, SYMLINK_FIXED, 'utf16le');
  data.write(link.printName, SYMLINK_FIXED + substituteLength, 'utf16le');
  return data;
}

/** Reads the `errorData` of STATUS_STOPPED_ON_SYMLINK. */
export function decodeSymlinkError(errorData: Buffer): SymlinkError {
  const reader = new Reader(errorData, 'symbolic link error');
  if (reader.u32(4) !== SYMLINK_TAG || reader.u32(8) !== REPARSE_TAG_SYMLINK) {
    reader.fail('has no symbolic link in it');
  }
  return {
    unparsedPathLength: reader.u16(14),
    substituteName: reader.utf16(SYMLINK_FIXED + reader.u16(16), reader.u16(18)),
    printName: reader.utf16(SYMLINK_FIXED + reader.u16(20), reader.u16(22)),
    relative: (reader.u32(24) & 1) !== 0,
  };
}
