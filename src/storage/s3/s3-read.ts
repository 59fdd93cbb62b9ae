import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { CallFacts, S3Connection } from './s3-connection.ts';
import { plainEtag, quotedEtag } from './s3-entry.ts';
import { changedError, s3Error, statusOf } from './s3-error.ts';
import { isDirectory, notFound } from './s3-look.ts';

/** One version of an object. */
export interface S3Version {
  /** Bytes. */
  readonly size: number;
  /** Undefined where the service tells none: then nothing shows that it changed. */
  readonly etag: string | undefined;
}

export interface ReadRequest {
  readonly path: string;
  readonly offset: number;
  /** Undefined: to the end. */
  readonly length?: number | undefined;
  /** Only this version; `changed_while_reading` when there is another one, or none any more. */
  readonly version?: S3Version | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The beginning of an answer: which version it is of, and its bytes, which have to be read or left. */
export interface OpenedRead {
  readonly version: S3Version;
  /** Ends with an error when it ends early, or when nothing comes for too long. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Lets go of the connection, whether everything was read or not. */
  close(): void;
}

/**
 * Asks for bytes of an object, once. Throws `not_found`, `is_a_directory` and whatever the network does.
 * Beyond the end there are no bytes.
 */
export async function openRead(
  connection: S3Connection,
  request: ReadRequest,
): Promise<OpenedRead> {
  const { path, signal } = request;
  const facts: CallFacts = { what: `reading ${path}`, signal, lane: 'read' };
  const leave = await connection.enter(facts, connection.signalOf(signal));
  let opened: OpenedBody | undefined;
  try {
    const response = await connection.once(facts, async (client, sdk, abortSignal) => {
      const { offset, length, version } = request;
      const end = length === undefined ? '' : String(offset + length - 1);
      const command = new sdk.GetObjectCommand({
        Bucket: connection.bucket,
        Key: path,
        ...((offset > 0 || end !== '') && { Range: `bytes=${offset}-${end}` }),
        ...(version?.etag !== undefined && { IfMatch: quotedEtag(version.etag) }),
      });
      return client.send(command, { abortSignal }).catch((error: unknown) => {
        throw refusal(error, request) ?? error;
      });
    });
    opened = new OpenedBody(connection, facts, request, response, leave);
    return opened;
  } catch (error) {
    leave();
    if (error instanceof PastTheEnd) return nothing(await describe(connection, request));
    throw await missing(connection, request, error);
  }
}

/** Size and version by HEAD. */
export async function describe(
  connection: S3Connection,
  request: Pick<ReadRequest, 'path' | 'version' | 'signal'>,
): Promise<S3Version> {
  const { path, signal, version } = request;
  try {
    const facts = { what: `looking at ${path}`, signal };
    const head = await connection.call(facts, (client, sdk, abortSignal) =>
      client.send(new sdk.HeadObjectCommand({ Bucket: connection.bucket, Key: path }), {
        abortSignal,
      }),
    );
    const found = { size: head.ContentLength ?? 0, etag: plainEtag(head.ETag) };
    if (version !== undefined && !isSameVersion(version, found)) throw changedError(path);
    return found;
  } catch (error) {
    throw await missing(connection, request, error);
  }
}

function isSameVersion(one: S3Version, other: S3Version): boolean {
  return one.size === other.size && one.etag === other.etag;
}

/** A range that begins at or beyond the end, which is refused as such. Caught here, told to nobody. */
class PastTheEnd extends TidewatchError {
  constructor() {
    super('invalid_argument', 'there is nothing at this position');
  }
}

function refusal(error: unknown, { path, version }: ReadRequest): TidewatchError | undefined {
  const status = statusOf(error);
  if (status === 416) return new PastTheEnd();
  if (status === 412 && version !== undefined) return changedError(path);
  return undefined;
}

/** What is missing is gone since the version was seen, a directory, or was never there. */
async function missing(
  connection: S3Connection,
  { path, version, signal }: Pick<ReadRequest, 'path' | 'version' | 'signal'>,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof TidewatchError) || error.code !== 'not_found') return error;
  if (version !== undefined) return changedError(path);
  try {
    if (await isDirectory(connection, path, signal)) {
      return new TidewatchError('is_a_directory', `${path} is a directory`);
    }
  } catch (other) {
    // Who may read and not list is told what is known; a bucket that is missing is missing.
    const isDenied = other instanceof TidewatchError && other.code === 'access_denied';
    return isDenied ? notFound(connection, path) : other;
  }
  return notFound(connection, path);
}

function nothing(version: S3Version): OpenedRead {
  return {
    version,
    chunks: Readable.from([]),
    close: () => undefined,
  };
}

/** The bytes of an answer, as they come. */
class OpenedBody implements OpenedRead {
  readonly version: S3Version;
  readonly #connection: S3Connection;
  readonly #facts: CallFacts;
  readonly #body: Readable;
  readonly #leave: () => void;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  /** Bytes that come before those asked for, from a service that takes no ranges. */
  readonly #skip: number;
  readonly #expected: number;

  constructor(
    connection: S3Connection,
    facts: CallFacts,
    { path, offset, length = Infinity, version }: ReadRequest,
    response: GetObjectCommandOutput,
    leave: () => void,
  ) {
    this.#connection = connection;
    this.#facts = facts;
    this.#leave = leave;
    this.#signal = connection.signalOf(facts.signal);
    const { Body: body } = response;
    if (!(body instanceof Readable)) {
      throw new TidewatchError('protocol_error', `${facts.what}: an answer without content`);
    }
    this.#body = body;
    // Nobody else listens when it is ended between two reads.
    body.on('error', () => undefined);
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.ContentRange ?? '');
    const size = range === null ? (response.ContentLength ?? 0) : Number(range[2]);
    this.version = { size, etag: plainEtag(response.ETag) };
    this.#skip = range === null ? offset : offset - Number(range[1]);
    this.#expected = Math.max(0, Math.min(length, size - offset));
    this.#onAbort = () => body.destroy();
    if (this.#skip < 0 || (version !== undefined && !isSameVersion(version, this.version))) {
      body.destroy();
      throw this.#skip < 0
        ? new TidewatchError('protocol_error', `${facts.what}: another range than was asked for`)
        : changedError(path);
    }
    this.#signal.addEventListener('abort', this.#onAbort, { once: true });
    if (this.#signal.aborted) body.destroy();
  }

  get chunks(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#body.destroy();
    this.#leave();
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    const { what, signal: caller } = this.#facts;
    const iterator = this.#body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
    let skip = this.#skip;
    let rest = this.#expected;
    while (rest > 0) {
      const chunk = await this.#next(iterator);
      if (this.#signal.aborted) throw this.#connection.endOf(this.#signal, caller);
      if (chunk === undefined) throw new TidewatchError('disconnected', `${what}: it ended early`);
      const wanted = chunk.subarray(Math.min(skip, chunk.length)).subarray(0, rest);
      skip -= Math.min(skip, chunk.length);
      rest -= wanted.length;
      if (wanted.length > 0) yield wanted;
    }
  }

  async #next(iterator: AsyncIterator<Uint8Array, undefined>): Promise<Uint8Array | undefined> {
    const { timers, limits } = this.#connection;
    const { what, signal: caller } = this.#facts;
    let isIdle = false;
    const timer = timers.setTimeout(() => {
      isIdle = true;
      this.#body.destroy();
    }, limits.idleMs);
    try {
      return (await iterator.next()).value;
    } catch (error) {
      if (this.#signal.aborted) throw this.#connection.endOf(this.#signal, caller);
      if (!isIdle) throw s3Error(error, what);
      const message = `${what}: nothing came for ${limits.idleMs} ms`;
      throw new TidewatchError('timeout', message);
    } finally {
      timers.clearTimeout(timer);
    }
  }
}
