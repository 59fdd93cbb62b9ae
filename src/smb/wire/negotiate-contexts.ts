import { align8 } from './layout.ts';
import type { Reader } from './reader.ts';

/** Ciphers of the encryption context, in the numbers of the wire (MS-SMB2 2.2.3.1.2). */
export const Cipher = { AES128_CCM: 1, AES128_GCM: 2, AES256_CCM: 3, AES256_GCM: 4 } as const;

/** Algorithms of the signing context (MS-SMB2 2.2.3.1.7). */
export const SigningAlgorithm = { HMAC_SHA256: 0, AES_CMAC: 1, AES_GMAC: 2 } as const;

/** The one hash of the preauthentication context (MS-SMB2 2.2.3.1.1). */
export const HashAlgorithm = { SHA512: 1 } as const;

/** Part of a 3.1.1 NEGOTIATE (MS-SMB2 2.2.3.1). Buffers are views after decoding. */
export type NegotiateContext =
  | { type: 'preauth'; hashAlgorithms: number[]; salt: Buffer }
  | { type: 'encryption'; ciphers: number[] }
  | { type: 'compression'; flags: number; algorithms: number[] }
  | { type: 'netname'; name: string }
  | { type: 'signing'; algorithms: number[] }
  | { type: 'unknown'; id: number; data: Buffer };

const ContextId = { PREAUTH: 1, ENCRYPTION: 2, COMPRESSION: 3, NETNAME: 5, SIGNING: 8 } as const;
const CONTEXT_HEADER = 8;

/** Bytes that the contexts take, each but the last padded to 8. */
export function negotiateContextsSize(contexts: readonly NegotiateContext[]): number {
  let size = 0;
  for (const context of contexts) size = align8(size) + CONTEXT_HEADER + dataSize(context);
  return size;
}

/** Writes the contexts at `at`, which is a multiple of 8 as seen from the header. */
export function writeNegotiateContexts(
  into: Buffer,
  at: number,
  contexts: readonly NegotiateContext[],
): void {
  let offset = 0;
  for (const context of contexts) {
    const start = at + align8(offset);
    into.fill(0, at + offset, start);
    into.writeUInt16LE(idOf(context), start);
    into.writeUInt16LE(dataSize(context), start + 2);
    into.writeUInt32LE(0, start + 4);
    writeData(into, start + CONTEXT_HEADER, context);
    offset = start - at + CONTEXT_HEADER + dataSize(context);
  }
}

/** Reads `count` contexts from `at` on. */
export function readNegotiateContexts(
  reader: Reader,
  at: number,
  count: number,
): NegotiateContext[] {
  const contexts: NegotiateContext[] = [];
  let offset = at;
  for (let i = 0; i < count; i++) {
    if (i > 0) offset = align8(offset);
    const size = reader.u16(offset + 2);
    reader.require(offset, CONTEXT_HEADER + size);
    contexts.push(readData(reader, reader.u16(offset), offset + CONTEXT_HEADER, size));
    offset += CONTEXT_HEADER + size;
  }
  return contexts;
}

function idOf(context: NegotiateContext): number {
  switch (context.type) {
    case 'preauth':
      return ContextId.PREAUTH;
    case 'encryption':
      return ContextId.ENCRYPTION;
    case 'compression':
      return ContextId.COMPRESSION;
    case 'netname':
      return ContextId.NETNAME;
    case 'signing':
      return ContextId.SIGNING;
    case 'unknown':
      return context.id;
  }
}

function dataSize(context: NegotiateContext): number {
  switch (context.type) {
    case 'preauth':
      return 4 + context.hashAlgorithms.length * 2 + context.salt.length;
    case 'encryption':
      return 2 + context.ciphers.length * 2;
    case 'compression':
      return 8 + context.algorithms.length * 2;
    case 'netname':
      return context.name.length * 2;
    case 'signing':
      return 2 + context.algorithms.length * 2;
    case 'unknown':
      return context.data.length;
  }
}

function writeList(into: Buffer, at: number, values: readonly number[]): number {
  let offset = at;
  for (const value of values) offset = into.writeUInt16LE(value, offset);
  return offset;
}

function writeData(into: Buffer, at: number, context: NegotiateContext): void {
  switch (context.type) {
    case 'preauth': {
      into.writeUInt16LE(context.hashAlgorithms.length, at);
      into.writeUInt16LE(context.salt.length, at + 2);
      context.salt.copy(into, writeList(into, at + 4, context.hashAlgorithms));
      break;
    }
    case 'encryption':
      writeList(into, into.writeUInt16LE(context.ciphers.length, at), context.ciphers);
      break;
    case 'compression':
      into.writeUInt16LE(context.algorithms.length, at);
      into.writeUInt16LE(0, at + 2);
      into.writeUInt32LE(context.flags, at + 4);
      writeList(into, at + 8, context.algorithms);
      break;
    case 'netname':
      into.write(context.name, at, 'utf16le');
      break;
    case 'signing':
      writeList(into, into.writeUInt16LE(context.algorithms.length, at), context.algorithms);
      break;
    case 'unknown':
      context.data.copy(into, at);
      break;
  }
}

/** `count` 16-bit values; the whole context ends at `end`. */
function readList(reader: Reader, at: number, count: number, end: number): number[] {
  if (at + count * 2 > end) reader.fail(`${count} values do not fit their negotiate context`);
  return Array.from({ length: count }, (_, i) => reader.u16(at + i * 2));
}

function readData(reader: Reader, id: number, at: number, size: number): NegotiateContext {
  const end = at + size;
  const need = (bytes: number): void => {
    if (size < bytes) reader.fail(`negotiate context ${id} of only ${size} bytes`);
  };
  switch (id) {
    case ContextId.PREAUTH: {
      need(4);
      const hashCount = reader.u16(at);
      const saltLength = reader.u16(at + 2);
      need(4 + hashCount * 2 + saltLength);
      return {
        type: 'preauth',
        hashAlgorithms: readList(reader, at + 4, hashCount, end),
        salt: reader.slice(at + 4 + hashCount * 2, saltLength),
      };
    }
    case ContextId.ENCRYPTION:
      need(2);
      return { type: 'encryption', ciphers: readList(reader, at + 2, reader.u16(at), end) };
    case ContextId.COMPRESSION:
      need(8);
      return {
        type: 'compression',
        flags: reader.u32(at + 4),
        algorithms: readList(reader, at + 8, reader.u16(at), end),
      };
    case ContextId.NETNAME:
      return { type: 'netname', name: reader.utf16(at, size) };
    case ContextId.SIGNING:
      need(2);
      return { type: 'signing', algorithms: readList(reader, at + 2, reader.u16(at), end) };
    default:
      return { type: 'unknown', id, data: reader.slice(at, size) };
  }
}
