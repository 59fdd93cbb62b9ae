import type { CompletedPart } from '@aws-sdk/client-s3';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { DEFAULTS } from '../../defaults.ts';
import type { S3Connection } from './s3-connection.ts';
import { guarded, withoutGuardIfUnknown } from './overwrite-guard.ts';

export interface MultipartOptions {
  readonly signal: AbortSignal | undefined;
  readonly overwrite: boolean;
  /** Aborted here when one part fails; who gives the parts ends as well. */
  readonly failed: AbortController;
}

/** One object that is written in parts. When it fails the service is told to forget them. */
export class Multipart {
  readonly #connection: S3Connection;
  readonly #path: string;
  readonly #overwrite: boolean;
  readonly #caller: AbortSignal | undefined;
  readonly #failed: AbortController;
  readonly #signal: AbortSignal;
  readonly #parts: CompletedPart[] = [];
  #uploadId = '';
  /** Why the first part failed that did. */
  #failure: Error | undefined;

  constructor(connection: S3Connection, path: string, options: MultipartOptions) {
    this.#connection = connection;
    this.#path = path;
    this.#overwrite = options.overwrite;
    this.#caller = options.signal;
    this.#failed = options.failed;
    const { signal } = options.failed;
    this.#signal =
      options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]);
  }

  /** Writes the parts that are there and those that follow; gives the bytes of all. */
  async write(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): Promise<number> {
    await this.#begin();
    const running = new Set<Promise<void>>();
    try {
      const bytes = await this.#writeParts(first, rest, running);
      await this.#complete();
      return bytes;
    } catch (error) {
      // What is under way now ends because of it.
      const why = this.#failure ?? error;
      this.#failed.abort();
      await Promise.allSettled(running);
      await this.#forget();
      throw why;
    }
  }

  async #begin(): Promise<void> {
    const { bucket } = this.#connection;
    const answer = await this.#connection.call(
      // A second try might leave the upload of the first behind, whose answer was lost.
      { what: `writing ${this.#path}`, signal: this.#caller, lane: 'short', mayRepeat: false },
      (client, sdk, abortSignal) =>
        client.send(new sdk.CreateMultipartUploadCommand({ Bucket: bucket, Key: this.#path }), {
          abortSignal,
        }),
    );
    if (answer.UploadId === undefined) {
      throw new TidewatchError('protocol_error', `writing ${this.#path}: an upload without id`);
    }
    this.#uploadId = answer.UploadId;
  }

  async #writeParts(
    first: readonly Uint8Array[],
    rest: AsyncIterable<Uint8Array>,
    running: Set<Promise<void>>,
  ): Promise<number> {
    let bytes = 0;
    let number = 0;
    const start = async (part: Uint8Array): Promise<void> => {
      number += 1;
      bytes += part.length;
      const uploading = this.#writePart(number, part)
        .catch((error: Error) => {
          this.#failure ??= error;
          this.#failed.abort();
        })
        .finally(() => running.delete(uploading));
      running.add(uploading);
      if (running.size >= this.#connection.limits.partsAtOnce) await Promise.race(running);
      if (this.#failure !== undefined) throw this.#failure;
    };
    for (const part of first) await start(part);
    for await (const part of rest) await start(part);
    await Promise.all(running);
    if (this.#failure !== undefined) throw this.#failure;
    return bytes;
  }

  async #writePart(number: number, body: Uint8Array): Promise<void> {
    const { bucket } = this.#connection;
    const answer = await this.#connection.call(
      { what: `writing ${this.#path}`, signal: this.#signal, lane: 'write' },
      (client, sdk, abortSignal) =>
        client.send(
          new sdk.UploadPartCommand({
            Bucket: bucket,
            Key: this.#path,
            UploadId: this.#uploadId,
            PartNumber: number,
            Body: body,
            ContentLength: body.length,
          }),
          { abortSignal },
        ),
    );
    this.#parts.push({ PartNumber: number, ETag: answer.ETag });
  }

  async #complete(): Promise<void> {
    const { bucket } = this.#connection;
    const Parts = this.#parts.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    await withoutGuardIfUnknown(!this.#overwrite, (isGuarded) =>
      this.#connection.call(
        // Putting large files together takes services long; a second try finds no upload any more.
        { what: `writing ${this.#path}`, signal: this.#caller, lane: 'write', mayRepeat: false },
        (client, sdk, abortSignal) =>
          guarded(this.#path, isGuarded, () =>
            client.send(
              new sdk.CompleteMultipartUploadCommand({
                Bucket: bucket,
                Key: this.#path,
                UploadId: this.#uploadId,
                MultipartUpload: { Parts },
                ...(isGuarded && { IfNoneMatch: '*' }),
              }),
              { abortSignal },
            ),
          ),
      ),
    );
  }

  /** What the caller has aborted has to be given back all the same, within bounds. */
  async #forget(): Promise<void> {
    const { bucket, timers } = this.#connection;
    const late = new AbortController();
    const timer = timers.setTimeout(() => late.abort(), DEFAULTS.s3CleanUpMs);
    try {
      await this.#connection.call(
        { what: `giving up ${this.#path}`, signal: late.signal },
        (client, sdk, abortSignal) =>
          client.send(
            new sdk.AbortMultipartUploadCommand({
              Bucket: bucket,
              Key: this.#path,
              UploadId: this.#uploadId,
            }),
            { abortSignal },
          ),
      );
    } catch {
      // Why it failed is told already. A service that is gone keeps the parts; see docs/limits.md.
    } finally {
      timers.clearTimeout(timer);
    }
  }
}
