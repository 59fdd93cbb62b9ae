import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { decode, invalid, refuseNul } from './percent.ts';
import { parseS3 } from './s3-location.ts';
import type { S3Location } from './s3-location.ts';

/** A directory or file on an SMB share. */
export interface SmbLocation {
  readonly type: 'smb';
  /** A name, an IPv4 address or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly domain?: string;
  readonly username?: string;
  readonly password?: string;
  readonly share: string;
  /** Below the share, names joined with `/`; empty for the share itself. */
  readonly path: string;
  /** As it was typed, without the password. */
  readonly display: string;
}

/** A directory or file of this machine. */
export interface LocalLocation {
  readonly type: 'local';
  /** Absolute. */
  readonly path: string;
  /** As it was typed. */
  readonly display: string;
}

export type Location = SmbLocation | LocalLocation | S3Location;

const TAKEN =
  'this version takes smb://[domain;]user[:password]@host[:port]/share[/path], ' +
  's3://bucket[/prefix][?endpoint=…], file:///absolute/path and plain paths';
const SMB_PORT = 445;

/**
 * Reads a location as users type it. Names are percent-decoded.
 *
 * @throws TidewatchError `invalid_argument` for what cannot be read, `invalid_path` for a path no share
 * or bucket can have. No message ever shows any part of the location that might be a password.
 */
export function parseLocation(text: string): Location {
  if (text === '') throw invalid('the location is empty');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      refuseNul(text);
      if (text.includes('://') && !/^\.{0,2}[/\\]/.test(text)) {
        throw invalid(`the location starts with no kind of location: ${TAKEN}`);
      }
      return { type: 'local', path: resolve(text), display: text };
    case 'smb':
      return parseSmb(text);
    case 'file':
      return parseFile(text);
    case 's3':
      return parseS3(text);
    default:
      throw invalid(`locations of the kind ${scheme}:// do not exist: ${TAKEN}`);
  }
}

/**
 * A location, or an argument with a location in it, without the password. Of a location that cannot be
 * read nothing is shown that might belong to a password.
 */
export function redactLocation(text: string): string {
  const start = text.search(/[a-z][a-z0-9+.-]*:\/\//i);
  if (start < 0) return text;
  try {
    return text.slice(0, start) + parseLocation(text.slice(start)).display;
  } catch {
    // Where the password ends is not known, so nothing up to the last @ may be shown.
    const at = text.lastIndexOf('@');
    const scheme = text.slice(0, text.indexOf('://', start));
    return `${scheme}://…${at < 0 ? '' : text.slice(at)}`;
  }
}

function parseSmb(text: string): SmbLocation {
  const rest = text.slice('smb://'.length);
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const names = slash < 0 ? '' : rest.slice(slash + 1);
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : parseUser(authority.slice(0, at));
  const { host, port } = parseHost(authority.slice(at + 1));
  const [share = '', ...segments] = names.split('/');
  if (host === '') throw invalid('the location names no server: smb://user@host/share');
  if (share === '') throw invalid('the location names no share: smb://user@host/share');
  // Otherwise a password with an unescaped slash would be read as a port, a share and a path.
  if (share.includes('@') || (user === undefined && port !== undefined && names.includes('@'))) {
    throw invalid(
      'where the password ends is ambiguous: write / in a password as %2F and @ in a share as %40',
    );
  }
  const display = `smb://${user === undefined ? '' : `${user.display}@`}${rest.slice(at + 1)}`;
  return {
    type: 'smb',
    host,
    port: port ?? SMB_PORT,
    ...user?.credentials,
    share: decode(share, 'the share'),
    path: parsePath(segments),
    display,
  };
}

interface User {
  readonly credentials: Pick<SmbLocation, 'domain' | 'username' | 'password'>;
  readonly display: string;
}

function parseUser(text: string): User {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const semicolon = name.indexOf(';');
  const username = decode(name.slice(semicolon + 1), 'the user name');
  if (username === '') throw invalid('the location has a password or domain but no user name');
  const domain = semicolon < 0 ? undefined : decode(name.slice(0, semicolon), 'the domain');
  const password = colon < 0 ? undefined : decode(text.slice(colon + 1), 'the password');
  return {
    credentials: {
      username,
      ...(domain === undefined ? {} : { domain }),
      ...(password === undefined ? {} : { password }),
    },
    display: name,
  };
}

function parseHost(text: string): { host: string; port: number | undefined } {
  const bracket = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (bracket !== null) {
    const host = decode(bracket[1] ?? '', 'the address');
    if (!isIPv6(host)) throw invalid('what stands in brackets is no IPv6 address');
    return { host, port: parsePort(bracket[2]) };
  }
  const [name = '', port, ...more] = text.split(':');
  if (more.length > 0) {
    throw invalid('an IPv6 address has to stand in brackets, and : in a user name is written %3A');
  }
  const host = decode(name, 'the host');
  if (/[\s/\\@]/.test(host)) throw invalid('the host has a character that no host name can have');
  return { host, port: parsePort(port) };
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  // The text is not shown: it may be the start of a password with an unescaped / or @.
  throw invalid('the port is no number from 1 to 65535; write / in a password as %2F and @ as %40');
}

/** Empty segments (doubled, leading and trailing slashes) are left out; `\` is a separator too. */
function parsePath(segments: readonly string[]): string {
  const names: string[] = [];
  for (const segment of segments) {
    const decoded = decode(segment, 'the path');
    if (decoded.includes('/')) {
      throw new TidewatchError('invalid_path', 'the path has a name with a / (%2F) in it');
    }
    names.push(...decoded.split('\\').filter((name) => name !== ''));
  }
  if (names.some((name) => name === '.' || name === '..')) {
    throw new TidewatchError('invalid_path', 'the path has a segment . or ..');
  }
  return names.join('/');
}

function parseFile(text: string): LocalLocation {
  const rest = text.slice('file://'.length);
  if (!/^(localhost)?\//i.test(rest)) {
    throw invalid('a file:// location has three slashes and an absolute path: file:///srv/data');
  }
  const path = rest.slice(rest.indexOf('/'));
  refuseNul(decode(path, 'the path'));
  try {
    // ? and # are characters of names here, not the start of a query or fragment.
    const url = new URL(`file://${path.replaceAll('?', '%3F').replaceAll('#', '%23')}`);
    return { type: 'local', path: fileURLToPath(url), display: text };
  } catch (error) {
    throw invalid(`the path of the file:// location cannot be used: ${(error as Error).message}`);
  }
}
