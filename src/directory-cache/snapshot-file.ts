import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { DirectoryTree } from './directory-tree.ts';
import { SnapshotCapture } from './snapshot-capture.ts';
import { HEADER_BYTES, corrupt, encodeHeader, encodeTable, keyHash } from './snapshot-format.ts';
import type { Section, SnapshotKey } from './snapshot-format.ts';
import { restoreTree } from './snapshot-restore.ts';

const SUFFIX = '.snapshot';
const TEMPORARY = '.tmp';

export interface SnapshotFileOptions {
  readonly folder: string;
  readonly key: SnapshotKey;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** Hears why a snapshot was not used, or not written; nothing here throws. */
  readonly onProblem: (error: TidewatchError) => void;
}

/**
 * The snapshot of a tree on disk. The name of the file, and what stands in it, are bound to server, share,
 * prefix and account by a hash. A file that is damaged or another's is set aside, never used and never
 * deleted; the next that is set aside takes its place.
 */
export class SnapshotFile {
  readonly path: string;
  readonly #folder: string;
  readonly #key: Buffer;
  readonly #wall: () => number;
  readonly #onProblem: (error: TidewatchError) => void;
  #savedAt: number | undefined;
  /** One thing after another, whoever asks. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ folder, key, wall, onProblem }: SnapshotFileOptions) {
    this.#folder = folder;
    this.#key = keyHash(key);
    this.path = join(folder, `${nameOf(this.#key)}${SUFFIX}`);
    this.#wall = wall;
    this.#onProblem = onProblem;
  }

  /** When the snapshot was written that was loaded or saved last; milliseconds since 1970. */
  get savedAt(): number | undefined {
    return this.#savedAt;
  }

  /** Reads the snapshot into an empty tree; false where there is none that can be used. */
  load(tree: DirectoryTree): Promise<boolean> {
    return this.#inTurn(() => this.#load(tree));
  }

  /** Writes the tree as it is at one moment before this resolves, to a new file that replaces the old one. */
  save(tree: DirectoryTree): Promise<void> {
    return this.#inTurn(() => this.#save(tree));
  }

  /** Deletes the snapshot with all that was left over or set aside. */
  remove(): Promise<void> {
    return this.#inTurn(async () => {
      this.#savedAt = undefined;
      for (const suffix of ['', TEMPORARY, '.snapshot_corrupt', '.snapshot_foreign']) {
        await this.#attempt(() => rm(`${this.path}${suffix}`, { force: true }));
      }
    });
  }

  async #load(tree: DirectoryTree): Promise<boolean> {
    // Left over by a process that ended while it wrote.
    await this.#attempt(() => rm(`${this.path}${TEMPORARY}`, { force: true }));
    const file = await this.#attempt(() => readWhole(this.path));
    if (file === undefined) return false;
    try {
      this.#savedAt = (await restoreTree(tree, file, this.#key)).savedAt;
      return true;
    } catch (error) {
      const told = error instanceof TidewatchError ? error : corrupt(String(error));
      await this.#attempt(() => rename(this.path, `${this.path}.${told.code}`));
      this.#onProblem(told);
      return false;
    }
  }

  async #save(tree: DirectoryTree): Promise<void> {
    const temporary = `${this.path}${TEMPORARY}`;
    const done = await this.#attempt(async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const handle = await open(temporary, 'w', 0o600);
      try {
        if (!(await writeTree(handle, tree, this.#key, this.#wall()))) return false;
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.path);
      await syncFolder(this.#folder);
      return true;
    });
    if (done === true) this.#savedAt = this.#wall();
    else await this.#attempt(() => rm(temporary, { force: true }));
  }

  async #attempt<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#onProblem(
        new TidewatchError('io_error', `the snapshot ${this.path}: ${String(error)}`, {
          cause: error,
        }),
      );
      return undefined;
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn;
    return turn;
  }
}

/** Deletes the snapshots of all places but those: of connections that are no more. */
export async function sweepSnapshots(folder: string, keep: readonly SnapshotKey[]): Promise<void> {
  const kept = new Set(keep.map((key) => nameOf(keyHash(key))));
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names) {
    const [stem = ''] = name.split('.');
    if (name.includes(SUFFIX) && !kept.has(stem)) await rm(join(folder, name), { force: true });
  }
}

function nameOf(key: Buffer): string {
  return key.toString('hex').slice(0, 32);
}

/** Undefined where there is none. */
async function readWhole(path: string): Promise<Buffer | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const file = Buffer.allocUnsafeSlow(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await handle.read(
        file,
        at,
        Math.min(DEFAULTS.cacheSnapshotReadBytes, size - at),
        at,
      );
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return file.subarray(0, at);
  } finally {
    await handle.close();
  }
}

/** False where the tree changes faster than it can be written. */
async function writeTree(
  handle: FileHandle,
  tree: DirectoryTree,
  key: Buffer,
  savedAt: number,
): Promise<boolean> {
  const capture = new SnapshotCapture(tree);
  const sections = new Map<string, Section>();
  let offset = HEADER_BYTES;
  const put = async (captured: ReturnType<SnapshotCapture['take']>): Promise<void> => {
    const { content, ...section } = captured;
    await handle.write(content, 0, content.length, offset);
    sections.set(`${section.kind}.${section.index}`, { ...section, offset });
    offset += content.length;
  };
  for (let round = 0; round < DEFAULTS.cacheSnapshotRounds; round += 1) {
    const final = capture.finish(savedAt);
    if (final !== undefined) {
      for (const captured of final) await put(captured);
      const table = encodeTable([...sections.values()]);
      await handle.write(table, 0, table.length, offset);
      const header = encodeHeader(key, table, offset);
      await handle.write(header, 0, header.length, 0);
      return true;
    }
    for (const { kind, index } of capture.due()) await put(capture.take(kind, index));
  }
  return false;
}

/** So that the new name outlives a loss of power, too; Windows knows no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
