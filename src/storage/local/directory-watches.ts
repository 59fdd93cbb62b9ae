import type { FSWatcher } from 'node:fs';
import type { DirectoryHandle } from './directory-handle.ts';
import { decodeName } from './file-name.ts';
import { machineFileSystem } from './file-system.ts';
import type { FileSystem } from './file-system.ts';
import { OverflowGuard, inotifyQueueLength } from './overflow-guard.ts';

/** `entries`: a name came, went or now stands for something else. `content`: something about it changed. */
export type DirectoryEvent = 'entries' | 'content';

/** The name of the directory itself, which no entry can have. */
export const ITSELF = '.';

/** Who hears of a directory: the name of the entry, or ITSELF; undefined when the system names nothing. */
export type DirectoryListener = (event: DirectoryEvent, name: string | undefined) => void;

interface Shared {
  readonly watcher: FSWatcher;
  readonly all: Set<DirectoryListener>;
  /** Those who want to hear of one entry, and of the directory itself. */
  readonly named: Map<string, Set<DirectoryListener>>;
}

/**
 * One `fs.watch` for each directory, however many listen: the kernel has one for each inode anyway, and
 * events are counted once. Directories are watched through their handle, by inode; a path would follow
 * whatever stands there by then.
 */
export class DirectoryWatches {
  readonly #fs: FileSystem;
  readonly #guard: OverflowGuard;
  readonly #shared = new Map<string, Shared>();
  readonly #overflowListeners = new Set<() => void>();

  constructor(fs: FileSystem, queueLength: number = inotifyQueueLength()) {
    this.#fs = fs;
    this.#guard = new OverflowGuard(queueLength, () => {
      for (const overflowed of [...this.#overflowListeners]) overflowed();
    });
  }

  /** Directories that are watched now. */
  get size(): number {
    return this.#shared.size;
  }

  /** Calls when the kernel may have dropped events, of any directory. Returns how to stop. */
  onOverflow(listener: () => void): () => void {
    this.#overflowListeners.add(listener);
    return () => void this.#overflowListeners.delete(listener);
  }

  /**
   * Listens to a directory, or to one entry of it and the directory itself. Returns how to stop. The
   * handle may be closed afterwards.
   *
   * @throws what `fs.watch` throws: ENOSPC, EMFILE, EACCES, ENOENT.
   */
  listen(directory: DirectoryHandle, listener: DirectoryListener, only?: string): () => void {
    const { dev, ino } = directory.stats;
    const key = `${dev}:${ino}`;
    const shared = this.#shared.get(key) ?? this.#open(key, directory);
    const listeners = only === undefined ? shared.all : listenersOf(shared, only);
    listeners.add(listener);
    return () => {
      if (!listeners.delete(listener)) return;
      if (only !== undefined && listeners.size === 0) shared.named.delete(only);
      if (shared.all.size > 0 || shared.named.size > 0) return;
      if (this.#shared.get(key) === shared) this.#shared.delete(key);
      shared.watcher.close();
    };
  }

  #open(key: string, directory: DirectoryHandle): Shared {
    const all = new Set<DirectoryListener>();
    const named = new Map<string, Set<DirectoryListener>>();
    const tell = (event: DirectoryEvent, name: string | undefined): void => {
      // The inode may be gone and its number used again: who comes next gets a watch of its own.
      const ended = event === 'entries' && name === ITSELF;
      if (ended && this.#shared.get(key)?.watcher === watcher) this.#shared.delete(key);
      const aboutAll = name === undefined || name === ITSELF;
      const concerned = aboutAll ? [...named.values()] : [named.get(name) ?? []];
      for (const listeners of [all, ...concerned]) {
        for (const listener of [...listeners]) listener(event, name);
      }
    };
    // libuv calls events of the directory itself by the last name of the path it was given.
    const path = `${directory.base}/${ITSELF}`;
    const watcher = this.#fs.watch(path, { encoding: 'buffer' }, (type, name) => {
      this.#guard.count();
      tell(type === 'rename' ? 'entries' : 'content', name === null ? undefined : decodeName(name));
    });
    // Windows has an error for a directory that is deleted.
    watcher.on('error', () => tell('entries', ITSELF));
    const shared = { watcher, all, named };
    this.#shared.set(key, shared);
    return shared;
  }
}

let watchesOfProcess: DirectoryWatches | undefined;

/**
 * Those of the process. All storages share them as libuv shares one queue of the kernel between all
 * watches: an overflow shows only in the events of all of them together.
 */
export function machineWatches(): DirectoryWatches {
  return (watchesOfProcess ??= new DirectoryWatches(machineFileSystem()));
}

function listenersOf(shared: Shared, name: string): Set<DirectoryListener> {
  let listeners = shared.named.get(name);
  if (listeners === undefined) shared.named.set(name, (listeners = new Set()));
  return listeners;
}
