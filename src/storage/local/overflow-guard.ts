import { readFileSync } from 'node:fs';
import { DEFAULTS } from '../../defaults.ts';

/** This part of the queue read in one go counts as an overflow. */
const SHARE = 4;

/**
 * Notices that the kernel may have dropped events of inotify, which libuv does not pass on. Its one queue
 * for each event loop is always read until it is empty, within one turn of the loop; a queue that has
 * overflowed was full, so such a turn brings about as many events as it holds. A quarter of that is
 * already suspicious: identical events are merged, and some belong to watches that are closed.
 */
export class OverflowGuard {
  readonly #limit: number;
  readonly #overflowed: () => void;
  #events = 0;

  /** `queue`: the events that the kernel keeps. */
  constructor(queue: number, overflowed: () => void) {
    this.#limit = Math.max(1, Math.floor(queue / SHARE));
    this.#overflowed = overflowed;
  }

  /** To be called for each event. */
  count(): void {
    this.#events++;
    if (this.#events > 1) return;
    // Immediates run when the reading of this turn is over.
    setImmediate(() => {
      const events = this.#events;
      this.#events = 0;
      if (events >= this.#limit) this.#overflowed();
    });
  }
}

/** Events that the kernel keeps for each event loop; its default where it does not tell. */
export function inotifyQueueLength(): number {
  try {
    const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    return limit > 0 ? limit : DEFAULTS.localInotifyQueue;
  } catch {
    // Not Linux, or a container that hides it.
    return DEFAULTS.localInotifyQueue;
  }
}
