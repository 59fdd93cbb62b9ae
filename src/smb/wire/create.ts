import { createContextsSize, readCreateContexts, writeCreateContexts } from './create-contexts.ts';
import type { CreateContext } from './create-contexts.ts';
import { readNetworkOpenInfo, writeNetworkOpenInfo } from './file-info.ts';
import type { NetworkOpenInfo } from './file-info.ts';
import { align8, BODY, fit16, writeFileId, writeUtf16 } from './layout.ts';
import { Reader } from './reader.ts';

/** Access masks of files and directories (MS-SMB2 2.2.13.1). */
export const Access = {
  READ_DATA: 0x1,
  LIST_DIRECTORY: 0x1,
  WRITE_DATA: 0x2,
  ADD_FILE: 0x2,
  APPEND_DATA: 0x4,
  ADD_SUBDIRECTORY: 0x4,
  READ_EA: 0x8,
  WRITE_EA: 0x10,
  EXECUTE: 0x20,
  TRAVERSE: 0x20,
  DELETE_CHILD: 0x40,
  READ_ATTRIBUTES: 0x80,
  WRITE_ATTRIBUTES: 0x100,
  DELETE: 0x10000,
  READ_CONTROL: 0x20000,
  SYNCHRONIZE: 0x100000,
  MAXIMUM_ALLOWED: 0x02000000,
  GENERIC_ALL: 0x10000000,
  GENERIC_EXECUTE: 0x20000000,
  GENERIC_WRITE: 0x40000000,
  GENERIC_READ: 0x80000000,
} as const;

/** What others may do with the file meanwhile. */
export const Share = { NONE: 0, READ: 1, WRITE: 2, DELETE: 4, ALL: 7 } as const;

/** What to do when the file exists and when it does not. */
export const Disposition = {
  SUPERSEDE: 0,
  OPEN: 1,
  CREATE: 2,
  OPEN_IF: 3,
  OVERWRITE: 4,
  OVERWRITE_IF: 5,
} as const;

export const CreateOption = {
  DIRECTORY_FILE: 0x1,
  WRITE_THROUGH: 0x2,
  SEQUENTIAL_ONLY: 0x4,
  NON_DIRECTORY_FILE: 0x40,
  RANDOM_ACCESS: 0x800,
  DELETE_ON_CLOSE: 0x1000,
  OPEN_FOR_BACKUP_INTENT: 0x4000,
  OPEN_REPARSE_POINT: 0x200000,
} as const;

/** MS-FSCC 2.6. */
export const FileAttribute = {
  READONLY: 0x1,
  HIDDEN: 0x2,
  SYSTEM: 0x4,
  DIRECTORY: 0x10,
  ARCHIVE: 0x20,
  NORMAL: 0x80,
  TEMPORARY: 0x100,
  SPARSE_FILE: 0x200,
  REPARSE_POINT: 0x400,
  COMPRESSED: 0x800,
  OFFLINE: 0x1000,
  NOT_CONTENT_INDEXED: 0x2000,
  ENCRYPTED: 0x4000,
} as const;

export const OplockLevel = { NONE: 0, II: 1, EXCLUSIVE: 8, BATCH: 9, LEASE: 0xff } as const;

/** Impersonation level 2 lets the server act as the user on that server, and nowhere else. */
export const Impersonation = { ANONYMOUS: 0, IDENTIFICATION: 1, IMPERSONATION: 2 } as const;

/** What the server did. */
export const CreateAction = { SUPERSEDED: 0, OPENED: 1, CREATED: 2, OVERWRITTEN: 3 } as const;

const REQUEST_FIXED = 56;
const RESPONSE_FIXED = 88;

export interface CreateRequest {
  oplockLevel: number;
  impersonation: number;
  desiredAccess: number;
  fileAttributes: number;
  shareAccess: number;
  disposition: number;
  options: number;
  /** Below the share, `\` between the parts, none in front; '' is the root of the share. */
  name: string;
  contexts: CreateContext[];
}

export interface CreateResponse extends NetworkOpenInfo {
  oplockLevel: number;
  /** 1 = the file has a reparse point. */
  flags: number;
  action: number;
  /** A copy. */
  fileId: Buffer;
  contexts: CreateContext[];
}

/** MS-SMB2 2.2.13. */
export function encodeCreateRequest(request: CreateRequest): Buffer {
  const { contexts } = request;
  const nameLength = fit16(request.name.length * 2, 'a path');
  const nameEnd = REQUEST_FIXED + nameLength;
  const contextsSize = createContextsSize(contexts);
  const contextsAt = align8(nameEnd);
  const size = contextsSize > 0 ? contextsAt + contextsSize : nameEnd;
  const body = Buffer.alloc(Math.max(size, REQUEST_FIXED + 1));
  body.writeUInt16LE(REQUEST_FIXED + 1, 0);
  body.writeUInt8(request.oplockLevel, 3);
  body.writeUInt32LE(request.impersonation, 4);
  body.writeUInt32LE(request.desiredAccess, 24);
  body.writeUInt32LE(request.fileAttributes, 28);
  body.writeUInt32LE(request.shareAccess, 32);
  body.writeUInt32LE(request.disposition, 36);
  body.writeUInt32LE(request.options, 40);
  body.writeUInt16LE(BODY + REQUEST_FIXED, 44);
  body.writeUInt16LE(nameLength, 46);
  writeUtf16(body, request.name, REQUEST_FIXED);
  if (contextsSize > 0) {
    body.writeUInt32LE(BODY + contextsAt, 48);
    body.writeUInt32LE(contextsSize, 52);
    writeCreateContexts(body, contextsAt, contexts);
  }
  return body;
}

export function decodeCreateRequest(message: Buffer): CreateRequest {
  const reader = new Reader(message, 'CREATE request');
  reader.structure(REQUEST_FIXED + 1);
  const fixedEnd = BODY + REQUEST_FIXED;
  const name = reader.variable(reader.u16(BODY + 44), reader.u16(BODY + 46), fixedEnd);
  const area = reader.variable(reader.u32(BODY + 48), reader.u32(BODY + 52), fixedEnd);
  return {
    oplockLevel: reader.u8(BODY + 3),
    impersonation: reader.u32(BODY + 4),
    desiredAccess: reader.u32(BODY + 24),
    fileAttributes: reader.u32(BODY + 28),
    shareAccess: reader.u32(BODY + 32),
    disposition: reader.u32(BODY + 36),
    options: reader.u32(BODY + 40),
    name: new Reader(name, 'CREATE request').utf16(0, name.length),
    contexts: readCreateContexts(area),
  };
}

/** MS-SMB2 2.2.14. */
export function encodeCreateResponse(response: CreateResponse): Buffer {
  const contextsSize = createContextsSize(response.contexts);
  const body = Buffer.alloc(RESPONSE_FIXED + contextsSize);
  body.writeUInt16LE(RESPONSE_FIXED + 1, 0);
  body.writeUInt8(response.oplockLevel, 2);
  body.writeUInt8(response.flags, 3);
  body.writeUInt32LE(response.action, 4);
  writeNetworkOpenInfo(body, response, 8);
  writeFileId(body, response.fileId, 64);
  if (contextsSize > 0) {
    body.writeUInt32LE(BODY + RESPONSE_FIXED, 80);
    body.writeUInt32LE(contextsSize, 84);
    writeCreateContexts(body, RESPONSE_FIXED, response.contexts);
  }
  return body;
}

export function decodeCreateResponse(message: Buffer): CreateResponse {
  const reader = new Reader(message, 'CREATE response');
  reader.structure(RESPONSE_FIXED + 1);
  const area = reader.variable(reader.u32(BODY + 80), reader.u32(BODY + 84), BODY + RESPONSE_FIXED);
  return {
    oplockLevel: reader.u8(BODY + 2),
    flags: reader.u8(BODY + 3),
    action: reader.u32(BODY + 4),
    ...readNetworkOpenInfo(reader, BODY + 8),
    fileId: reader.fileId(BODY + 64),
    contexts: readCreateContexts(area),
  };
}
