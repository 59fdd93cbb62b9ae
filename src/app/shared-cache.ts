import type { CacheActor } from '../actors/cache-actor.ts';
import { CacheSearch } from '../actors/cache-search.ts';
import type { WheelTimer } from '../actors/timer-wheel.ts';

/** One cache and who uses it. */
export class SharedCache {
  readonly key: string;
  readonly actor: CacheActor;
  readonly search: CacheSearch;
  readonly uses = new Set<{ end(): void }>();
  /** Ids of the named connections that keep it. */
  readonly pins = new Set<string>();
  /** Nothing is left of it. */
  readonly over: Promise<void>;
  /** Runs after its last use. */
  linger: WheelTimer | undefined;

  constructor(key: string, actor: CacheActor, over: Promise<void>) {
    this.key = key;
    this.actor = actor;
    this.over = over;
    this.search = new CacheSearch(actor);
  }
}
