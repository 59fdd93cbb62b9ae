import type { CacheActor } from '../actors/cache-actor.ts';
import type { SearchPool } from '../directory-cache/search-pool.ts';
import type { WheelTimer } from '../actors/timer-wheel.ts';

/** One cache and who uses it. */
export class SharedCache {
  readonly key: string;
  readonly actor: CacheActor;
  /** Of all caches of a runtime. */
  readonly pool: SearchPool;
  readonly uses = new Set<{ end(): void }>();
  /** Ids of the named connections that keep it. */
  readonly pins = new Set<string>();
  /** Nothing is left of it. */
  readonly over: Promise<void>;
  /** Runs after its last use. */
  linger: WheelTimer | undefined;

  constructor(key: string, actor: CacheActor, pool: SearchPool, over: Promise<void>) {
    this.key = key;
    this.actor = actor;
    this.over = over;
    this.pool = pool;
  }
}
