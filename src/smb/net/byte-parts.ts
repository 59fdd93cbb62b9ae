/**
 * Bytes that lie in several buffers: what the socket delivered, without joining it. Helpers take
 * and return views; only `gather` and `withHead` copy, and only when they must.
 */

export function partsLength(parts: readonly Buffer[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/** The bytes from `start` to `end` (exclusive) as views. */
export function sliceParts(parts: readonly Buffer[], start: number, end: number): Buffer[] {
  const result: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, part.length);
    if (from < to) result.push(part.subarray(from, to));
    at += part.length;
    if (at >= end) break;
  }
  return result;
}

/** All bytes in one buffer: the only part itself, or one copy. */
export function gather(parts: readonly Buffer[]): Buffer {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}

/** The same bytes with at least `size` of them (or all there are) in the first part. */
export function withHead(parts: Buffer[], size: number): Buffer[] {
  const [first] = parts;
  if (first === undefined || first.length >= size || parts.length === 1) return parts;
  const total = partsLength(parts);
  const cut = Math.min(size, total);
  return [gather(sliceParts(parts, 0, cut)), ...sliceParts(parts, cut, total)];
}
