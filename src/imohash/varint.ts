/**
 * A number as an unsigned variable-length integer (LEB128, as in Protocol Buffers): seven bits a byte,
 * the lowest first, the top bit set on all but the last. For 0 up to Number.MAX_SAFE_INTEGER.
 */
export function uvarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  // Division rather than shifts: sizes of files do not fit 32 bits.
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/**
 * Reads a number that `uvarint` wrote from the start of the bytes.
 *
 * @returns undefined when they end within the number, or it is beyond Number.MAX_SAFE_INTEGER.
 */
export function readUvarint(bytes: Uint8Array): number | undefined {
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 127) * scale;
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
    if (byte < 128) return value;
    scale *= 128;
  }
  return undefined;
}
