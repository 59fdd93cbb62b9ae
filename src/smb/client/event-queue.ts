/**
 * Between one producer and one `for await`: what nobody has taken yet waits here. Ends with or
 * without an error; what came before the end is still delivered.
 */
export class EventQueue<T> implements AsyncIterator<T, undefined> {
  /** Weight of what waits, to be bounded by the producer. */
  weight = 0;
  #weigh: (item: T) => number;
  #items: T[] = [];
  #waiting: ((result: Promise<IteratorResult<T, undefined>>) => void)[] = [];
  #end: { error?: Error } | undefined;

  constructor(weigh: (item: T) => number) {
    this.#weigh = weigh;
  }

  /** The newest that nobody has taken yet. */
  get newest(): T | undefined {
    return this.#items.at(-1);
  }

  push(item: T): void {
    if (this.#end !== undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#items.push(item);
      this.weight += this.#weigh(item);
    } else waiting(Promise.resolve({ done: false, value: item }));
  }

  /** Forgets what nobody has taken. */
  clear(): void {
    this.#items = [];
    this.weight = 0;
  }

  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    for (const waiting of this.#waiting.splice(0)) waiting(this.#last());
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const item = this.#items.shift();
    if (item !== undefined) {
      this.weight -= this.#weigh(item);
      return Promise.resolve({ done: false, value: item });
    }
    if (this.#end !== undefined) return this.#last();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
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
