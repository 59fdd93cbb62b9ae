import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';

/** Characters that no name on an SMB server can have (MS-FSCC 2.1.5), besides the separators. */
const IMPOSSIBLE = /[\u0000-\u001f":<>|*?]/;

/**
 * A path of the API as it goes on the wire: `/` and `\` both separate, leading, trailing and
 * double separators are of no account, '' is the root of the share. Names are sent as given: unpaired
 * surrogates, trailing dots and composed or decomposed letters are the business of the server.
 * Throws `invalid_path` before anything is sent.
 */
export function toWirePath(path: string): string {
  const names = path.split(/[/\\]/).filter((name) => name !== '');
  for (const name of names) {
    if (name === '.' || name === '..') {
      throw invalid(path, `has the relative segment '${name}'`);
    }
    const impossible = IMPOSSIBLE.exec(name);
    if (impossible !== null) throw invalid(path, `has ${describe(impossible[0])} in a name`);
    if (name.length > SMB_DEFAULTS.nameUnits) {
      throw invalid(path, `has a name of more than ${SMB_DEFAULTS.nameUnits} UTF-16 units`);
    }
  }
  const wirePath = names.join('\\');
  if (wirePath.length > SMB_DEFAULTS.pathUnits) {
    throw invalid(path.slice(0, 64), `is longer than ${SMB_DEFAULTS.pathUnits} UTF-16 units`);
  }
  return wirePath;
}

/** A path from the wire as the API shows it. */
export function fromWirePath(path: string): string {
  return path.includes('\\') ? path.replaceAll('\\', '/') : path;
}

/** Directory and name joined in the spelling of the API. */
export function joinPath(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** The last name of a path, '' for the root. */
export function baseName(path: string): string {
  return toWirePath(path).split('\\').at(-1) ?? '';
}

function describe(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x20 ? `the control character ${code}` : `the character '${character}'`;
}

function invalid(path: string, why: string): SmbError {
  return new SmbError('invalid_path', `The path ${JSON.stringify(path)} ${why}`, { path });
}
