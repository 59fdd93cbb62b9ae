import { open, stat } from 'node:fs/promises';
import { fromNodeError } from '../errors/from-node-error.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { imohashRanges } from './ranges.ts';
import type { ImohashOptions } from './windows.ts';

/**
 * The imohash of a file of this machine.
 *
 * @throws TidewatchError `not_found`, `access_denied`, `is_a_directory`, `unsupported` (no regular
 * file), `changed_while_reading` when its size changes meanwhile, `io_error` for the rest.
 */
export async function imohashFile(path: string, options: ImohashOptions = {}): Promise<string> {
  try {
    // Looked at before it is opened: opening a pipe would wait for a writer, opening a device may act.
    const before = await stat(path);
    if (before.isDirectory()) throw new TidewatchError('is_a_directory', `${path} is a directory`);
    if (!before.isFile()) throw new TidewatchError('unsupported', `${path} is no regular file`);
    const file = await open(path, 'r');
    try {
      return await imohashOpenFile(file, path, options);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

/** The part of an open file that hashing needs; FileHandle of node:fs/promises has it. */
export interface OpenFile {
  stat(): Promise<{ readonly size: number }>;
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
}

/** The imohash of an open file; `path` is for the messages. Throws like imohashFile. */
export async function imohashOpenFile(
  file: OpenFile,
  path: string,
  options: ImohashOptions = {},
): Promise<string> {
  const { size } = await file.stat();
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await file.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  };
  const hash = await imohashRanges(size, read, options);
  const after = await file.stat();
  if (after.size !== size) {
    const message = `${path} changed from ${size} to ${after.size} bytes while it was hashed`;
    throw new TidewatchError('changed_while_reading', message);
  }
  return hash;
}
