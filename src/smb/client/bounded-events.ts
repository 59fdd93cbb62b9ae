import { SMB_DEFAULTS } from '../defaults.ts';
import type { SmbError } from '../smb-error.ts';
import { EventQueue } from './event-queue.ts';
import type { Weight } from './event-queue.ts';
import type { RescanReason, WatchEvent } from './watch-options.ts';

/** What a watch tells whoever iterates over it. Bounded: a slow reader gets a rescan instead. */
export class BoundedEvents {
  #queue = new EventQueue<WatchEvent>(weigh);

  push(event: WatchEvent): void {
    const queue = this.#queue;
    // One rescan that nobody has taken yet says it all, whatever its reason.
    if (event.type === 'rescan' && queue.newest?.type === 'rescan') return;
    queue.push(event);
    const { watchQueueBytes, watchQueueChanges } = SMB_DEFAULTS;
    if (queue.count > watchQueueChanges || queue.bytes > watchQueueBytes) {
      queue.clear();
      queue.push({ type: 'rescan', reason: 'slow_consumer' satisfies RescanReason });
    }
  }

  end(reason: SmbError | undefined): void {
    this.#queue.end(reason);
  }

  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    return this.#queue.next();
  }
}

function weigh(event: WatchEvent): Weight {
  if (event.type === 'rescan') return { count: 1, bytes: 0 };
  let units = 0;
  for (const { path, oldPath = '' } of event.changes) units += path.length + oldPath.length;
  return { count: event.changes.length, bytes: 2 * units };
}
