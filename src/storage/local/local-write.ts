import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { CallOptions } from '../storage.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { localError, systemCode, throwIfAborted } from './local-error.ts';
import { lookUp } from './local-list.ts';
import { checkFilePath, displayPath, splitPath } from './local-path.ts';
import type { LocalRoot } from './local-root.ts';

/** File systems without hard links say one of these. */
const NO_LINKS = new Set(['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK']);

/**
 * Writes a whole file under a temporary name beside it, flushes it to the disk and puts it in place in one
 * step: readers see the old file or the new one, never a part. Whatever fails, the temporary file is
 * removed. A file that is replaced keeps its permissions; a link is replaced, not followed.
 */
export async function writeLocalFile(
  root: LocalRoot,
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  { signal, overwrite = true }: CallOptions & { readonly overwrite?: boolean },
): Promise<number> {
  throwIfAborted(signal);
  checkFilePath(path, root.fs.platform);
  const { directory: parent, name } = splitPath(path);
  const directory = await root.openDirectory(parent);
  const temporary = directory.at(`.tidewatch-${randomUUID()}.tmp`);
  try {
    const mode = await modeFor(root, directory, path, overwrite);
    const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
    const flags = O_CREAT | O_EXCL | O_WRONLY | (O_NOFOLLOW ?? 0);
    const file = await root.fs.open(temporary, flags, mode ?? 0o666);
    let bytes: number;
    try {
      // Only with chmod: what open is told is cut down by the umask.
      if (mode !== undefined) await file.chmod(mode);
      bytes = await writeAll(file, content, signal);
      await file.sync();
    } finally {
      await file.close();
    }
    throwIfAborted(signal);
    if (overwrite) await root.fs.rename(temporary, directory.at(name));
    else await placeNew(root, directory, temporary, name);
    return bytes;
  } catch (error) {
    throw localError(error, path);
  } finally {
    await root.fs.rm(temporary, { force: true });
    await directory.close();
  }
}

/** The permissions of the file that is to be replaced; throws for what cannot be. */
async function modeFor(
  root: LocalRoot,
  directory: DirectoryHandle,
  path: string,
  overwrite: boolean,
): Promise<number | undefined> {
  const old = await lookUp(root, directory, splitPath(path).name);
  if (old === undefined) return undefined;
  if (!overwrite) throw new TidewatchError('already_exists', `${displayPath(path)} exists`);
  if (old.isDirectory()) {
    throw new TidewatchError('is_a_directory', `${displayPath(path)} is a directory`);
  }
  return old.isFile() ? Number(old.mode & 0o777n) : undefined;
}

/** Gives a finished file its name unless that is taken. */
async function placeNew(
  root: LocalRoot,
  directory: DirectoryHandle,
  temporary: string | Buffer,
  name: string,
): Promise<void> {
  try {
    await root.fs.link(temporary, directory.at(name));
  } catch (error) {
    if (!NO_LINKS.has(systemCode(error))) throw error;
    // The name is taken first, with an empty file, and then given to the finished one.
    await (await root.fs.open(directory.at(name), 'wx')).close();
    await root.fs.rename(temporary, directory.at(name));
  }
}

async function writeAll(
  file: FileHandle,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const pieces = content instanceof Uint8Array ? [content] : content;
  let bytes = 0;
  for await (const piece of pieces) {
    throwIfAborted(signal);
    for (let done = 0; done < piece.length;) {
      const { bytesWritten } = await file.write(piece, done, piece.length - done);
      done += bytesWritten;
    }
    bytes += piece.length;
  }
  throwIfAborted(signal);
  return bytes;
}
