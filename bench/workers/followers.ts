import type {
  Detail,
  NumberedEvent,
  Runtime,
  StateEvent,
  SubscribedEvent,
  Subscriber,
  Subscription,
} from '../../src/app/index.ts';

/** Follows many directories of a runtime, and knows when all of them are live. */
export class Followers {
  readonly #all: Follower[] = [];
  readonly #subscriptions: Subscription[] = [];
  #failure: Error | undefined;
  #onNews: () => void = () => undefined;

  /** Resolves when all are live, with the seconds it took. */
  async add(
    runtime: Runtime,
    connection: string,
    paths: readonly string[],
    detail: Detail,
  ): Promise<number> {
    const begin = performance.now();
    for (const path of paths) {
      const follower = new Follower(this);
      this.#all.push(follower);
      const request = { connection, path, recursive: false, detail };
      this.#subscriptions.push(runtime.subscribe(request, follower));
    }
    await this.#until(({ isLive }) => isLive);
    return (performance.now() - begin) / 1000;
  }

  forgetResyncs(): void {
    for (const follower of this.#all) follower.isResynced = false;
  }

  /** Resolves when every directory is live and was told to be listed again. */
  back(): Promise<void> {
    return this.#until(({ isLive, isResynced }) => isLive && isResynced);
  }

  /** Lets go of all. */
  close(): void {
    for (const subscription of this.#subscriptions.splice(0)) subscription.close();
    this.#all.length = 0;
  }

  news(): void {
    this.#onNews();
  }

  failed(reason: Error): void {
    this.#failure ??= reason;
    this.#onNews();
  }

  /** Looks at the first that is not there yet, and no further: there are thousands. */
  #until(there: (follower: Follower) => boolean): Promise<void> {
    let at = 0;
    return new Promise((resolve, reject) => {
      this.#onNews = () => {
        while (at < this.#all.length && there(this.#all[at]!)) at += 1;
        if (this.#failure !== undefined) reject(this.#failure);
        else if (at === this.#all.length) {
          // One that was there before the others may have gone again.
          at = 0;
          if (!this.#all.every(there)) return;
          this.#onNews = () => undefined;
          resolve();
        }
      };
      this.#onNews();
    });
  }
}

class Follower implements Subscriber {
  isLive = false;
  isResynced = false;
  readonly #owner: Followers;

  constructor(owner: Followers) {
    this.#owner = owner;
  }

  subscribed({ state }: SubscribedEvent): void {
    this.isLive = state === 'live';
    this.#owner.news();
  }

  numbered({ type }: NumberedEvent): void {
    if (type === 'resync') this.isResynced = true;
    this.#owner.news();
  }

  state({ state }: StateEvent): void {
    this.isLive = state === 'live';
    this.#owner.news();
  }

  ended(reason: Error): void {
    this.#owner.failed(reason);
  }
}
