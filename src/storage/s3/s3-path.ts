import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';

/*
 * Keys of S3 are texts in which `/` means nothing. A path is a key, and whatever stands before a `/` is a
 * directory. Keys with an empty segment (a `/` at the beginning, at the end or doubled), with the segment
 * `.` or `..`, or with a NUL are no paths: they are left out, though the directories that they lie in
 * show. What ends in `/` is the mark that consoles leave behind for an empty directory.
 */

/**
 * Holds a path against what the Storage interface allows: '' or names joined with `/`.
 *
 * @throws TidewatchError `invalid_path` for empty names, `.`, `..`, NUL, unpaired surrogates, and for
 * more than 1,024 bytes of UTF-8.
 */
export function checkPath(path: string): void {
  if (path === '') return;
  for (const name of path.split('/')) {
    if (!isName(name)) {
      throw new TidewatchError('invalid_path', `${shown(name)} can be no name in a path of S3`);
    }
  }
  if (Buffer.byteLength(path) > DEFAULTS.s3KeyBytes) {
    const message = `The path is longer than the ${DEFAULTS.s3KeyBytes} bytes of a key of S3`;
    throw new TidewatchError('invalid_path', message);
  }
}

/** The same for the path of a file; also throws `is_a_directory` for the root. */
export function checkFilePath(path: string): void {
  if (path === '') throw new TidewatchError('is_a_directory', 'The bucket is a directory');
  checkPath(path);
}

/** What all keys in a directory begin with. */
export function prefixOf(directory: string): string {
  return directory === '' ? '' : `${directory}/`;
}

/**
 * The name of an entry from a key (or common prefix) below a directory; undefined for those that are no
 * path, and for the mark of the directory itself.
 */
export function nameBelow(prefix: string, key: string): string | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const name = key.slice(prefix.length);
  return isName(name) && !name.includes('/') ? name : undefined;
}

/** The same of a common prefix, which ends in a `/`. */
export function directoryBelow(prefix: string, commonPrefix: string): string | undefined {
  return commonPrefix.endsWith('/') ? nameBelow(prefix, commonPrefix.slice(0, -1)) : undefined;
}

/**
 * A key as answers have it that were asked for with `encoding-type=url`: AWS writes a space as `+`.
 * Undefined when its bytes are no UTF-8.
 */
export function decodeKey(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    // No text at all, so nothing that could be asked for.
    return undefined;
  }
}

function isName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  return !name.includes('\0') && name.isWellFormed();
}

function shown(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}
