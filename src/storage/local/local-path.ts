import { TidewatchError } from '../../errors/tidewatch-error.ts';

/**
 * Holds a path against what the Storage interface allows: '' or names joined with `/`.
 *
 * @throws TidewatchError `invalid_path` for empty names, `.`, `..`, NUL and, on Windows, the characters
 * that would lead elsewhere.
 */
export function checkPath(path: string, platform: NodeJS.Platform): void {
  if (path === '') return;
  for (const name of path.split('/')) {
    if (name === '' || name === '.' || name === '..') {
      throw new TidewatchError('invalid_path', `'${name}' is no name of a file`);
    }
    if (name.includes('\0')) throw new TidewatchError('invalid_path', 'The path holds a NUL');
    if (platform === 'win32' && /[\\:]/.test(name)) {
      throw new TidewatchError('invalid_path', 'The path holds a backslash or a colon');
    }
  }
}

/** The same for the path of a file; also throws `is_a_directory` for the root. */
export function checkFilePath(path: string, platform: NodeJS.Platform): void {
  if (path === '') throw new TidewatchError('is_a_directory', 'The root is a directory');
  checkPath(path, platform);
}

/** The path of an entry of a directory. */
export function childPath(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** The directory an entry is in, and its name there. Not for the root. */
export function splitPath(path: string): { readonly directory: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { directory: path.slice(0, Math.max(slash, 0)), name: path.slice(slash + 1) };
}

/** How messages call a path. */
export function displayPath(path: string): string {
  return path === '' ? '/' : path;
}
