import type { Watch, WatchEvent } from '../../src/smb/index.ts';
import type { Change, RescanReason } from '../../src/smb/index.ts';

/** Reads one watch step by step. */
export class WatchReader {
  readonly #events: AsyncIterator<WatchEvent, undefined>;
  /** Every change read so far. */
  readonly changes: Change[] = [];
  readonly rescans: RescanReason[] = [];

  constructor(watch: Watch) {
    this.#events = watch[Symbol.asyncIterator]();
  }

  /** Reads until one of the changes is accepted; gives all changes read on the way. */
  async until(accept: (change: Change) => boolean): Promise<Change[]> {
    const first = this.changes.length;
    while (!this.changes.slice(first).some(accept)) await this.next();
    return this.changes.slice(first);
  }

  /** Reads until this path is reported with this action. */
  untilPath(action: Change['action'], path: string): Promise<Change[]> {
    return this.until((change) => change.action === action && change.path === path);
  }

  /** Reads until the watch asks for a rescan. */
  async untilRescan(): Promise<RescanReason | undefined> {
    const before = this.rescans.length;
    while (this.rescans.length === before) await this.next();
    return this.rescans.at(-1);
  }

  /** Reads to the end; rejects with what the watch ends with. */
  async toEnd(): Promise<void> {
    while ((await this.#take()) !== undefined);
  }

  /** Reads the next event. */
  async next(): Promise<void> {
    if ((await this.#take()) === undefined) throw new Error('the watch ended');
  }

  async #take(): Promise<WatchEvent | undefined> {
    const { value } = await this.#events.next();
    if (value?.type === 'changes') this.changes.push(...value.changes);
    if (value?.type === 'rescan') this.rescans.push(value.reason);
    return value;
  }
}
