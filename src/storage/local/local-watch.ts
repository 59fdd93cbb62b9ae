import { constants } from 'node:fs';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { StorageWatch, WatchListener, WatchRequest } from '../storage.ts';
import { watchAncestors } from './ancestor-watch.ts';
import { ChangeFilter } from './change-filter.ts';
import { ChangeTeller } from './change-teller.ts';
import { DirectoryTree } from './directory-tree.ts';
import { ITSELF } from './directory-watches.ts';
import type { DirectoryEvent, DirectoryWatches } from './directory-watches.ts';
import { endOfWatch, isOutOfReach, replaced } from './end-of-watch.ts';
import { localFileId } from './local-entry.ts';
import { localError } from './local-error.ts';
import type { LocalRoot } from './local-root.ts';
import { lookUpHeard } from './look-up-heard.ts';
import { refuseNetworkFileSystem } from './network-file-system.ts';
import { PendingNames } from './pending-names.ts';
import type { HeardNames } from './pending-names.ts';
import { watchObstacle } from './watch-obstacle.ts';
import type { WatchedDirectory } from './watched-directory.ts';

/** The part of a clock that is needed here. */
export interface Timers {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface LocalWatchOptions {
  readonly root: LocalRoot;
  readonly watches: DirectoryWatches;
  readonly timers: Timers;
}

/** One watch of a directory of this machine; see `Storage.watch`. */
export class LocalWatch implements StorageWatch {
  directoryId: bigint | undefined;
  readonly #root: LocalRoot;
  readonly #watches: DirectoryWatches;
  readonly #timers: Timers;
  readonly #request: WatchRequest;
  readonly #listener: WatchListener;
  readonly #tree: DirectoryTree;
  readonly #teller: ChangeTeller;
  readonly #pending = new PendingNames();
  readonly #stops: (() => void)[] = [];
  #armed = false;
  #closed = false;
  /** Something happened to the rights of the directory itself. */
  #rightsChanged = false;
  #working = false;
  #work: Promise<void>;

  constructor(options: LocalWatchOptions, request: WatchRequest, listener: WatchListener) {
    this.#root = options.root;
    this.#watches = options.watches;
    this.#timers = options.timers;
    this.#request = request;
    this.#listener = listener;
    this.#tree = new DirectoryTree({
      ...options,
      path: request.path,
      recursive: request.recursive,
      heard: (directory, event, name) => this.#heard(directory, event, name),
    });
    this.#teller = new ChangeTeller(new ChangeFilter(request.filter), (changes) => {
      if (!this.#closed) listener.changed(changes);
    });
    this.#work = this.#guarded(() => this.#begin());
  }

  async close(): Promise<void> {
    this.#release();
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = this.#timers.setTimeout(resolve, DEFAULTS.localCloseMs);
    });
    // A file system that does not answer keeps a look-up for ever; its handle closes itself when it does.
    await Promise.race([this.#work, late]);
    this.#timers.clearTimeout(timer);
  }

  async #begin(): Promise<void> {
    const { path } = this.#request;
    const directory = await this.#root.openDirectory(path);
    try {
      await refuseNetworkFileSystem(this.#root.fs, directory, path);
      const { dev, ino, birthtimeNs } = directory.stats;
      this.#tree.top.id = { dev, ino, birthtimeNs };
    } finally {
      await directory.close();
    }
    if (this.#closed) return;
    this.directoryId = localFileId(this.#tree.top.id, this.#root.stats.dev);
    this.#listener.opened();
    try {
      await this.#arm();
    } catch (error) {
      throw await this.#endOf(error);
    }
    if (this.#closed) return;
    this.#armed = true;
    this.#listener.armed();
    this.#wake();
  }

  async #arm(): Promise<void> {
    const { path } = this.#request;
    this.#stops.push(this.#watches.onOverflow(() => this.#lose()));
    const concerned = (): void => this.#checkTop();
    try {
      this.#stops.push(await watchAncestors(this.#root, this.#watches, path, concerned));
    } catch (error) {
      throw watchObstacle(error, path);
    }
    await this.#tree.survey(this.#tree.top);
    // The path may have come to lead elsewhere before it was watched.
    await this.#lookInto(this.#tree.top, new Map());
    if (this.#closed) this.#release();
  }

  #heard(directory: WatchedDirectory, event: DirectoryEvent, name: string | undefined): void {
    if (this.#closed) return;
    if (name === undefined) {
      this.#lose();
    } else if (name !== ITSELF) {
      this.#pending.add(directory, event, name);
    } else if (directory.parent === undefined) {
      // Deletion, a new name and new rights all look the same.
      directory.doubtful = true;
      this.#rightsChanged = true;
      this.#checkTop();
    } else {
      directory.doubtful = true;
      this.#pending.check(directory);
      // Most of what happens to a directory its parent tells as well, but not that it was unmounted.
      this.#pending.add(directory.parent, 'content', directory.name);
    }
    this.#wake();
  }

  #checkTop(): void {
    this.#pending.check(this.#tree.top);
    this.#wake();
  }

  #lose(): void {
    this.#pending.lose();
    this.#wake();
  }

  /** Looks at what is pending when everything that the kernel has to tell now was told. */
  #wake(): void {
    if (!this.#armed || this.#working || this.#closed || this.#pending.isEmpty) return;
    this.#working = true;
    this.#work = new Promise((resolve) => {
      setImmediate(() => resolve(this.#guarded(() => this.#catchUp())));
    });
  }

  async #catchUp(): Promise<void> {
    try {
      while (!this.#closed && !this.#pending.isEmpty) {
        const { lost, directories } = this.#pending.take();
        for (const [directory, names] of directories) await this.#lookInto(directory, names);
        if (lost) await this.#recover();
      }
    } catch (error) {
      throw await this.#endOf(error);
    } finally {
      this.#working = false;
    }
  }

  /** Directories that came unseen are watched before the loss is told and everything is listed. */
  async #recover(): Promise<void> {
    await this.#tree.survey(this.#tree.top);
    if (!this.#closed) this.#listener.lost('overflow');
  }

  async #lookInto(directory: WatchedDirectory, names: HeardNames): Promise<void> {
    if (directory.dropped || this.#closed) return;
    try {
      for (const child of await this.#tellOf(directory, names)) {
        await this.#tree.survey(child, (path) => this.#teller.tell('added', path));
      }
    } catch (caught) {
      const error = localError(caught, this.#request.path);
      // That a directory below is gone, or must not be looked into any more, its parent tells.
      if (directory === this.#tree.top || !isOutOfReach(error)) throw error;
    }
    this.#teller.flush();
  }

  /** Tells what became of names in a directory; gives directories that are to be watched now. */
  async #tellOf(directory: WatchedDirectory, names: HeardNames): Promise<WatchedDirectory[]> {
    const handle = await this.#tree.open(directory);
    try {
      if (!directory.is(handle.stats)) throw replaced();
      this.#tree.renew(directory, handle);
      if (this.#rightsChanged && directory === this.#tree.top) {
        this.#rightsChanged = false;
        await this.#root.fs.access(handle.at('.'), constants.R_OK | constants.X_OK);
      }
      const place = { directory, handle, recursive: this.#request.recursive };
      return await lookUpHeard(this.#root, place, names, this.#teller);
    } finally {
      await handle.close();
    }
  }

  #endOf(error: unknown): Promise<unknown> {
    return endOfWatch(this.#root, this.#request.path, this.#tree.top.id, error);
  }

  /** Runs a part of the work; its failure ends the watch. Never rejects. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (caught) {
      if (this.#closed) return;
      const error = localError(caught, this.#request.path);
      this.#release();
      this.#listener.ended(
        error instanceof TidewatchError
          ? error
          : new TidewatchError('io_error', 'Watching failed unexpectedly', { cause: error }),
      );
    }
  }

  #release(): void {
    this.#closed = true;
    for (const stop of this.#stops.splice(0)) stop();
    this.#tree.close();
    this.#pending.take();
  }
}
