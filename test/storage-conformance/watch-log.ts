import type { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import type { StorageChange, WatchListener } from '../../src/storage/storage.ts';

/** Writes down what a watch tells, and waits for it. */
export class WatchLog implements WatchListener {
  /** The names of the calls, in their order. */
  readonly calls: string[] = [];
  readonly changes: StorageChange[] = [];
  /** What the watch ended with. */
  reason: TidewatchError | undefined;
  readonly #waiting = new Set<() => void>();

  opened(): void {
    this.#note('opened');
  }

  armed(): void {
    this.#note('armed');
  }

  changed(changes: readonly StorageChange[]): void {
    this.changes.push(...changes);
    this.#note('changed');
  }

  lost(reason: string): void {
    this.#note(`lost ${reason}`);
  }

  ended(reason: TidewatchError): void {
    this.reason = reason;
    this.#note('ended');
  }

  /** Resolves when the condition holds; rejects when the watch ends before. */
  async until(holds: (log: this) => boolean): Promise<void> {
    while (!holds(this)) {
      if (this.reason !== undefined) {
        throw new Error(`the watch ended: ${this.reason.message}`, { cause: this.reason });
      }
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  untilCalled(call: string): Promise<void> {
    return this.until(({ calls }) => calls.includes(call));
  }

  /** Resolves when a change says that something stands at the path now that was not there. */
  untilCame(path: string): Promise<void> {
    return this.until(({ changes }) =>
      changes.some((one) => one.path === path && ['added', 'renamed'].includes(one.action)),
    );
  }

  /** Resolves when a change says that what stood at the path is gone. */
  untilGone(path: string): Promise<void> {
    return this.until(({ changes }) =>
      changes.some((one) => (one.action === 'removed' ? one.path : one.oldPath) === path),
    );
  }

  /** Resolves when a change says anything of what stands at the path. */
  untilTold(path: string): Promise<void> {
    return this.until(({ changes }) => changes.some((one) => one.path === path));
  }

  /** Forgets the changes so far. */
  forget(): void {
    this.changes.length = 0;
  }

  #note(call: string): void {
    this.calls.push(call);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
