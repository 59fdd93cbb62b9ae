import { TidewatchError } from '../errors/tidewatch-error.ts';
import type {
  NumberedEvent,
  StateEvent,
  SubscribedEvent,
  Subscriber,
  Subscription,
} from '../actors/watch-events.ts';
import { keepAlive } from './keep-alive.ts';
import type { DirectoryWatch, WatchEvent } from './runtime-face.ts';

interface Waiting {
  readonly resolve: (result: IteratorResult<WatchEvent, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A watch as `for await` reads it. What a slow reader has not taken collapses into one resync, so that
 * it never grows; states collapse into the last one.
 */
export class WatchReader implements DirectoryWatch, Subscriber {
  readonly #most: number;
  #subscription: Subscription | undefined;
  #queue: WatchEvent[] = [];
  #waiting: Waiting[] = [];
  #end: { error?: Error } | undefined;
  #stopObserving: (() => void) | undefined;
  #letDie: (() => void) | undefined;

  constructor(mostEvents: number) {
    this.#most = mostEvents;
  }

  /** What it reads from; ended by the signal. */
  follow(subscription: Subscription, signal: AbortSignal | undefined): void {
    this.#subscription = subscription;
    this.#letDie = keepAlive();
    if (signal === undefined) return;
    const onAbort = (): void => void this.close();
    if (signal.aborted) onAbort();
    else {
      signal.addEventListener('abort', onAbort, { once: true });
      this.#stopObserving = () => signal.removeEventListener('abort', onAbort);
    }
  }

  refresh(): void {
    this.#subscription?.refresh();
  }

  close(): Promise<void> {
    this.#finish(undefined);
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchEvent, undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  subscribed(event: SubscribedEvent): void {
    this.#push(event);
  }

  numbered(event: NumberedEvent): void {
    this.#push(event);
    if (this.#queue.length <= this.#most) return;
    // Where it stands is kept: what it was told to be subscribed to, and how the watch is.
    const kept = this.#queue.filter(({ type }) => type === 'subscribed');
    const state = this.#queue.findLast(({ type }) => type === 'state');
    this.#queue = state === undefined ? kept : [...kept, state];
    this.#queue.push({ type: 'resync', seq: event.seq, reason: 'slow_consumer' });
  }

  state(event: StateEvent): void {
    if (this.#queue.at(-1)?.type === 'state') this.#queue.pop();
    this.#push(event);
    // Nobody tries any more: a loop that goes on would wait for ever.
    if (event.state === 'failed') {
      const { code = 'io_error', message = 'The directory cannot be watched' } = event;
      this.#finish(new TidewatchError(code, message));
    }
  }

  ended(reason: TidewatchError): void {
    this.#finish(reason.code === 'closed' ? undefined : reason);
  }

  #push(event: WatchEvent): void {
    if (this.#end !== undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push(event);
    else waiting.resolve({ done: false, value: event });
  }

  #finish(error: Error | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    this.#stopObserving?.();
    this.#letDie?.();
    this.#subscription?.close();
    this.#subscription = undefined;
    // One that was closed by its reader has nothing more to say; one that failed says why, at last.
    if (error === undefined) this.#queue = [];
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      const failure = this.#end.error;
      this.#end = {};
      if (failure === undefined) resolve({ done: true, value: undefined });
      else reject(failure);
    }
  }

  #next(): Promise<IteratorResult<WatchEvent, undefined>> {
    const event = this.#queue.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject });
      });
    }
    const { error } = this.#end;
    this.#end = {};
    return error === undefined
      ? Promise.resolve({ done: true, value: undefined })
      : Promise.reject(error);
  }
}
