/**
 * `tidewatch/imohash`: the sampled fingerprint of a file, for finding what one has already. It reads
 * 48 KiB of a file of any size, so it does not notice changes between its three samples: no checksum,
 * and nothing to rely on against an adversary.
 */
export { imohash, imohashEngine, imohashFromWindows, imohashSize } from './imohash.ts';
export { imohashFile } from './file.ts';
export { imohashRanges } from './ranges.ts';
export type { ReadRange } from './ranges.ts';
export { IMOHASH_SAMPLE_SIZE, IMOHASH_SAMPLE_THRESHOLD, imohashWindows } from './windows.ts';
export type { ByteRange, ImohashOptions } from './windows.ts';
