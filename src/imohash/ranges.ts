import { TidewatchError } from '../errors/tidewatch-error.ts';
import { endedEarly, finishImohash } from './imohash.ts';
import { Murmur3 } from './murmur3.ts';
import { imohashWindows } from './windows.ts';
import type { ImohashOptions } from './windows.ts';

/**
 * Reads up to `length` bytes at `offset`. Fewer are fine and are asked for again; none means that the
 * file ends there.
 */
export type ReadRange = (offset: number, length: number) => Promise<Uint8Array> | Uint8Array;

/** The most that is read at once when a file is hashed whole. */
const PIECE = 1 << 20;

/**
 * The imohash of anything that can be read by ranges, from a size that was taken once.
 *
 * @throws TidewatchError `changed_while_reading` when it ends before `size`; whatever `readRange`
 * rejects with.
 */
export async function imohashRanges(
  size: number,
  readRange: ReadRange,
  options: ImohashOptions = {},
): Promise<string> {
  const hash = new Murmur3();
  for (const { offset, length } of imohashWindows(size, options)) {
    for (let done = 0; done < length;) {
      const at = offset + done;
      const wanted = Math.min(length - done, PIECE);
      const bytes = await readRange(at, wanted);
      if (bytes.length === 0) throw endedEarly(at, size);
      if (bytes.length > wanted) {
        const message = `${bytes.length} bytes were read at ${at} where ${wanted} were asked for`;
        throw new TidewatchError('invalid_argument', message);
      }
      hash.update(bytes);
      done += bytes.length;
    }
  }
  return finishImohash(hash, size);
}
