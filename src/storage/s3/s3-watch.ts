import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { StorageWatch, WatchListener } from '../storage.ts';

/** S3 tells nobody what changes: who wants to know has to list, and is told so. */
export class S3Watch implements StorageWatch {
  readonly directoryId = undefined;
  #isClosed = false;

  constructor(listener: WatchListener) {
    queueMicrotask(() => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      listener.ended(
        new TidewatchError('notify_unsupported', 'S3 does not report changes, so it is polled'),
      );
    });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }
}
