import { SMB_DEFAULTS } from '../defaults.ts';
import { EventQueue } from './event-queue.ts';
import type { Weight } from './event-queue.ts';
import type { WatchEvent } from './watch-options.ts';

/** What a watch tells whoever iterates over it. Bounded: a slow reader gets a rescan instead. */
export class BoundedEvents extends EventQueue<WatchEvent> {
  constructor() {
    super(weigh);
  }

  override push(event: WatchEvent): void {
    // One rescan that nobody has taken yet says it all, whatever its reason.
    if (event.type === 'rescan' && this.newest?.type === 'rescan') return;
    super.push(event);
    const { watchQueueBytes, watchQueueChanges } = SMB_DEFAULTS;
    if (this.count <= watchQueueChanges && this.bytes <= watchQueueBytes) return;
    this.clear();
    super.push({ type: 'rescan', reason: 'slow_consumer' });
  }
}

function weigh(event: WatchEvent): Weight {
  if (event.type === 'rescan') return { count: 1, bytes: 0 };
  let units = 0;
  for (const { path, oldPath = '' } of event.changes) units += path.length + oldPath.length;
  return { count: event.changes.length, bytes: 2 * units };
}
