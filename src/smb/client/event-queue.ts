/** What an item takes up: so many things, in so many bytes. */
export interface Weight {
  readonly count: number;
  readonly bytes: number;
}

const NOBODY: readonly never[] = [];

/**
 * Between one producer and one `for await`: what nobody has taken yet waits here. Ends with or
 * without an error; what came before the end is still delivered.
 */
export class EventQueue<T> implements AsyncIterator<T, undefined> {
  /** Of what waits, to be bounded by the producer. */
  count = 0;
  bytes = 0;
  #weigh: (item: T) => Weight;
  /** Mostly there is nothing to hold, or one reader, for thousands of queues. */
  #items: T[] | undefined;
  #waiting: readonly ((result: Promise<IteratorResult<T, undefined>>) => void)[] = NOBODY;
  #end: { error?: Error } | undefined;

  constructor(weigh: (item: T) => Weight) {
    this.#weigh = weigh;
  }

  /** The newest that nobody has taken yet. */
  get newest(): T | undefined {
    return this.#items?.at(-1);
  }

  push(item: T): void {
    if (this.#end !== undefined) return;
    const [waiting, ...others] = this.#waiting;
    if (waiting === undefined) {
      this.#items ??= [];
      this.#items.push(item);
      this.#count(item, 1);
    } else {
      this.#waiting = others.length === 0 ? NOBODY : others;
      waiting(Promise.resolve({ done: false, value: item }));
    }
  }

  /** Forgets what nobody has taken. */
  clear(): void {
    this.#items = undefined;
    this.count = 0;
    this.bytes = 0;
  }

  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    const waiting = this.#waiting;
    this.#waiting = NOBODY;
    for (const reader of waiting) reader(this.#last());
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const item = this.#items?.shift();
    if (item !== undefined) {
      if (this.#items?.length === 0) this.#items = undefined;
      this.#count(item, -1);
      return Promise.resolve({ done: false, value: item });
    }
    if (this.#end !== undefined) return this.#last();
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, resolve];
    });
  }

  #count(item: T, times: 1 | -1): void {
    const { count, bytes } = this.#weigh(item);
    this.count += times * count;
    this.bytes += times * bytes;
  }

  /** An error is thrown to one reader; after it the queue has just ended. */
  #last(): Promise<IteratorResult<T, undefined>> {
    const error = this.#end?.error;
    this.#end = {};
    return error === undefined
      ? Promise.resolve({ done: true, value: undefined })
      : Promise.reject(error);
  }
}
