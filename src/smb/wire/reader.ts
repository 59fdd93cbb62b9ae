import { SmbError } from '../smb-error.ts';
import { BODY, EMPTY, FILE_ID_SIZE } from './layout.ts';

/**
 * Bounds-checked little-endian access to received bytes. Every method throws
 * `SmbError('protocol_error')` instead of reading outside, so a decoder built on it can end in no
 * other error whatever the bytes are.
 */
export class Reader {
  readonly bytes: Buffer;
  readonly length: number;
  /** What is being decoded; starts the message of every error. */
  readonly what: string;

  constructor(bytes: Buffer, what: string) {
    this.bytes = bytes;
    this.length = bytes.length;
    this.what = what;
  }

  /** Throws the typed error for bytes that make no sense. */
  fail(message: string): never {
    throw new SmbError('protocol_error', `${this.what}: ${message}`);
  }

  /** Makes sure that `length` bytes exist from `at` on. */
  require(at: number, length: number): void {
    if (at < 0 || length < 0 || at + length > this.length) {
      this.fail(`needs ${length} bytes at ${at}, has ${this.length}`);
    }
  }

  u8(at: number): number {
    this.require(at, 1);
    return this.bytes.readUInt8(at);
  }

  u16(at: number): number {
    this.require(at, 2);
    return this.bytes.readUInt16LE(at);
  }

  u32(at: number): number {
    this.require(at, 4);
    return this.bytes.readUInt32LE(at);
  }

  u64(at: number): bigint {
    this.require(at, 8);
    return this.bytes.readBigUInt64LE(at);
  }

  /** A 64-bit size or offset as a number; above 2^53-1 it is an error. */
  size64(at: number): number {
    this.require(at, 8);
    const high = this.bytes.readUInt32LE(at + 4);
    if (high > 0x1fffff) this.fail(`the number at ${at} is too large for a size`);
    return high * 0x100000000 + this.bytes.readUInt32LE(at);
  }

  /** A view of `length` bytes, not a copy. */
  slice(at: number, length: number): Buffer {
    this.require(at, length);
    return this.bytes.subarray(at, at + length);
  }

  /** A copy of the 16 bytes of a file handle. */
  fileId(at: number): Buffer {
    return Buffer.from(this.slice(at, FILE_ID_SIZE));
  }

  /** UTF-16LE text of `length` bytes. Unpaired surrogates stay as they are. */
  utf16(at: number, length: number): string {
    if (length % 2 !== 0) this.fail(`text of an odd number of bytes (${length}) at ${at}`);
    this.require(at, length);
    return this.bytes.toString('utf16le', at, at + length);
  }

  /**
   * Checks the StructureSize that opens the body of a message and that the fixed part is there.
   * An odd size counts one byte of the variable part, which may be absent.
   */
  structure(size: number): void {
    const found = this.u16(BODY);
    if (found !== size) this.fail(`StructureSize ${found} instead of ${size}`);
    this.require(BODY, size - (size % 2));
  }

  /**
   * A view of a variable part of a message given by offset and length. It has to lie behind the
   * fixed part, which ends at `from`. When the length is 0 the offset means nothing.
   */
  variable(offset: number, length: number, from: number): Buffer {
    if (length === 0) return EMPTY;
    if (offset < from) this.fail(`the part at ${offset} overlaps the fixed part`);
    return this.slice(offset, length);
  }
}
