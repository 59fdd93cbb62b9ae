import { SmbError } from '../smb-error.ts';

/** Where the body of every message begins: behind the 64-byte header. */
export const BODY = 64;

/** Shared empty buffer for variable parts that are absent. */
export const EMPTY: Buffer = Buffer.alloc(0);

/** Number of bytes of a file handle (MS-SMB2 2.2.14.1). */
export const FILE_ID_SIZE = 16;

/** The next multiple of 8 at or above `n`. */
export function align8(n: number): number {
  return Math.ceil(n / 8) * 8;
}

/**
 * A length that has to fit a 16-bit field. Throws `invalid_argument`: only a caller's own
 * oversized name or token can get here.
 */
export function fit16(length: number, what: string): number {
  if (length > 0xffff) {
    throw new SmbError('invalid_argument', `${what} of ${length} bytes does not fit its message`);
  }
  return length;
}

/** Writes `text` as UTF-16LE, unpaired surrogates as they are; returns the offset behind it. */
export function writeUtf16(into: Buffer, text: string, at: number): number {
  return at + into.write(text, at, 'utf16le');
}

/**
 * Zeroed bytes that end with a name in UTF-16LE, which begins at `nameAt`, and hold its length in
 * bytes as 32 bits at `lengthAt`; `minimum` bytes at least.
 */
export function withName(
  name: string,
  layout: { readonly lengthAt: number; readonly nameAt: number; readonly minimum?: number },
): Buffer {
  const { lengthAt, nameAt, minimum = 0 } = layout;
  const buffer = Buffer.alloc(Math.max(minimum, nameAt + name.length * 2));
  buffer.writeUInt32LE(name.length * 2, lengthAt);
  writeUtf16(buffer, name, nameAt);
  return buffer;
}

/** Writes a 16-byte file handle; returns the offset behind it. */
export function writeFileId(into: Buffer, fileId: Buffer, at: number): number {
  if (fileId.length !== FILE_ID_SIZE) {
    throw new SmbError('invalid_argument', `a file handle has 16 bytes, not ${fileId.length}`);
  }
  return at + fileId.copy(into, at);
}
