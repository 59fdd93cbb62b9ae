import type {
  CallOptions,
  ListingOptions,
  Storage,
  StorageEntry,
  StorageWatch,
} from '../storage.ts';
import type { WatchListener, WatchRequest } from '../storage.ts';
import { DirectoryWatches, machineWatches } from './directory-watches.ts';
import { machineFileSystem } from './file-system.ts';
import type { FileSystem } from './file-system.ts';
import { localEntry } from './local-entry.ts';
import { findLocal } from './local-find.ts';
import { localError, throwIfAborted } from './local-error.ts';
import { listLocal } from './local-list.ts';
import { checkPath, splitPath } from './local-path.ts';
import { readLocalRanges, readLocalStream } from './local-read.ts';
import type { ByteRange } from './local-read.ts';
import { LocalRoot } from './local-root.ts';
import { LocalWatch } from './local-watch.ts';
import type { Timers } from './local-watch.ts';
import { writeLocalFile } from './local-write.ts';

export interface LocalStorageOptions {
  /** Absolute; may be a link. */
  readonly root: string;
  readonly clock?: Timers;
  /** For tests. */
  readonly fs?: FileSystem;
  /** For tests: events that inotify keeps before it drops some; by default what the kernel says. */
  readonly inotifyQueue?: number;
}

/**
 * A directory of this machine as a storage. It remembers which directory it is: when the volume goes away
 * or is replaced everything fails with `disconnected`, and it has to be opened again.
 *
 * @throws TidewatchError `not_found`, `not_a_directory`, `access_denied`.
 */
export async function openLocalStorage(options: LocalStorageOptions): Promise<LocalStorage> {
  const fs = options.fs ?? machineFileSystem();
  const root = await LocalRoot.open(options.root, fs);
  const simulated = options.fs !== undefined || options.inotifyQueue !== undefined;
  const watches = simulated ? new DirectoryWatches(fs, options.inotifyQueue) : machineWatches();
  return new LocalStorage(root, watches, options.clock ?? SYSTEM_TIMERS);
}

/** See `Storage`. Holds nothing open between calls but its watches. */
export class LocalStorage implements Storage {
  readonly kind = 'local';
  readonly recursion = 'complete';
  readonly #root: LocalRoot;
  readonly #watches: DirectoryWatches;
  readonly #timers: Timers;

  constructor(root: LocalRoot, watches: DirectoryWatches, timers: Timers) {
    this.#root = root;
    this.#watches = watches;
    this.#timers = timers;
  }

  /** Directories that the kernel watches now, for this storage and all others of the process. */
  get watchedDirectories(): number {
    return this.#watches.size;
  }

  list(path: string, options: ListingOptions = {}): AsyncGenerator<readonly StorageEntry[], void> {
    return listLocal(this.#root, path, options);
  }

  find(
    directory: string,
    name: string,
    options: CallOptions = {},
  ): Promise<StorageEntry | undefined> {
    return findLocal(this.#root, directory, name, options);
  }

  async stat(path: string, { signal }: CallOptions = {}): Promise<StorageEntry> {
    throwIfAborted(signal);
    checkPath(path, this.#root.fs.platform);
    const { directory: parent, name } = splitPath(path);
    const directory = await this.#root.openDirectory(parent);
    try {
      const { stats } = directory;
      const found =
        name === '' ? stats : await this.#root.fs.lstat(directory.at(name), { bigint: true });
      return localEntry(name, found, this.#root.stats.dev);
    } catch (error) {
      throw localError(error, path);
    } finally {
      await directory.close();
    }
  }

  readRanges(
    path: string,
    ranges: readonly ByteRange[],
    options: CallOptions = {},
  ): Promise<{ size: number; chunks: Uint8Array[] }> {
    return readLocalRanges(this.#root, path, ranges, options);
  }

  readStream(
    path: string,
    options: CallOptions & { readonly start?: number } = {},
  ): AsyncGenerator<Uint8Array, void> {
    return readLocalStream(this.#root, path, options);
  }

  writeFile(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: CallOptions & { readonly overwrite?: boolean } = {},
  ): Promise<number> {
    return writeLocalFile(this.#root, path, content, options);
  }

  watch(request: WatchRequest, listener: WatchListener): StorageWatch {
    const options = { root: this.#root, watches: this.#watches, timers: this.#timers };
    return new LocalWatch(options, request, listener);
  }
}

const SYSTEM_TIMERS: Timers = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
