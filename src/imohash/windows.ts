import { TidewatchError } from '../errors/tidewatch-error.ts';

/** What may differ from the usual imohash; both sides of a comparison need the same values. */
export interface ImohashOptions {
  /** Bytes of each of the three samples; below 1 the whole file is hashed. Default 16,384. */
  readonly sampleSize?: number;
  /** Files smaller than this are hashed whole. Default 131,072 bytes. */
  readonly sampleThreshold?: number;
}

/** A stretch of a file, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export const IMOHASH_SAMPLE_SIZE = 16_384;
export const IMOHASH_SAMPLE_THRESHOLD = 131_072;

/**
 * The stretches of a file of `size` bytes that its imohash is made of, in order: the whole file (none
 * for an empty one), or three samples, from the start, from the midpoint on, and at the end.
 *
 * @throws TidewatchError `invalid_argument` for a size that no file has.
 */
export function imohashWindows(size: number, options: ImohashOptions = {}): ByteRange[] {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new TidewatchError('invalid_argument', `${size} is not a size of a file in bytes`);
  }
  const sample = optionalInteger('sampleSize', options.sampleSize, IMOHASH_SAMPLE_SIZE);
  const threshold = optionalInteger(
    'sampleThreshold',
    options.sampleThreshold,
    IMOHASH_SAMPLE_THRESHOLD,
  );
  if (size === 0) return [];
  if (sample < 1 || size < threshold || size < 4 * sample) return [{ offset: 0, length: size }];
  return [
    { offset: 0, length: sample },
    { offset: Math.floor(size / 2), length: sample },
    { offset: size - sample, length: sample },
  ];
}

function optionalInteger(name: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (Number.isSafeInteger(value)) return value;
  throw new TidewatchError('invalid_argument', `${name} must be a whole number, not ${value}`);
}
