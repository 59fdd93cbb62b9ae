/**
 * WTF-8: UTF-8 that also takes unpaired surrogates, which names on SMB servers and on NTFS may hold, so that
 * every string comes back as it was (https://simonsapin.github.io/wtf-8/).
 */

/** Writes a string into `target` and gives its length in bytes; `target` must have 3 bytes for each unit. */
export function encodeWtf8(text: string, target: Uint8Array): number {
  let at = 0;
  for (let i = 0; i < text.length; i += 1) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      target[at] = code;
      at += 1;
      continue;
    }
    if (code < 0x800) {
      target[at] = 0xc0 | (code >> 6);
      at += 1;
    } else {
      if (isHighSurrogate(code) && isLowSurrogate(text.charCodeAt(i + 1))) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (text.charCodeAt(i + 1) & 0x3ff);
        i += 1;
        target[at] = 0xf0 | (code >> 18);
        target[at + 1] = 0x80 | ((code >> 12) & 0x3f);
        at += 2;
      } else {
        target[at] = 0xe0 | (code >> 12);
        at += 1;
      }
      target[at] = 0x80 | ((code >> 6) & 0x3f);
      at += 1;
    }
    target[at] = 0x80 | (code & 0x3f);
    at += 1;
  }
  return at;
}

/** The string that `encodeWtf8` wrote. */
export function decodeWtf8(bytes: Buffer, start: number, end: number): string {
  let ascii = true;
  for (let at = start; at < end; at += 1) {
    if (bytes[at]! < 0x80) continue;
    ascii = false;
    // ED A0…BF begins a surrogate, which UTF-8 does not know.
    if (bytes[at] === 0xed && bytes[at + 1]! >= 0xa0) return decodeSlowly(bytes, start, end);
  }
  return bytes.toString(ascii ? 'latin1' : 'utf8', start, end);
}

function decodeSlowly(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end;) {
    const first = bytes[at]!;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let code = length === 1 ? first : first & (0x7f >> length);
    for (let i = 1; i < length; i += 1) code = (code << 6) | (bytes[at + i]! & 0x3f);
    text += code < 0x10000 ? String.fromCharCode(code) : String.fromCodePoint(code);
    at += length;
  }
  return text;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
