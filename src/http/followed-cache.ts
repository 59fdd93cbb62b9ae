import type { CacheInfo, CacheStateEvent, Clock, DirectoryCache } from '../app/index.ts';
import { DEFAULTS } from '../defaults.ts';

type Listener = (told: CacheStateEvent) => void;

/** One directory cache and those who are told how it gets on, at most once a second. */
export class FollowedCache {
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();
  #cache: DirectoryCache | undefined;
  #stop: (() => void) | undefined;
  #timer: unknown;
  #changed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** Tells how it is now, if there is one, and everything after that. Returns how to stop. */
  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#cache !== undefined) listener(told(this.#cache.info));
    return () => {
      this.#listeners.delete(listener);
      if (this.isEmpty) this.close();
    };
  }

  attach(cache: DirectoryCache): void {
    if (this.#cache === cache || this.isEmpty) return;
    this.#stop?.();
    this.#cache = cache;
    this.#stop = cache.on(() => this.#moved());
    this.#moved();
  }

  /** Nothing is told until another one is attached. */
  detach(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#cache = undefined;
  }

  close(): void {
    this.detach();
    this.#listeners.clear();
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The first at once; what follows within a second, once, as it is at the end of it. */
  #moved(): void {
    this.#changed = true;
    if (this.#timer === undefined) this.#tell();
  }

  #tell(): void {
    const cache = this.#cache;
    if (cache === undefined) return;
    this.#changed = false;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      if (this.#changed) this.#tell();
    }, DEFAULTS.cacheStateMs);
    const now = told(cache.info);
    for (const listener of this.#listeners) listener(now);
  }
}

function told({ state, directories, scanned, progress }: CacheInfo): CacheStateEvent {
  return { state, directories, scanned, ...(progress === undefined ? {} : { progress }) };
}
