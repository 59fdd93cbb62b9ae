import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { encodePath } from './file-name.ts';

/**
 * A directory that was found without following links. On Linux it is held open and `at` names its entries
 * through it, so that whoever puts a link into the path afterwards leads nobody astray.
 */
export class DirectoryHandle {
  /** As it was when it was found. */
  readonly stats: BigIntStats;
  /** A path of this machine that leads to the directory as long as the handle is open. */
  readonly base: string;
  readonly #file: FileHandle | undefined;

  constructor(base: string, stats: BigIntStats, file?: FileHandle) {
    this.base = base;
    this.stats = stats;
    this.#file = file;
  }

  /** The path of an entry for the file system; `.` is the directory itself. */
  at(name: string): string | Buffer {
    return encodePath(`${this.base}/${name}`);
  }

  /** False when it was deleted since; true where that cannot be told. */
  async isLinked(): Promise<boolean> {
    return this.#file === undefined || (await this.#file.stat({ bigint: true })).nlink > 0n;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/** The same directory on the same volume. */
export function isSame(
  one: { readonly dev: bigint; readonly ino: bigint },
  other: { readonly dev: bigint; readonly ino: bigint },
): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}
