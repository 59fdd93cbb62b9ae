import type { DirectoryWatch, WatchEvent } from '../../src/index.ts';

/** Reads one watch of the library step by step. */
export class RuntimeWatch {
  readonly watch: DirectoryWatch;
  readonly #events: AsyncIterator<WatchEvent, undefined>;

  constructor(watch: DirectoryWatch) {
    this.watch = watch;
    this.#events = watch[Symbol.asyncIterator]() as AsyncIterator<WatchEvent, undefined>;
  }

  /** Reads until an event is accepted; gives it. Rejects when the watch ends. */
  async until(accept: (event: WatchEvent) => boolean): Promise<WatchEvent> {
    for (;;) {
      const event = await this.next();
      if (event === undefined) throw new Error('the watch ended');
      if (accept(event)) return event;
    }
  }

  /** Reads until an event of this type; gives it. */
  async ofType<T extends WatchEvent['type']>(type: T): Promise<WatchEvent & { type: T }> {
    return (await this.until((event) => event.type === type)) as WatchEvent & { type: T };
  }

  /** Reads until this path is told as changed. */
  async path(path: string): Promise<void> {
    await this.until(
      (event) => event.type === 'change' && event.changes.some((change) => change.path === path),
    );
  }

  /** The next event; undefined at the end. */
  async next(): Promise<WatchEvent | undefined> {
    return (await this.#events.next()).value;
  }
}
