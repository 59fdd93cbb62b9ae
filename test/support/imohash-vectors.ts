import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A file described rather than stored: how its bytes come about, and its size. */
export interface PatternFile {
  readonly pattern: string;
  readonly size: number;
  readonly byte?: number;
  readonly text?: string;
}

export interface ImohashVector extends PatternFile {
  readonly source: string;
  readonly sampleSize: number;
  readonly sampleThreshold: number;
  readonly hex: string;
}

export interface ImohashPair extends PatternFile {
  readonly note: string;
  /** Stretches of the second file whose bytes are altered: from, to, exclusive-or. */
  readonly flip: readonly (readonly [number, number, number])[];
  readonly hexA: string;
  readonly hexB: string;
  readonly equal: boolean;
}

export interface Murmur3Vector extends PatternFile {
  readonly seed: number;
  readonly digestBE: string;
}

export interface ImohashVectors {
  readonly vectors: readonly ImohashVector[];
  readonly pairs: readonly ImohashPair[];
  readonly murmur3_x64_128: readonly Murmur3Vector[];
  readonly uvarint: readonly { readonly n: number; readonly hex: string }[];
}

export function loadImohashVectors(): ImohashVectors {
  const url = new URL('../fixtures/imohash-vectors.json', import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as ImohashVectors;
}

/** The bytes of a described file, wherever one wants to read; files of a TiB cost nothing. */
export function patternReader(file: PatternFile): (offset: number, length: number) => Uint8Array {
  if (file.pattern === 'sparse') return (offset, length) => sparse(file.size, offset, length);
  const bytes = patternBytes(file);
  return (offset, length) => bytes.subarray(offset, offset + length);
}

/** The bytes of a described file that is not sparse. */
export function patternBytes({ pattern, size, byte, text }: PatternFile): Buffer {
  switch (pattern) {
    case 'md5chain':
      return md5Chain(size);
    case 'lcg':
      return lcg(size);
    case 'ramp':
      return Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31 + 7) & 255));
    case 'repeat':
      return Buffer.alloc(size, byte);
    case 'utf8':
      return Buffer.from(text ?? '');
    default:
      throw new Error(`unknown pattern ${pattern}`);
  }
}

function md5Chain(size: number): Buffer {
  const running = createHash('md5');
  const parts: Buffer[] = [];
  for (let made = 0; made < size; made += 16) {
    running.update('A');
    parts.push(running.copy().digest());
  }
  return Buffer.concat(parts, size);
}

function lcg(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let x = 12_345;
  for (let i = 0; i < size; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    bytes[i] = x >> 16;
  }
  return bytes;
}

function sparse(size: number, offset: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
  const put = (at: number, word: string): void => {
    Buffer.from(word).forEach((value, i) => {
      const index = at + i - offset;
      if (index >= 0 && index < bytes.length) bytes[index] = value;
    });
  };
  put(0, 'HEAD');
  put(Math.floor(size / 2), 'MIDDLE');
  put(size - 4, 'TAIL');
  return bytes;
}
