import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheInfo, DirectoryCache } from '../../src/app/index.ts';

/** The directories below one, as the disk of the server has them: never through the code under test. */
export function directoriesOnDisk(top: string): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(join(top, path), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      found.push(below);
      visit(below);
    }
  };
  visit('');
  return found.sort();
}

/** The directories that a cache knows. */
export function knownTo(cache: DirectoryCache): string[] {
  return [...cache.entries()]
    .filter(({ kind }) => kind === 'directory')
    .map(({ path }) => path)
    .sort();
}

/** Waits until something holds; throws with what was there instead. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { patienceMs = 15_000, shows }: { patienceMs?: number; shows?: () => unknown } = {},
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > end) {
      const instead = shows === undefined ? '' : `: ${JSON.stringify(shows())}`;
      throw new Error(`Not ${what} within ${patienceMs} ms${instead}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits until a cache agrees with the disk of the server; gives the directories that there are. */
export async function untilAgrees(
  cache: DirectoryCache,
  top: string,
  patienceMs = 15_000,
): Promise<string[]> {
  const differences = (): string[] => {
    const disk = new Set(directoriesOnDisk(top));
    const known = new Set(knownTo(cache));
    const missing = [...disk].filter((path) => !known.has(path)).map((path) => `missing ${path}`);
    const extra = [...known].filter((path) => !disk.has(path)).map((path) => `extra ${path}`);
    return [...missing, ...extra];
  };
  let last: string[] = [];
  await until(
    'in agreement with the disk',
    () => {
      last = differences();
      return last.length === 0;
    },
    { patienceMs, shows: () => ({ differences: last.slice(0, 10), info: summary(cache.info) }) },
  );
  return directoriesOnDisk(top);
}

export function summary(info: CacheInfo): unknown {
  const { state, directories, scanned, waiting, stale, errors, code, coverage, handles } = info;
  return { state, directories, scanned, waiting, stale, errors, code, coverage, handles };
}

/** Directories `d0`, `d1` and so on at each level, and `leaf0` and so on in each of the lowest. */
export function makeTree(
  top: string,
  { width, depth, leaves }: { width: number; depth: number; leaves: number },
): void {
  mkdirSync(top, { recursive: true });
  const make = (path: string, levels: number): void => {
    const names =
      levels === 0
        ? Array.from({ length: leaves }, (_, index) => `leaf${index}`)
        : Array.from({ length: width }, (_, index) => `d${index}`);
    for (const name of names) {
      mkdirSync(join(path, name));
      if (levels > 0) make(join(path, name), levels - 1);
    }
  };
  make(top, depth);
}
