import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { StorageWatch, WatchListener } from '../storage.ts';
import type { S3Connection } from './s3-connection.ts';
import { s3Error } from './s3-error.ts';
import { isDirectory, throwNoDirectory } from './s3-look.ts';
import { checkPath } from './s3-path.ts';

/**
 * S3 tells nobody what changes: who wants to know has to list, and is told so with `notify_unsupported`.
 * Before, it is looked whether there is a directory, so that a service that cannot be reached, or a
 * directory that is gone, passes for what it is.
 */
export class S3Watch implements StorageWatch {
  readonly directoryId = undefined;
  readonly #closed = new AbortController();

  constructor(connection: S3Connection, path: string, listener: WatchListener) {
    const { signal } = this.#closed;
    void reasonToPoll(connection, path, signal).then((reason) => {
      if (signal.aborted) return;
      this.#closed.abort();
      listener.ended(reason);
    });
  }

  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }
}

async function reasonToPoll(
  connection: S3Connection,
  path: string,
  signal: AbortSignal,
): Promise<TidewatchError> {
  try {
    checkPath(path);
    const isThere = await isDirectory(connection, path, signal);
    if (!isThere) return await throwNoDirectory(connection, path, signal);
    return new TidewatchError('notify_unsupported', 'S3 does not report changes, so it is polled');
  } catch (error) {
    return s3Error(error, `looking at ${path}`);
  }
}
