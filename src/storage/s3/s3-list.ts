import type { CallOptions, StorageEntry } from '../storage.ts';
import type { S3Connection } from './s3-connection.ts';
import { directoryEntry, fileEntry } from './s3-entry.ts';
import { listPage, throwNoDirectory } from './s3-look.ts';
import type { KeyPage } from './s3-look.ts';
import { checkPath, directoryBelow, nameBelow, prefixOf } from './s3-path.ts';
import { throwIfAborted } from './s3-error.ts';

/** The entries of a directory: what stands before the next `/` of its keys, each name once. */
export async function* listS3(
  connection: S3Connection,
  path: string,
  { signal }: CallOptions,
): AsyncGenerator<readonly StorageEntry[], void, undefined> {
  throwIfAborted(signal);
  checkPath(path);
  const prefix = prefixOf(path);
  const names = new UniqueNames();
  const { pageKeys: most } = connection.limits;
  let token: string | undefined;
  let hasKeys = false;
  do {
    const page = await listPage(connection, { prefix, delimiter: '/', most, token }, signal);
    hasKeys ||= page.objects.length > 0 || page.prefixes.length > 0;
    token = page.next;
    const entries = names.take(entriesOf(page, path), token === undefined);
    if (entries.length > 0) yield entries;
    throwIfAborted(signal);
  } while (token !== undefined);
  if (!hasKeys && path !== '') await throwNoDirectory(connection, path, signal);
}

function entriesOf({ objects, prefixes }: KeyPage, path: string): StorageEntry[] {
  const prefix = prefixOf(path);
  const files = objects.flatMap(({ key, facts }) => {
    const name = nameBelow(prefix, key);
    return name === undefined ? [] : [fileEntry(name, key, facts)];
  });
  const directories = prefixes.flatMap((common) => {
    const name = directoryBelow(prefix, common);
    return name === undefined ? [] : [directoryEntry(name, `${prefix}${name}`)];
  });
  return [...files, ...directories];
}

/**
 * There may be an object `a` beside objects below `a/`; only the directory is told then, which comes
 * later, since `a/` sorts after `a`. What lies between them begins with `a`: only such files wait for the
 * next page, and they are never more than the letters of one name.
 */
class UniqueNames {
  #waiting: readonly StorageEntry[] = [];

  take(page: readonly StorageEntry[], isLast: boolean): StorageEntry[] {
    const directories = new Set<string>();
    for (const { name, kind } of page) if (kind === 'directory') directories.add(name);
    const unique = [...this.#waiting, ...page].filter(
      ({ name, kind }) => kind === 'directory' || !directories.has(name),
    );
    if (isLast) {
      this.#waiting = [];
      return unique;
    }
    const ends = [
      page.findLast(({ kind }) => kind === 'file')?.name,
      page.findLast(({ kind }) => kind === 'directory')?.name,
    ];
    const waits = ({ name, kind }: StorageEntry): boolean =>
      kind === 'file' && ends.some((end) => end?.startsWith(name) === true);
    // A page without any name says nothing about how far it went.
    const isBlind = page.length === 0;
    const waiting = isBlind ? this.#waiting : unique.filter(waits);
    const kept = new Set(waiting);
    this.#waiting = waiting;
    return unique.filter((entry) => !kept.has(entry));
  }
}
