import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { CallOptions } from '../storage.ts';
import type { S3Connection } from './s3-connection.ts';
import { alreadyExists, guarded, withoutGuardIfUnknown } from './overwrite-guard.ts';
import { throwIfAborted } from './s3-error.ts';
import { findFile, isDirectory } from './s3-look.ts';
import { Multipart } from './s3-multipart.ts';
import { inParts } from './s3-parts.ts';
import { checkFilePath } from './s3-path.ts';

export interface WriteOptions extends CallOptions {
  readonly overwrite?: boolean;
}

/**
 * Writes an object; gives its bytes. It appears when all of it is there: small content in one request,
 * more in parts, of which only some are in memory, and none stays when it fails. Directories need not
 * exist before. With `overwrite: false` the service itself refuses to replace another one
 * (If-None-Match), where it knows how; elsewhere it is looked for before, and another writer at the same
 * moment may be quicker.
 */
export async function writeS3File(
  connection: S3Connection,
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  { signal, overwrite = true }: WriteOptions,
): Promise<number> {
  throwIfAborted(signal);
  checkFilePath(path);
  await refuseTaken(connection, path, overwrite, signal);
  // When one part fails nobody waits for the next.
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const parts = inParts(content, connection.limits.partBytes, either);
  try {
    const first = await parts.next();
    const start = first.value ?? new Uint8Array(0);
    const second = first.done === true ? first : await parts.next();
    if (second.done === true) {
      await put(connection, path, start, { signal, overwrite });
      return start.length;
    }
    const upload = new Multipart(connection, path, { signal, overwrite, failed });
    return await upload.write([start, second.value], parts);
  } finally {
    await parts.return();
  }
}

/** Whoever may write and not look is let through. */
async function refuseTaken(
  connection: S3Connection,
  path: string,
  overwrite: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const [isThere, file] = await Promise.all([
      isDirectory(connection, path, signal),
      overwrite ? undefined : findFile(connection, path, signal),
    ]);
    // An object beside those below it would be in no listing.
    if (isThere) throw new TidewatchError('is_a_directory', `${path} is a directory`);
    if (file !== undefined) throw alreadyExists(path);
  } catch (error) {
    if (!(error instanceof TidewatchError) || error.code !== 'access_denied') throw error;
  }
}

async function put(
  connection: S3Connection,
  path: string,
  body: Uint8Array,
  { signal, overwrite }: { readonly signal: AbortSignal | undefined; readonly overwrite: boolean },
): Promise<void> {
  const send = (isGuarded: boolean): Promise<unknown> =>
    connection.call(
      // What was written without an answer would refuse the second try.
      { what: `writing ${path}`, signal, lane: 'write', mayRepeat: !isGuarded },
      (client, sdk, abortSignal) =>
        guarded(path, isGuarded, () =>
          client.send(
            new sdk.PutObjectCommand({
              Bucket: connection.bucket,
              Key: path,
              Body: body,
              ContentLength: body.length,
              ...(isGuarded && { IfNoneMatch: '*' }),
            }),
            { abortSignal },
          ),
        ),
    );
  await withoutGuardIfUnknown(!overwrite, send);
}
