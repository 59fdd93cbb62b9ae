import { TidewatchError } from '../errors/tidewatch-error.ts';
import { Murmur3, murmur3Engine } from './murmur3.ts';
import { readUvarint, uvarint } from './varint.ts';
import { imohashWindows } from './windows.ts';
import type { ImohashOptions } from './windows.ts';

/** The imohash of bytes in memory: 32 lower-case hexadecimal digits. */
export function imohash(bytes: Uint8Array, options: ImohashOptions = {}): string {
  const hash = new Murmur3();
  for (const { offset, length } of imohashWindows(bytes.length, options)) {
    hash.update(bytes.subarray(offset, offset + length));
  }
  return finishImohash(hash, bytes.length);
}

/**
 * The imohash of a file of `size` bytes from the contents of its `imohashWindows`, in their order.
 *
 * @throws TidewatchError `changed_while_reading` when a window is shorter than it should be, which
 * means that the file shrank since its size was taken; `invalid_argument` when windows are missing.
 */
export function imohashFromWindows(
  size: number,
  contents: readonly Uint8Array[],
  options: ImohashOptions = {},
): string {
  const windows = imohashWindows(size, options);
  if (contents.length !== windows.length) {
    const message = `expected ${windows.length} windows of the file, got ${contents.length}`;
    throw new TidewatchError('invalid_argument', message);
  }
  const hash = new Murmur3();
  windows.forEach(({ offset, length }, i) => {
    const bytes = contents[i] ?? new Uint8Array();
    if (bytes.length < length) throw endedEarly(offset + bytes.length, size);
    if (bytes.length > length) {
      const message = `the window at ${offset} has ${bytes.length} bytes instead of ${length}`;
      throw new TidewatchError('invalid_argument', message);
    }
    hash.update(bytes);
  });
  return finishImohash(hash, size);
}

/**
 * The size in bytes of the file that an imohash was made of: it stands at its front.
 *
 * @throws TidewatchError `invalid_argument` for what is no imohash.
 */
export function imohashSize(hash: string): number {
  const size = /^[0-9a-f]{32}$/.test(hash) ? readUvarint(Buffer.from(hash, 'hex')) : undefined;
  if (size !== undefined) return size;
  throw new TidewatchError('invalid_argument', 'an imohash has 32 lower-case hexadecimal digits');
}

/** How hashes are computed here: in WebAssembly, or about thirty times slower in plain code. */
export function imohashEngine(): 'wasm' | 'plain' {
  return murmur3Engine().name;
}

/** Joins the size of the file and the hash of its windows, as hexadecimal digits. */
export function finishImohash(hash: Murmur3, size: number): string {
  const bytes = hash.digest();
  bytes.set(uvarint(size));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** The error for a file that ends before the size it had. */
export function endedEarly(at: number, size: number): TidewatchError {
  const message = `the file of ${size} bytes ended at byte ${at} while it was being hashed`;
  return new TidewatchError('changed_while_reading', message);
}
