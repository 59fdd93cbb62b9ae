import { createReadStream, createWriteStream, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { openSync, closeSync, fsyncSync, readdirSync, writeSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { syncDirectory } from './durable-file-system.ts';

/*
 * One file that holds the files of a folder, compressed: a list of them as one line of JSON, then
 * their contents in that order.
 */

interface Item {
  readonly path: string;
  /** Bytes; absent for directories. */
  readonly size?: number;
}

/** Packs every file and directory below a folder. */
export async function packFolder(folder: string, archive: string): Promise<void> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const items = names.map((name): Item => {
    const stats = lstatSync(join(folder, name));
    const path = name.split(sep).join('/');
    return stats.isDirectory() ? { path } : { path, size: stats.size };
  });
  const parts = function* (): Generator<Buffer> {
    yield Buffer.from(`${JSON.stringify(items)}\n`);
    for (const { path, size } of items) {
      if (size !== undefined) yield readFileSync(join(folder, path));
    }
  };
  const level = constants.Z_BEST_COMPRESSION;
  await pipeline(Readable.from(parts()), createGzip({ level }), createWriteStream(archive));
}

/**
 * Unpacks an archive into a folder that is made, readable for its owner only. All of it is on the
 * disk when this resolves.
 */
export async function unpackFolder(archive: string, folder: string): Promise<void> {
  mkdirSync(folder, { mode: 0o700 });
  const writer = new FolderWriter(folder);
  try {
    const source = createReadStream(archive).pipe(createGunzip({ chunkSize: 262_144 }));
    for await (const chunk of source) writer.take(chunk as Buffer);
    writer.end();
  } finally {
    writer.close();
  }
}

class FolderWriter {
  readonly #folder: string;
  #head: Buffer[] | undefined = [];
  #items: Item[] = [];
  #next = 0;
  #descriptor: number | undefined;
  #missing = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  take(chunk: Buffer): void {
    let rest = this.#head === undefined ? chunk : this.#takeHead(chunk, this.#head);
    while (rest.length > 0) {
      if (this.#descriptor === undefined) throw damaged();
      const part = rest.subarray(0, this.#missing);
      rest = rest.subarray(part.length);
      for (let at = 0; at < part.length;) at += writeSync(this.#descriptor, part, at);
      this.#missing -= part.length;
      if (this.#missing === 0) this.#nextFile();
    }
  }

  end(): void {
    if (this.#head !== undefined || this.#descriptor !== undefined) throw damaged();
    const directories = this.#items.filter(({ size }) => size === undefined);
    for (const { path } of directories) syncDirectory(join(this.#folder, path));
    syncDirectory(this.#folder);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** Returns what comes after the list of files. */
  #takeHead(chunk: Buffer, head: Buffer[]): Buffer {
    const end = chunk.indexOf('\n');
    head.push(end < 0 ? chunk : chunk.subarray(0, end));
    if (end < 0) return chunk.subarray(chunk.length);
    this.#items = JSON.parse(Buffer.concat(head).toString()) as Item[];
    this.#head = undefined;
    this.#nextFile();
    return chunk.subarray(end + 1);
  }

  /** Ends one file and begins the next that has any bytes to come. */
  #nextFile(): void {
    for (;;) {
      if (this.#descriptor !== undefined) {
        fsyncSync(this.#descriptor);
        this.close();
      }
      const item = this.#items[this.#next++];
      if (item === undefined) return;
      const path = join(this.#folder, item.path);
      if (item.size === undefined) {
        mkdirSync(path, { mode: 0o700 });
        continue;
      }
      this.#descriptor = openSync(path, 'wx', 0o600);
      this.#missing = item.size;
      if (item.size > 0) return;
    }
  }
}

function damaged(): TidewatchError {
  return new TidewatchError('internal_error', 'the template of the embedded database is damaged');
}
