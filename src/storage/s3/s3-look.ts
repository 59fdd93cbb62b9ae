import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { StorageEntry } from '../storage.ts';
import type { S3Connection } from './s3-connection.ts';
import { directoryEntry, fileEntry, lastName } from './s3-entry.ts';
import { decodeKey, prefixOf } from './s3-path.ts';

export interface PageRequest {
  readonly prefix: string;
  readonly delimiter?: string;
  readonly most: number;
  readonly token?: string | undefined;
}

/** One page of a listing, with its keys as they are; those that are no text are left out. */
export interface KeyPage {
  readonly objects: readonly { readonly key: string; readonly facts: ObjectOfPage }[];
  readonly prefixes: readonly string[];
  /** Where the next page begins; undefined for the last. */
  readonly next: string | undefined;
}

type ObjectOfPage = NonNullable<ListObjectsV2CommandOutput['Contents']>[number];

/** One page of keys. Throws `not_found` when there is no bucket. */
export async function listPage(
  connection: S3Connection,
  request: PageRequest,
  signal: AbortSignal | undefined,
): Promise<KeyPage> {
  const { bucket } = connection;
  const { prefix, delimiter, most, token } = request;
  const what = `listing ${prefix === '' ? 'the bucket' : prefix} of ${bucket}`;
  const page = await connection.call({ what, signal }, (client, sdk, abortSignal) =>
    client.send(
      new sdk.ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        Delimiter: delimiter,
        MaxKeys: most,
        ContinuationToken: token,
        // XML cannot hold every character that a key can.
        EncodingType: 'url',
      }),
      { abortSignal },
    ),
  );
  refuseForeign(page, what);
  const decode = page.EncodingType === 'url' ? decodeKey : (text: string): string => text;
  return {
    objects: (page.Contents ?? []).flatMap((facts) => {
      const key = decode(facts.Key ?? '');
      return key === undefined ? [] : [{ key, facts }];
    }),
    prefixes: (page.CommonPrefixes ?? []).flatMap(({ Prefix = '' }) => decode(Prefix) ?? []),
    next: nextOf(page, token, what),
  };
}

/** A page of something else (a proxy that wants a login) must not pass for an empty listing. */
function refuseForeign(page: ListObjectsV2CommandOutput, what: string): void {
  if (page.IsTruncated !== undefined || page.KeyCount !== undefined) return;
  throw new TidewatchError('protocol_error', `${what}: the answer is no listing`);
}

/** A listing that is cut off without saying how it goes on must not pass for a whole one. */
function nextOf(
  page: ListObjectsV2CommandOutput,
  token: string | undefined,
  what: string,
): string | undefined {
  if (page.IsTruncated !== true) return undefined;
  const { NextContinuationToken: next } = page;
  if (next !== undefined && next !== '' && next !== token) return next;
  throw new TidewatchError('protocol_error', `${what}: it is cut off and does not go on`);
}

/** Whether any key lies below a directory; of the root, whether there is a bucket (or `not_found`). */
export async function isDirectory(
  connection: S3Connection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const prefix = prefixOf(path);
  const page = await listPage(connection, { prefix, most: 1 }, signal);
  return path === '' || page.objects.some(({ key }) => key.startsWith(prefix));
}

/** The object of this very key as a file, as a listing tells it: times of HEAD have no fractions. */
export async function findFile(
  connection: S3Connection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<StorageEntry | undefined> {
  // No key that begins with it stands before it.
  const { objects } = await listPage(connection, { prefix: path, most: 1 }, signal);
  const found = objects.find(({ key }) => key === path);
  return found && fileEntry(lastName(path), path, found.facts);
}

/** What stands at a path. Where there is a file and a directory of one name, it is the directory. */
export async function lookAt(
  connection: S3Connection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<StorageEntry | undefined> {
  if (path === '') {
    await isDirectory(connection, '', signal);
    return directoryEntry('', '');
  }
  const [file, isThere] = await Promise.all([
    findFile(connection, path, signal),
    isDirectory(connection, path, signal),
  ]);
  return isThere ? directoryEntry(lastName(path), path) : file;
}

/** Throws what is right for a directory that has no keys: `not_a_directory` or `not_found`. */
export async function throwNoDirectory(
  connection: S3Connection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<never> {
  const file = await findFile(connection, path, signal);
  if (file !== undefined) throw new TidewatchError('not_a_directory', `${path} is a file`);
  throw notFound(connection, path);
}

export function notFound({ bucket }: S3Connection, path: string): TidewatchError {
  return new TidewatchError('not_found', `There is nothing at ${path} in the bucket ${bucket}`);
}
