import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { mapBounded } from './bounded-map.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import type { DirectoryEvent, DirectoryWatches } from './directory-watches.ts';
import { replaced } from './end-of-watch.ts';
import { localError } from './local-error.ts';
import { childPath } from './local-path.ts';
import type { LocalRoot } from './local-root.ts';
import { refuseNetworkFileSystem } from './network-file-system.ts';
import { readDirectory } from './read-names.ts';
import { watchObstacle } from './watch-obstacle.ts';
import { WatchedDirectory } from './watched-directory.ts';

/** Who hears of the directories of a tree; `name` as in DirectoryListener. */
export type TreeListener = (
  directory: WatchedDirectory,
  event: DirectoryEvent,
  name: string | undefined,
) => void;

export interface TreeOptions {
  readonly root: LocalRoot;
  readonly watches: DirectoryWatches;
  /** Of the top, relative to the root of the storage. */
  readonly path: string;
  readonly recursive: boolean;
  readonly heard: TreeListener;
}

/**
 * The watches of a directory and, when recursive, of each directory below: inotify knows no recursion.
 * The one that Node brings is not used: it follows links, throws out of its callbacks when the kernel has
 * no watch left, and stays blind in a directory that is replaced by another of the same name.
 */
export class DirectoryTree {
  readonly top = new WatchedDirectory(undefined, '');
  readonly #options: TreeOptions;
  #closed = false;

  constructor(options: TreeOptions) {
    this.#options = options;
  }

  /** Opens a directory of the tree where it should be; to be closed by the caller. */
  open(directory: WatchedDirectory, options?: { verify: boolean }): Promise<DirectoryHandle> {
    return this.#options.root.openDirectory(this.#storagePath(directory), options);
  }

  /**
   * Watches a directory of the tree and everything below that is not watched yet, and forgets what is
   * gone. Each directory is watched before it is read, so nothing that comes later goes unnoticed.
   *
   * @param found hears the path of everything below, relative to the top.
   * @throws TidewatchError when the top itself cannot be watched, or anything for lack of resources.
   */
  async survey(start: WatchedDirectory, found?: (path: string) => void): Promise<void> {
    const waiting = [start];
    while (waiting.length > 0 && !this.#closed) {
      const batch = waiting.splice(-DEFAULTS.localSurveys);
      const visit = (one: WatchedDirectory): Promise<WatchedDirectory[]> => this.#visit(one, found);
      for (const below of await mapBounded(batch, batch.length, visit)) {
        for (const directory of below) waiting.push(directory);
      }
    }
  }

  /** Watches a directory once more if the kernel may have stopped to, as it does for one that is deleted. */
  renew(directory: WatchedDirectory, handle: DirectoryHandle): void {
    if (directory.doubtful && !directory.dropped) this.#listen(directory, handle);
  }

  /** Stops listening to all of it. */
  close(): void {
    this.#closed = true;
    this.top.drop();
  }

  #storagePath(directory: WatchedDirectory): string {
    const { path } = directory;
    return path === '' ? this.#options.path : childPath(this.#options.path, path);
  }

  /** Watches one directory; gives the directories in it. */
  async #visit(
    directory: WatchedDirectory,
    found?: (path: string) => void,
  ): Promise<WatchedDirectory[]> {
    let handle: DirectoryHandle | undefined;
    try {
      handle = await this.open(directory, { verify: directory === this.top });
      await this.#watch(directory, handle);
      if (!this.#options.recursive || this.#closed) return [];
      return await this.#below(directory, handle, found);
    } catch (caught) {
      const error = localError(caught, this.#storagePath(directory));
      if (directory === this.top || !(error instanceof TidewatchError)) throw error;
      if (error.code === 'not_found' || error.code === 'not_a_directory') directory.drop();
      // What may not be read is not listed either; a change of its rights is told by its parent.
      else if (error.code !== 'access_denied') throw error;
      return [];
    } finally {
      await handle?.close();
    }
  }

  async #watch(directory: WatchedDirectory, handle: DirectoryHandle): Promise<void> {
    const { root } = this.#options;
    const isKnown = directory.is(handle.stats);
    if (directory === this.top && !isKnown) throw replaced();
    if (isKnown && directory.stop !== undefined) {
      this.renew(directory, handle);
      return;
    }
    // What is mounted below the top may be of another kind.
    if (handle.stats.dev !== (directory.parent ?? directory).id?.dev) {
      await refuseNetworkFileSystem(root.fs, handle, this.#storagePath(directory));
    }
    if (this.#closed || directory.dropped) return;
    for (const child of [...directory.children.values()]) child.drop();
    const { dev, ino, birthtimeNs } = handle.stats;
    directory.id = { dev, ino, birthtimeNs };
    this.#listen(directory, handle);
  }

  #listen(directory: WatchedDirectory, handle: DirectoryHandle): void {
    const { watches, heard } = this.#options;
    const before = directory.stop;
    try {
      directory.stop = watches.listen(handle, (event, name) => heard(directory, event, name));
    } catch (error) {
      throw watchObstacle(error, this.#storagePath(directory));
    }
    before?.();
    directory.doubtful = false;
  }

  async #below(
    directory: WatchedDirectory,
    handle: DirectoryHandle,
    found?: (path: string) => void,
  ): Promise<WatchedDirectory[]> {
    const gone = new Map(directory.children);
    const { path } = directory;
    const entries = await readDirectory(this.#options.root.fs, handle);
    if (this.#closed || directory.dropped) return [];
    for (const { name, isDirectory } of entries) {
      found?.(childPath(path, name));
      if (!isDirectory) continue;
      gone.delete(name);
      if (directory.children.has(name)) continue;
      directory.children.set(name, new WatchedDirectory(directory, name));
    }
    for (const child of gone.values()) child.drop();
    return [...directory.children.values()];
  }
}
