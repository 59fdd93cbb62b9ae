import { SmbError } from '../smb-error.ts';

/**
 * The little of BER/DER that SPNEGO needs (X.690): definite lengths, tags of one byte, object
 * identifiers. Everything read is bounds-checked and throws `SmbError('protocol_error')`.
 */

export const BerTag = {
  OCTET_STRING: 0x04,
  OBJECT_ID: 0x06,
  ENUMERATED: 0x0a,
  SEQUENCE: 0x30,
  APPLICATION_0: 0x60,
} as const;

/** The constructed context-specific tag [n]. */
export function contextTag(n: number): number {
  return 0xa0 | n;
}

/** One element: its tag and a view of its content. */
export interface BerElement {
  readonly tag: number;
  readonly content: Buffer;
}

/** Lengths above 3 bytes cannot occur: a security buffer is shorter than 64 KiB. */
const LONGEST_LENGTH = 3;

function bad(message: string): never {
  throw new SmbError('protocol_error', `SPNEGO token: ${message}`);
}

/** The element at `at` and the offset behind it. */
export function readElement(bytes: Buffer, at: number): { element: BerElement; end: number } {
  if (at + 2 > bytes.length) bad('ends within an element');
  const tag = bytes.readUInt8(at);
  if ((tag & 0x1f) === 0x1f) bad('has a tag of several bytes');
  let length = bytes.readUInt8(at + 1);
  let from = at + 2;
  if (length >= 0x80) {
    const size = length & 0x7f;
    if (size === 0 || size > LONGEST_LENGTH) bad('has a length of a form that is not allowed');
    if (from + size > bytes.length) bad('ends within a length');
    length = bytes.readUIntBE(from, size);
    from += size;
  }
  const end = from + length;
  if (end > bytes.length) bad('has an element that is longer than the token');
  return { element: { tag, content: bytes.subarray(from, end) }, end };
}

/** All elements that fill `bytes`. */
export function readElements(bytes: Buffer): BerElement[] {
  const elements: BerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const { element, end } = readElement(bytes, at);
    elements.push(element);
    at = end;
  }
  return elements;
}

/** The content of the one element that `bytes` consist of, which must have `tag`. */
export function readOnly(bytes: Buffer, tag: number): Buffer {
  const { element, end } = readElement(bytes, 0);
  if (element.tag !== tag) bad(`has tag ${element.tag} where ${tag} is due`);
  if (end !== bytes.length) bad('goes on behind its end');
  return element.content;
}

/** An element with the joined `contents`. */
export function encodeElement(tag: number, ...contents: readonly Buffer[]): Buffer {
  let length = 0;
  for (const content of contents) length += content.length;
  return Buffer.concat([Buffer.from([tag, ...encodeLength(length)]), ...contents]);
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length];
  if (length <= 0xff) return [0x81, length];
  if (length <= 0xffff) return [0x82, length >> 8, length & 0xff];
  if (length <= 0xffffff) return [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  throw new SmbError('invalid_argument', `A token of ${length} bytes is too long for SPNEGO`);
}

/** The content bytes of an object identifier in dotted form (X.690 8.19). */
export function encodeOid(dotted: string): Buffer {
  const arcs = dotted.split('.').map(Number);
  const [first, second, ...rest] = arcs;
  if (first === undefined || second === undefined || !arcs.every(Number.isSafeInteger)) {
    throw new SmbError('invalid_argument', `${dotted} is no object identifier`);
  }
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift((left % 128) | 0x80);
    }
    bytes.push(...digits);
  }
  return Buffer.from(bytes);
}

/** The dotted form of an object identifier's content bytes. */
export function decodeOid(content: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const [index, byte] of content.entries()) {
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) bad('has an object identifier that is too large');
    if (byte & 0x80) {
      if (index === content.length - 1) bad('ends within an object identifier');
      continue;
    }
    arcs.push(arc);
    arc = 0;
  }
  const [head, ...rest] = arcs;
  if (head === undefined) bad('has an empty object identifier');
  const first = Math.min(Math.floor(head / 40), 2);
  return [first, head - first * 40, ...rest].join('.');
}
