import type { SmbError, SmbTree, Watch, WatchEvent } from '../../smb/index.ts';
import type { StorageWatch, WatchListener, WatchRequest } from '../storage.ts';

/** One watch of a share, in the words of storages. One object, as there are thousands. */
export class SmbWatch implements StorageWatch {
  #watch: Watch | undefined;
  #listener: WatchListener | undefined;

  constructor(tree: SmbTree, { path, recursive, filter }: WatchRequest, listener: WatchListener) {
    this.#listener = listener;
    try {
      this.#watch = tree.watch(path, {
        recursive,
        ...(filter !== undefined && { filter }),
        listener: this,
      });
    } catch (error) {
      // A path or a filter that cannot be.
      queueMicrotask(() => this.ended(error as SmbError));
    }
  }

  get directoryId(): bigint | undefined {
    return this.#watch?.directoryId?.file;
  }

  close(): Promise<void> {
    this.#listener = undefined;
    return this.#watch?.close() ?? Promise.resolve();
  }

  opened(): void {
    this.#listener?.opened();
  }

  armed(): void {
    this.#listener?.armed();
  }

  event(event: WatchEvent): void {
    if (event.type === 'changes') this.#listener?.changed(event.changes);
    else this.#listener?.lost(event.reason);
  }

  ended(reason: SmbError): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.ended(reason);
  }
}
