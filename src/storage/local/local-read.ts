import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { CallOptions } from '../storage.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { isSame } from './directory-handle.ts';
import { localError, throughLink, throwIfAborted } from './local-error.ts';
import { lookUp } from './local-list.ts';
import { checkFilePath, displayPath, splitPath } from './local-path.ts';
import type { LocalRoot } from './local-root.ts';

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Bytes of a file, cut off at its end. Throws `changed_while_reading` when afterwards another file stands
 * at the path, or the same one with another size or time. Two writes within one tick of the clock of the
 * file system (some milliseconds) that leave the size alone cannot be told apart.
 */
export async function readLocalRanges(
  root: LocalRoot,
  path: string,
  ranges: readonly ByteRange[],
  { signal }: CallOptions,
): Promise<{ size: number; chunks: Uint8Array[] }> {
  for (const { offset, length } of ranges) {
    refuseNegative('offset', offset);
    refuseNegative('length', length);
  }
  return withFile(root, path, signal, async (file, before, directory) => {
    const size = Number(before.size);
    const chunks: Uint8Array[] = [];
    for (const { offset, length } of ranges) {
      throwIfAborted(signal);
      const chunk = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, size - offset)));
      if ((await fill(file, chunk, offset)) < chunk.length) throw changed(path);
      chunks.push(chunk);
    }
    const after = await lookUp(root, directory, splitPath(path).name);
    const intact =
      after !== undefined &&
      isSame(after, before) &&
      after.size === before.size &&
      after.mtimeNs === before.mtimeNs;
    if (!intact) throw changed(path);
    return { size, chunks };
  });
}

/**
 * The content of a file from `start` to where it ended when it was opened. Throws
 * `changed_while_reading` when it ends earlier by then.
 */
export async function* readLocalStream(
  root: LocalRoot,
  path: string,
  { signal, start = 0 }: CallOptions & { readonly start?: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  refuseNegative('start', start);
  const { file, stats, directory } = await openFile(root, path, signal);
  try {
    const end = Number(stats.size);
    for (let at = start; at < end;) {
      throwIfAborted(signal);
      const chunk = Buffer.allocUnsafeSlow(Math.min(DEFAULTS.localReadBytes, end - at));
      if ((await fill(file, chunk, at)) < chunk.length) throw changed(path);
      at += chunk.length;
      yield chunk;
    }
    throwIfAborted(signal);
  } catch (error) {
    throw localError(error, path);
  } finally {
    await file.close();
    await directory.close();
  }
}

async function withFile<Result>(
  root: LocalRoot,
  path: string,
  signal: AbortSignal | undefined,
  use: (file: FileHandle, stats: BigIntStats, directory: DirectoryHandle) => Promise<Result>,
): Promise<Result> {
  const { file, stats, directory } = await openFile(root, path, signal);
  try {
    return await use(file, stats, directory);
  } catch (error) {
    throw localError(error, path);
  } finally {
    await file.close();
    await directory.close();
  }
}

interface OpenedFile {
  readonly file: FileHandle;
  readonly stats: BigIntStats;
  readonly directory: DirectoryHandle;
}

/** Opens a regular file and the directory it is in; both are to be closed by the caller. */
async function openFile(
  root: LocalRoot,
  path: string,
  signal: AbortSignal | undefined,
): Promise<OpenedFile> {
  throwIfAborted(signal);
  checkFilePath(path, root.fs.platform);
  const { directory: parent, name } = splitPath(path);
  const directory = await root.openDirectory(parent);
  let file: FileHandle | undefined;
  try {
    // Looked at before it is opened: opening a device may act.
    refuseOthers(path, await root.fs.lstat(directory.at(name), { bigint: true }));
    // A pipe put there meanwhile would wait for a writer.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const flags = O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);
    file = await root.fs.open(directory.at(name), flags);
    const stats = await file.stat({ bigint: true });
    refuseOthers(path, stats);
    return { file, stats, directory };
  } catch (error) {
    await file?.close();
    await directory.close();
    throw localError(error, path);
  }
}

function refuseOthers(path: string, stats: BigIntStats): void {
  if (stats.isSymbolicLink()) throw throughLink(path);
  if (stats.isDirectory()) {
    throw new TidewatchError('is_a_directory', `${displayPath(path)} is a directory`);
  }
  if (!stats.isFile()) {
    throw new TidewatchError('unsupported', `${displayPath(path)} is no regular file`);
  }
}

/** Reads until the chunk is full or the file ends; gives the bytes read. */
async function fill(file: FileHandle, chunk: Buffer, position: number): Promise<number> {
  let done = 0;
  while (done < chunk.length) {
    const { bytesRead } = await file.read(chunk, done, chunk.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

function refuseNegative(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new TidewatchError('invalid_argument', `${what} is ${value}, which is no position`);
}

function changed(path: string): TidewatchError {
  const message = `${displayPath(path)} changed while it was read`;
  return new TidewatchError('changed_while_reading', message);
}
