import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { CallOptions } from '../storage.ts';
import type { S3Connection } from './s3-connection.ts';
import { changedError, throwIfAborted } from './s3-error.ts';
import { checkFilePath } from './s3-path.ts';
import { describe, openRead } from './s3-read.ts';
import type { ReadRequest, S3Version } from './s3-read.ts';

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface ReadOptions extends CallOptions {
  /** Only this version of the object; `changed_while_reading` when there is another one. */
  readonly version?: S3Version | undefined;
}

/**
 * Bytes of an object, cut off at its end. The first range tells which version it is, and the others are
 * asked for with If-Match, so that all are of one: `changed_while_reading` when there is another one, or
 * none any more.
 */
export async function readS3Ranges(
  connection: S3Connection,
  path: string,
  ranges: readonly ByteRange[],
  { signal: caller, version: wanted }: ReadOptions,
): Promise<{ size: number; chunks: Uint8Array[] }> {
  throwIfAborted(caller);
  checkFilePath(path);
  for (const { offset, length } of ranges) {
    refuseNegative('offset', offset);
    refuseNegative('length', length);
  }
  // When one fails the others are pointless.
  const failed = new AbortController();
  const signal = caller === undefined ? failed.signal : AbortSignal.any([caller, failed.signal]);
  try {
    let version = wanted;
    const read = async ({ offset, length }: ByteRange): Promise<Uint8Array> => {
      if (length === 0) return new Uint8Array(0);
      const request = { path, offset, length, version, signal };
      const { bytes, version: seen } = await readRange(connection, request);
      version ??= seen;
      return bytes;
    };
    const at = ranges.findIndex(({ length }) => length > 0);
    const first = at < 0 ? undefined : await read(ranges[at]!);
    version ??= await describe(connection, { path, signal });
    const chunks = await Promise.all(
      ranges.map(async (range, index) => (index === at ? first! : read(range))),
    );
    return { size: version.size, chunks };
  } catch (error) {
    throwIfAborted(caller);
    throw error;
  } finally {
    failed.abort();
  }
}

/**
 * The content of an object from `start` on. A connection that breaks in the midst of it is made again,
 * and goes on where it was, if it is still the same version.
 */
export async function* readS3Stream(
  connection: S3Connection,
  path: string,
  options: ReadOptions & { readonly start?: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal, start = 0 } = options;
  throwIfAborted(signal);
  checkFilePath(path);
  refuseNegative('start', start);
  let { version } = options;
  let at = start;
  for (let attempt = 1; ; attempt += 1) {
    const before = at;
    try {
      const opened = await openRead(connection, { path, offset: at, version, signal });
      try {
        version ??= opened.version;
        for await (const chunk of opened.chunks) {
          at += chunk.length;
          yield chunk;
        }
        // Also when everything had come before it was aborted: nobody is to take it for whole.
        throwIfAborted(signal);
        return;
      } finally {
        opened.close();
      }
    } catch (error) {
      // What goes on is no failure in a row.
      if (at > before) attempt = 0;
      if (!connection.mayRetry(error, attempt)) throw error;
      await connection.pause(attempt, signal);
    }
  }
}

async function readRange(
  connection: S3Connection,
  request: ReadRequest & { readonly length: number },
): Promise<{ bytes: Uint8Array; version: S3Version }> {
  const { path, offset, length, signal } = request;
  return connection.repeat({ what: `reading ${path}`, signal }, async () => {
    const opened = await openRead(connection, request);
    try {
      const { version } = opened;
      const bytes = new Uint8Array(Math.max(0, Math.min(length, version.size - offset)));
      let done = 0;
      for await (const chunk of opened.chunks) {
        bytes.set(chunk, done);
        done += chunk.length;
      }
      if (done < bytes.length) throw changedError(path);
      return { bytes, version };
    } finally {
      opened.close();
    }
  });
}

function refuseNegative(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new TidewatchError('invalid_argument', `${what} is ${value}, which is no position`);
}
