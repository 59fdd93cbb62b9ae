import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** Characters that no name on an SMB server can have (MS-FSCC 2.1.5), besides the separators. */
const IMPOSSIBLE_ON_SMB = /[\u0000-\u001f":<>|*?]/;
/** Bytes of names of a disk that are no UTF-8 stand as these in texts, one for each byte. */
const ESCAPED_BYTE = /^[\udc80-\udcff]$/;
/** How much of a name or path a message shows. */
const SHOWN_UNITS = 64;

/** Where a path leads: what separates its names, and which names there can be, depends on it. */
export type PathKind = 'smb' | 'local' | 's3';

/**
 * The one spelling of a path that a client sent, in which storages take it: names joined with `/`, ''
 * for the root. Empty names (leading, trailing and doubled slashes) are left out; on SMB `\` separates
 * as well. Case and Unicode form stay: whether two of them are one directory is the server's to say.
 *
 * @throws TidewatchError `invalid_path` for `.` and `..`, for NUL, for characters that no SMB server
 * allows (on SMB alone), and for names and paths that are too long.
 */
export function normalisePath(kind: PathKind, text: string): string {
  const names = text.split(kind === 'smb' ? /[/\\]/ : '/').filter((name) => name !== '');
  for (const name of names) {
    if (name === '.' || name === '..') throw invalid(text, `has the segment '${name}'`);
    if (name.includes('\0')) throw invalid(text, 'has a NUL in it');
    if (kind === 'smb') refuseImpossibleOnSmb(text, name);
    refuseLonger(kind, NAME_LIMITS[kind], name, 'the name');
  }
  const path = names.join('/');
  refuseLonger(kind, PATH_LIMITS[kind], path, 'the path');
  // The same text only once in memory: it is kept for each of thousands.
  return path === text ? text : path;
}

/** The path `path` below the directory `prefix`, or the one if the other is the root; both normalised. */
export function joinPaths(prefix: string, path: string): string {
  if (prefix === '' || path === '') return prefix + path;
  return `${prefix}/${path}`;
}

/** The directory that something is in; undefined for the root. For normalised paths. */
export function parentOf(path: string): string | undefined {
  if (path === '') return undefined;
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Whether a path lies somewhere below a directory; nothing lies below itself. For normalised paths. */
export function isBelow(path: string, ancestor: string): boolean {
  if (ancestor === '') return path !== '';
  return path.startsWith(`${ancestor}/`);
}

const NAME_LIMITS: Readonly<Record<PathKind, number>> = {
  smb: DEFAULTS.smbNameUnits,
  local: DEFAULTS.localNameBytes,
  // A key of S3 is one text, in which slashes mean nothing to the server.
  s3: DEFAULTS.s3KeyBytes,
};

const PATH_LIMITS: Readonly<Record<PathKind, number>> = {
  smb: DEFAULTS.smbPathUnits,
  local: DEFAULTS.localPathBytes,
  s3: DEFAULTS.s3KeyBytes,
};

function refuseImpossibleOnSmb(path: string, name: string): void {
  const character = IMPOSSIBLE_ON_SMB.exec(name)?.[0];
  if (character === undefined) return;
  const code = character.charCodeAt(0);
  const what = code < 0x20 ? `the control character ${code}` : `the character ${character}`;
  throw invalid(path, `has ${what} in a name, which no SMB server allows`);
}

function refuseLonger(kind: PathKind, limit: number, text: string, what: string): void {
  const length = kind === 'smb' ? text.length : byteLength(text);
  if (length <= limit) return;
  const unit = kind === 'smb' ? 'UTF-16 units' : 'bytes';
  throw new TidewatchError(
    'invalid_path',
    `${what} ${shown(text)} is longer than ${limit} ${unit}`,
  );
}

function byteLength(text: string): number {
  if (text.isWellFormed()) return Buffer.byteLength(text);
  let bytes = 0;
  for (const character of text) {
    bytes += ESCAPED_BYTE.test(character) ? 1 : Buffer.byteLength(character);
  }
  return bytes;
}

function invalid(path: string, why: string): TidewatchError {
  return new TidewatchError('invalid_path', `the path ${shown(path)} ${why}`);
}

function shown(text: string): string {
  return JSON.stringify(text.length <= SHOWN_UNITS ? text : `${text.slice(0, SHOWN_UNITS)}…`);
}
