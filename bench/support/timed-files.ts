import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nowMicros } from './moment.ts';

/** For what is still under way after the last file. */
const GRACE_MS = 500;

export interface TimedFiles {
  readonly folders: readonly string[];
  /** How many at once, and how often. */
  readonly files: number;
  readonly everyMs: number;
  readonly forMs: number;
  /** How many there may be before the oldest is removed. */
  readonly keep: number;
  /** Gets the paths of those that are there at the end, after those that are in it. */
  readonly left: string[];
}

/**
 * Makes files whose names tell when they were made, in microseconds of `nowMicros`, in the folders in
 * turn. Resolves a moment after the last, with those times.
 */
export async function makeFiles(options: TimedFiles): Promise<number[]> {
  const { everyMs, files, folders, forMs, keep, left } = options;
  const made: number[] = [];
  const begin = performance.now();
  for (let next = begin; next < begin + forMs; next += everyMs) {
    const wait = next - performance.now();
    if (wait > 0) await delay(wait);
    for (let i = 0; i < files; i += 1) {
      // No two may have the same name.
      const at = Math.max(nowMicros(), (made.at(-1) ?? 0) + 1);
      const path = join(folders[made.length % folders.length]!, String(at));
      closeSync(openSync(path, 'wx'));
      made.push(at);
      left.push(path);
      if (left.length > keep) unlinkSync(left.shift()!);
    }
  }
  await delay(GRACE_MS);
  return made;
}
