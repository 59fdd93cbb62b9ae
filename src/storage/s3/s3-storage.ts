import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { CallOptions, Storage, StorageEntry, StorageWatch } from '../storage.ts';
import type { WatchListener, WatchRequest } from '../storage.ts';
import { S3Connection } from './s3-connection.ts';
import type { S3ConnectionOptions } from './s3-connection.ts';
import { throwIfAborted } from './s3-error.ts';
import { listS3 } from './s3-list.ts';
import { isDirectory, lookAt, notFound, throwNoDirectory } from './s3-look.ts';
import { checkFilePath, checkPath, prefixOf } from './s3-path.ts';
import { describe } from './s3-read.ts';
import type { S3Version } from './s3-read.ts';
import { readS3Ranges, readS3Stream } from './s3-read-ranges.ts';
import type { ByteRange, ReadOptions } from './s3-read-ranges.ts';
import { S3Watch } from './s3-watch.ts';
import { writeS3File } from './s3-write.ts';
import type { WriteOptions } from './s3-write.ts';

/**
 * A bucket as a storage. Nothing is asked of the service before the first call.
 *
 * @throws TidewatchError `invalid_argument` for a bucket or endpoint that cannot be.
 */
export function openS3Storage(options: S3ConnectionOptions): S3Storage {
  return new S3Storage(new S3Connection(options));
}

/**
 * See `Storage`. A directory is there as long as any key lies below it; where an object has the name of a
 * directory, the directory is told. Keys that are no path (see `s3-path.ts`) are left out.
 */
export class S3Storage implements Storage {
  readonly kind = 's3';
  /** There is no watch at all; each directory is polled on its own. */
  readonly recursion = 'partial';
  readonly #connection: S3Connection;

  constructor(connection: S3Connection) {
    this.#connection = connection;
  }

  /** Requests under way now, bodies that are being read included. */
  get requests(): number {
    return this.#connection.requests;
  }

  /** Sockets that are open now, idle ones included. */
  get sockets(): number {
    return this.#connection.sockets;
  }

  list(path: string, options: CallOptions = {}): AsyncGenerator<readonly StorageEntry[], void> {
    return listS3(this.#connection, path, options);
  }

  async find(
    directory: string,
    name: string,
    { signal }: CallOptions = {},
  ): Promise<StorageEntry | undefined> {
    throwIfAborted(signal);
    checkPath(directory);
    const path = `${prefixOf(directory)}${name}`;
    if (name === '' || name.includes('/') || !isPath(path)) return undefined;
    const entry = await lookAt(this.#connection, path, signal);
    if (entry !== undefined || (await isDirectory(this.#connection, directory, signal))) {
      return entry;
    }
    return throwNoDirectory(this.#connection, directory, signal);
  }

  async stat(path: string, { signal }: CallOptions = {}): Promise<StorageEntry> {
    throwIfAborted(signal);
    checkPath(path);
    const entry = await lookAt(this.#connection, path, signal);
    if (entry === undefined) throw notFound(this.#connection, path);
    return entry;
  }

  /** Size and version of an object, for those who read it in steps. */
  describe(path: string, { signal }: CallOptions = {}): Promise<S3Version> {
    throwIfAborted(signal);
    checkFilePath(path);
    return describe(this.#connection, { path, signal });
  }

  readRanges(
    path: string,
    ranges: readonly ByteRange[],
    options: ReadOptions = {},
  ): Promise<{ size: number; chunks: Uint8Array[] }> {
    return readS3Ranges(this.#connection, path, ranges, options);
  }

  readStream(
    path: string,
    options: ReadOptions & { readonly start?: number } = {},
  ): AsyncGenerator<Uint8Array, void> {
    return readS3Stream(this.#connection, path, options);
  }

  writeFile(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions = {},
  ): Promise<number> {
    return writeS3File(this.#connection, path, content, options);
  }

  watch({ path }: WatchRequest, listener: WatchListener): StorageWatch {
    return new S3Watch(this.#connection, path, listener);
  }

  /** Ends what is under way with `closed`, and closes every socket. May be called again. */
  close(): void {
    this.#connection.close();
  }
}

function isPath(path: string): boolean {
  try {
    checkPath(path);
    return true;
  } catch (error) {
    if (error instanceof TidewatchError) return false;
    throw error;
  }
}
