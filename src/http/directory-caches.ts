import type { CacheStateEvent, Clock, DirectoryCache, Logger, Runtime } from '../app/index.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { FollowedCache } from './followed-cache.ts';

type Listener = (told: CacheStateEvent) => void;

export interface DirectoryCachesOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The directory caches of connections that somebody searches, and who is told how they get on. */
export class DirectoryCaches {
  readonly #options: DirectoryCachesOptions;
  /** By id of the connection. */
  readonly #open = new Map<string, Promise<DirectoryCache>>();
  readonly #followed = new Map<string, FollowedCache>();
  #isClosed = false;

  constructor(options: DirectoryCachesOptions) {
    this.#options = options;
  }

  /** Works with the cache of a connection, which begins with its first use. */
  async use<T>(connection: string, work: (cache: DirectoryCache) => T | Promise<T>): Promise<T> {
    const cache = this.#opened(connection);
    try {
      return await work(await cache);
    } catch (error) {
      if (!(error instanceof TidewatchError) || error.code !== 'closed') throw error;
      // It leads elsewhere since then, and has another cache.
      if (this.#open.get(connection) === cache) this.#open.delete(connection);
      return work(await this.#opened(connection));
    }
  }

  /**
   * Tells how the cache gets on, at most once a second, from the time on when there is one: nobody who
   * only watches makes a server list everything. Returns how to stop.
   */
  follow(connection: string, listener: Listener): () => void {
    let followed = this.#followed.get(connection);
    if (followed === undefined) {
      followed = new FollowedCache(this.#options.clock);
      this.#followed.set(connection, followed);
      void this.#open.get(connection)?.then((cache) => followed?.attach(cache), unheard);
    }
    const current = followed;
    const stop = current.add(listener);
    return () => {
      stop();
      if (current.isEmpty && this.#followed.get(connection) === current) {
        this.#followed.delete(connection);
      }
    };
  }

  /** The connection may lead elsewhere. Where its cache is followed, the new one begins at once. */
  async changed(connection: string): Promise<void> {
    const followed = this.#followed.get(connection);
    const wasOpen = this.#open.has(connection);
    followed?.detach();
    await this.forget(connection);
    if (!wasOpen || followed === undefined || followed.isEmpty || this.#isClosed) return;
    await this.#opened(connection).catch(unheard);
  }

  /** The connection is gone. */
  async forget(connection: string): Promise<void> {
    const cache = this.#open.get(connection);
    if (cache === undefined) return;
    this.#open.delete(connection);
    const { logger } = this.#options;
    try {
      await (await cache).close();
    } catch (err) {
      logger.warn({ event: 'cache.error', connection, err }, 'a directory cache was not closed');
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const followed of this.#followed.values()) followed.close();
    this.#followed.clear();
    await Promise.all([...this.#open.keys()].map((connection) => this.forget(connection)));
  }

  #opened(connection: string): Promise<DirectoryCache> {
    const known = this.#open.get(connection);
    if (known !== undefined) return known;
    const opening = this.#options.runtime.cacheOf(connection);
    this.#open.set(connection, opening);
    opening.then(
      (cache) => this.#followed.get(connection)?.attach(cache),
      () => {
        if (this.#open.get(connection) === opening) this.#open.delete(connection);
      },
    );
    return opening;
  }
}

/** Whoever asked for the cache is told why there is none. */
function unheard(): void {}
