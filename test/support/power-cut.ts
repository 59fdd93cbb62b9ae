import { fstatSync, lstatSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { NodeFileSystem, NodeStream } from '../../src/db/embedded/durable-file-system.ts';

/** What of a file is on the disk for sure. */
interface FileOnDisk {
  content: Buffer;
}

const SECTOR = 512;

/**
 * Remembers what a folder would have left after a power cut: only contents that were synced, under
 * names that were there before, or whose directory or file was synced since. That is all that file
 * systems promise; most keep more.
 *
 * Sees the operations of an embedded database through `adjust`.
 */
export class PowerCut {
  readonly #folder: string;
  /** Names that outlive the cut, relative to the folder. */
  readonly #names = new Map<string, FileOnDisk>();
  readonly #directories = new Set<string>();
  /** Files that are there now, by the number of their inode. */
  readonly #files = new Map<number, FileOnDisk>();
  /** Called before each write and each sync: a moment at which the power may go. */
  onMoment: () => void = () => undefined;

  /** @param folder Nothing in it is being written; all that is there counts as synced. */
  constructor(folder: string) {
    this.#folder = folder;
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, name);
      const stats = lstatSync(path);
      if (stats.isDirectory()) {
        this.#directories.add(name);
        continue;
      }
      const file = { content: readFileSync(path) };
      this.#files.set(stats.ino, file);
      this.#names.set(name, file);
    }
  }

  readonly adjust = (files: NodeFileSystem): void => {
    const { node_ops: nodes, stream_ops: streams } = files;
    const { fsync, write } = streams;
    const { rename, unlink } = nodes;
    streams.fsync = (stream) => {
      this.onMoment();
      const result = fsync?.(stream) ?? 0;
      this.#synced(stream, files.realPath(stream.node));
      return result;
    };
    streams.write = (...args) => {
      this.onMoment();
      return write(...args);
    };
    nodes.unlink = (parent, name) => {
      this.#gone(join(files.realPath(parent), name));
      unlink(parent, name);
    };
    nodes.rename = (node, directory, name) => {
      this.#gone(join(files.realPath(directory), name));
      rename(node, directory, name);
    };
  };

  /**
   * Makes a folder as it would be found after a cut right now.
   *
   * @param random Numbers from 0 up to 1; some of the unsynced sectors have reached the disk as well.
   */
  writeTo(target: string, random?: () => number): void {
    mkdirSync(target, { recursive: true, mode: 0o700 });
    for (const name of this.#directories) mkdirSync(join(target, name), { recursive: true });
    const now = new Map([...this.#files].map(([inode, file]) => [file, inode]));
    const paths = random === undefined ? new Map<number, string>() : this.#pathsByInode();
    for (const [name, file] of this.#names) {
      const path = join(target, name);
      mkdirSync(dirname(path), { recursive: true });
      const current = paths.get(now.get(file) ?? -1);
      const mixed = current === undefined ? file.content : mix(file, current, random ?? (() => 0));
      writeFileSync(path, mixed);
    }
  }

  #synced(stream: NodeStream, path: string): void {
    if (stream.nfd === undefined) {
      this.#namesSynced(path);
      return;
    }
    const file = this.#fileOf(fstatSync(stream.nfd).ino);
    file.content = readFileSync(path);
    this.#names.set(relative(this.#folder, path), file);
  }

  #namesSynced(directory: string): void {
    const prefix = relative(this.#folder, directory);
    for (const name of this.#names.keys()) {
      if (dirname(join('/', name)) === join('/', prefix)) this.#names.delete(name);
    }
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const name = join(prefix, entry.name);
      if (entry.isDirectory()) this.#directories.add(name);
      else this.#names.set(name, this.#fileOf(lstatSync(join(directory, entry.name)).ino));
    }
  }

  #fileOf(inode: number): FileOnDisk {
    const known = this.#files.get(inode);
    if (known !== undefined) return known;
    const file = { content: Buffer.alloc(0) };
    this.#files.set(inode, file);
    return file;
  }

  /** The number of the inode may be given to another file from now on. */
  #gone(path: string): void {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.nlink === 1) this.#files.delete(stats.ino);
  }

  #pathsByInode(): Map<number, string> {
    const entries = readdirSync(this.#folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile());
    return new Map(
      paths.map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [lstatSync(path).ino, path];
      }),
    );
  }
}

/** Each sector as it was synced or as it was written last. */
function mix(file: FileOnDisk, path: string, random: () => number): Buffer {
  const written = readFileSync(path);
  if (written.equals(file.content)) return written;
  const length = random() < 0.5 ? file.content.length : written.length;
  const mixed = Buffer.alloc(length);
  file.content.copy(mixed);
  for (let at = 0; at < Math.min(length, written.length); at += SECTOR) {
    if (random() < 0.5) written.copy(mixed, at, at, at + SECTOR);
  }
  return mixed;
}
