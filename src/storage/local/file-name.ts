import { isUtf8 } from 'node:buffer';
import { TidewatchError } from '../../errors/tidewatch-error.ts';

/** What a byte that is no UTF-8 becomes: U+DC00 plus the byte, never part of a proper text. */
const ESCAPE = 0xdc00;

/**
 * The name of a file from the bytes on the disk, which Linux does not require to be UTF-8. Bytes that
 * are not become lone surrogates U+DC80 to U+DCFF, as Python's PEP 383 has it: nothing is left out of a
 * listing, two names never look the same, and `encodePath` finds the way back.
 */
export function decodeName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let name = '';
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    name +=
      length === 0
        ? String.fromCharCode(ESCAPE + (bytes[at] ?? 0))
        : bytes.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return name;
}

/**
 * A path as the file system takes it: bytes where it has names that are no UTF-8.
 *
 * @throws TidewatchError `invalid_path` for surrogates that `decodeName` does not make.
 */
export function encodePath(path: string): string | Buffer {
  if (path.isWellFormed()) return path;
  const parts: Buffer[] = [];
  for (const character of path) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0xd800 || code > 0xdfff) {
      parts.push(Buffer.from(character));
    } else if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) {
      parts.push(Buffer.from([code - ESCAPE]));
    } else {
      throw new TidewatchError('invalid_path', 'The path holds half of a character');
    }
  }
  return Buffer.concat(parts);
}

/** Bytes of the character that begins here; 0 when none does. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const end = at + length;
  return end <= bytes.length && isUtf8(bytes.subarray(at, end)) ? length : 0;
}
