import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { statfsSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 1024 * 1024;

export const TREE = { path: 'tree', directories: 10_101, entries: 110_100 } as const;
export const FLAT = { path: 'flat', entries: 100_000 } as const;
export const IMAGES = { path: 'images', files: 5_000, bytes: MIB } as const;
export const BIG = { path: 'big.bin', bytes: 1024 * MIB } as const;
export const WATCHED = { path: 'watched', directories: 16_000 } as const;
export const POPULATED = { path: 'populated', directories: 10_000, entries: 20 } as const;

/** Everything the benchmarks keep between runs; may be deleted at any time. */
export function benchFolder(): string {
  const folder = join(tmpdir(), 'tidewatch-bench');
  makeDirectory(folder);
  return folder;
}

const SETS = {
  tree: { bytes: 500 * MIB, make: makeTree },
  flat: { bytes: 500 * MIB, make: makeFlat },
  images: { bytes: IMAGES.files * IMAGES.bytes, make: makeImages },
  big: { bytes: BIG.bytes, make: makeBig },
  watched: { bytes: 100 * MIB, make: makeWatched },
  populated: { bytes: 100 * MIB, make: makePopulated },
} as const;

export type DataSet = keyof typeof SETS;

/** The folder to share, with the wanted sets in it: made now, unless an earlier run has. */
export function benchData(...wanted: readonly DataSet[]): string {
  const folder = join(benchFolder(), 'data');
  makeDirectory(folder);
  for (const name of wanted) {
    const done = join(benchFolder(), `${name}.complete`);
    if (existsSync(done)) continue;
    const { bytes, make } = SETS[name];
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < bytes * 1.1) {
      throw new Error(`${folder} has no room for ${Math.ceil(bytes / MIB)} MiB; set TMPDIR`);
    }
    console.log(`making benchmark data (${name}) in ${folder}`);
    rmSync(join(folder, name === 'big' ? BIG.path : name), { recursive: true, force: true });
    make(folder);
    writeFileSync(done, '');
  }
  return folder;
}

/** Where the Nth watched directory is, relative to the share. */
export function watchedPath(index: number): string {
  return `${WATCHED.path}/directory-${String(index).padStart(5, '0')}`;
}

/** Where the Nth directory with entries is, relative to the share. */
export function populatedPath(index: number): string {
  return `${POPULATED.path}/directory-${String(index).padStart(5, '0')}`;
}

export function imagePath(index: number): string {
  return `${IMAGES.path}/image-${String(index).padStart(4, '0')}.bin`;
}

/** 100 directories of 100 directories of 10 files of 100 bytes. */
function makeTree(folder: string): void {
  const content = Buffer.alloc(100, 'x');
  makeDirectory(join(folder, TREE.path));
  for (let i = 0; i < 10_000; i += 1) {
    const outer = join(folder, TREE.path, `a${String(Math.floor(i / 100)).padStart(2, '0')}`);
    if (i % 100 === 0) makeDirectory(outer);
    const inner = join(outer, `b${String(i % 100).padStart(2, '0')}`);
    makeDirectory(inner);
    for (let j = 0; j < 10; j += 1) writeFileSync(join(inner, `document-${i}-${j}.pdf`), content);
  }
}

function makeFlat(folder: string): void {
  const content = Buffer.alloc(100, 'x');
  makeDirectory(join(folder, FLAT.path));
  for (let i = 0; i < FLAT.entries; i += 1) {
    const name = `document-${String(i).padStart(6, '0')}.pdf`;
    writeFileSync(join(folder, FLAT.path, name), content);
  }
}

/** Each differs from the others in its first bytes. */
function makeImages(folder: string): void {
  const content = randomBytes(IMAGES.bytes);
  makeDirectory(join(folder, IMAGES.path));
  for (let i = 0; i < IMAGES.files; i += 1) {
    content.writeUInt32LE(i, 0);
    writeFileSync(join(folder, imagePath(i)), content);
  }
}

function makeBig(folder: string): void {
  const content = randomBytes(MIB);
  const file = openSync(join(folder, BIG.path), 'w');
  for (let i = 0; i < BIG.bytes / MIB; i += 1) writeSync(file, content);
  closeSync(file);
}

function makeWatched(folder: string): void {
  makeDirectory(join(folder, WATCHED.path));
  for (let i = 0; i < WATCHED.directories; i += 1) makeDirectory(join(folder, watchedPath(i)));
}

/** Names as people give them, of empty files. */
function makePopulated(folder: string): void {
  makeDirectory(join(folder, POPULATED.path));
  for (let i = 0; i < POPULATED.directories; i += 1) {
    makeDirectory(join(folder, populatedPath(i)));
    for (let j = 0; j < POPULATED.entries; j += 1) {
      const name = `document-number-${String(j).padStart(2, '0')}.pdf`;
      closeSync(openSync(join(folder, populatedPath(i), name), 'w'));
    }
  }
}

/** For all users: those of the test server are not the one who runs this. */
function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
}
