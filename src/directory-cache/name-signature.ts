/**
 * What is kept of each folded name so that nearly all names can be ruled out without reading them: which
 * letters it has, which pairs of letters (hashed), and with which letters its words begin.
 */
export interface NameSignature {
  letters: number;
  pairs: number;
  morePairs: number;
  initials: number;
  /** The first four bytes, so that most comparisons of names need no more. */
  head: number;
}

/** One of 32 classes of a byte of a folded name: each Latin letter has its own. */
export function letterBit(byte: number): number {
  if (byte >= 0x61 && byte <= 0x7a) return 1 << (byte - 0x61);
  if (byte >= 0x30 && byte <= 0x39) return 1 << (26 + (byte % 4));
  return 1 << (30 + (byte & 1));
}

/** One of 64 classes of two bytes of a folded name: below 32 a bit of `pairs`, else of `morePairs`. */
export function pairClass(first: number, second: number): number {
  return Math.imul((first << 8) | second, 0x9e3779b1) >>> 26;
}

export function pairBit(pair: number): number {
  return pair < 32 ? 1 << pair : 0;
}

export function morePairBit(pair: number): number {
  return pair < 32 ? 0 : 1 << (pair - 32);
}

/** 0: neither, 1: letter, 2: digit. Bytes of other scripts count as letters. */
function kindOf(byte: number): number {
  if ((byte >= 0x61 && byte <= 0x7a) || byte >= 0x80) return 1;
  return byte >= 0x30 && byte <= 0x39 ? 2 : 0;
}

/** Whether a word begins with `byte`, which follows `previous` (-1 at the beginning of a name). */
export function beginsWord(previous: number, byte: number): boolean {
  if (previous === -1) return true;
  const kind = kindOf(byte);
  return kind !== 0 && kindOf(previous) !== kind;
}

export function signatureOf(bytes: Uint8Array, start: number, end: number): NameSignature {
  let letters = 0;
  let pairs = 0;
  let morePairs = 0;
  let initials = 0;
  let previous = -1;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    const bit = letterBit(byte);
    letters |= bit;
    if (previous !== -1) {
      const pair = pairClass(previous, byte);
      pairs |= pairBit(pair);
      morePairs |= morePairBit(pair);
    }
    if (beginsWord(previous, byte)) initials |= bit;
    previous = byte;
  }
  return { letters, pairs, morePairs, initials, head: headOf(bytes, start, end) };
}

/** The first four bytes as one number; zeros where there are fewer. */
export function headOf(bytes: Uint8Array, start: number, end: number): number {
  let head = 0;
  for (let i = 0; i < 4; i += 1) head = (head << 8) | (start + i < end ? bytes[start + i]! : 0);
  return head;
}
