import { join } from 'node:path';
import { CacheActor } from '../actors/cache-actor.ts';
import type { DirectoryChange } from '../actors/directory-change.ts';
import type { DirectoryFeed, FedPlace } from '../actors/directory-feed.ts';
import type { Place } from '../actors/place.ts';
import type { Services } from '../actors/services.ts';
import { SearchPool } from '../directory-cache/search-pool.ts';
import { SnapshotFile, sweepSnapshots } from '../directory-cache/snapshot-file.ts';
import type { SnapshotKey } from '../directory-cache/snapshot-format.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { retryPolicy } from '../machines/retry-policy.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import type { Target } from '../storage/target.ts';
import type { CacheOptions, DirectoryCache } from './cache-face.ts';
import { CacheUse } from './cache-use.ts';
import type { NewConnection } from './runtime-face.ts';
import { SharedCache } from './shared-cache.ts';
import { snapshotKey } from './snapshot-key.ts';

/** Folder of snapshots, within that of the data. */
const SNAPSHOTS = 'directory-caches';

/** Where a cache is, and how it is kept. */
export interface CacheSpec {
  readonly place: Place;
  readonly target: Target;
  /** Of the top, below the root of the place. */
  readonly path: string;
  readonly options: CacheOptions;
}

export interface CachesOptions {
  readonly services: Services;
  /** Snapshots are kept below it; undefined: none are. */
  readonly dataDir: string | undefined;
}

/**
 * The directory caches of a runtime: one for each place and way to keep it, made at the first use. That
 * of a named connection stays; any other goes a while after its last use.
 */
export class DirectoryCaches implements DirectoryFeed {
  readonly #services: Services;
  readonly #pool: SearchPool;
  readonly #dataDir: string | undefined;
  readonly #caches = new Map<string, SharedCache>();
  readonly #leaving = new Set<SharedCache>();
  #count = 0;
  #isStopped = false;

  constructor({ services, dataDir }: CachesOptions) {
    this.#services = services;
    this.#dataDir = dataDir;
    this.#pool = new SearchPool({ timers: services.clock });
  }

  get size(): number {
    return this.#caches.size;
  }

  /** One more use; `pin`: of this named connection, which keeps the cache. */
  use(spec: CacheSpec, pin?: string): DirectoryCache {
    if (this.#isStopped) throw new TidewatchError('closed', 'The runtime has stopped');
    const shared = this.#shared(spec);
    this.#services.wheel.cancel(shared.linger);
    shared.linger = undefined;
    if (pin !== undefined) {
      this.#unpin(pin, shared);
      shared.pins.add(pin);
    }
    const use = new CacheUse(shared, spec.options, () => this.#left(shared, use));
    shared.uses.add(use);
    return use;
  }

  /** The cache that a named connection keeps, if it was ever asked for. */
  of(connection: string): CacheActor | undefined {
    for (const { pins, actor } of this.#caches.values()) if (pins.has(connection)) return actor;
    return undefined;
  }

  /** A named connection does without its cache, which is kept on disk; whoever uses it is told. */
  async release(connection: string): Promise<void> {
    const shared = [...this.#caches.values()].find(({ pins }) => pins.has(connection));
    if (shared === undefined) return;
    shared.pins.delete(connection);
    // Another connection leads to the same place, with the same account.
    if (shared.pins.size > 0) return;
    for (const use of [...shared.uses]) use.end();
    this.#stop(shared);
    await shared.over;
  }

  /** The same; and what is on disk goes, unless it is also of where the connection leads now. */
  async forget(connection: string, before: NewConnection, now?: NewConnection): Promise<void> {
    await this.release(connection);
    const old = this.#snapshotOf(before);
    const isKept = now !== undefined && this.#snapshotOf(now)?.path === old?.path;
    if (!isKept && !this.#stores().has(old?.path)) await old?.remove();
  }

  /** Removes from the disk what belongs to none of these connections. */
  async sweep(connections: readonly NewConnection[]): Promise<void> {
    if (this.#dataDir === undefined) return;
    const keep = connections.map(({ cache, pathPrefix, target }) =>
      snapshotKey(target, pathPrefix, cache?.indexFiles ?? false),
    );
    await sweepSnapshots(join(this.#dataDir, SNAPSHOTS), keep);
  }

  listed(place: FedPlace, path: string, directories: Iterable<string> | undefined): void {
    for (const { actor } of this.#of(place)) actor.index.seen(path, directories);
  }

  changed(place: FedPlace, path: string, changes: readonly DirectoryChange[] | undefined): void {
    for (const { actor } of this.#of(place)) actor.index.heardOf(path, changes);
  }

  needsRoom(place: FedPlace): void {
    for (const { actor } of this.#of(place)) actor.index.budget.relieve();
  }

  /** Whether anybody keeps a cache of a place. */
  concerns(place: FedPlace): boolean {
    return this.#of(place).length > 0;
  }

  /** Everybody is told, everything written and closed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const shared of [...this.#caches.values()]) {
      for (const use of [...shared.uses]) use.end();
      this.#stop(shared);
    }
    const left = [...this.#leaving].map(({ over }) => over);
    await Promise.all([this.#pool.close(), ...left]);
  }

  #of(place: FedPlace): SharedCache[] {
    if (this.#caches.size === 0) return [];
    return [...this.#caches.values()].filter(({ actor }) => actor.options.place === place);
  }

  #shared(spec: CacheSpec): SharedCache {
    const services = this.#services;
    const key = keyOf(spec);
    const known = this.#caches.get(key);
    if (known !== undefined && !known.actor.isLeaving) return known;
    const { place, target, path, options } = spec;
    const { limits, retry } = services;
    this.#count += 1;
    const over = Promise.withResolvers<void>();
    const actor = new CacheActor({
      id: [place.key, `${path}~cache${this.#count}`].join('/'),
      place,
      path,
      services,
      retry: options.retry === undefined ? retry : retryPolicy(retry, options.retry),
      indexFiles: options.indexFiles ?? false,
      watchBudget: options.watchBudget ?? limits.cacheWatchBudget,
      rescanMs: options.rescanMs ?? limits.cacheRescanMs,
      concurrency: options.scanConcurrency ?? limits.cacheScanConcurrency,
      store: this.#snapshot(snapshotKey(target, path, options.indexFiles ?? false), place.display),
      onOver: () => {
        this.#leaving.delete(shared);
        over.resolve();
      },
    });
    const shared = new SharedCache(key, actor, this.#pool, over.promise);
    this.#caches.set(key, shared);
    actor.start();
    return shared;
  }

  #snapshotOf({ target, pathPrefix, cache, name }: NewConnection): SnapshotFile | undefined {
    return this.#snapshot(snapshotKey(target, pathPrefix, cache?.indexFiles ?? false), name);
  }

  /** Where those that live are written. */
  #stores(): Set<string | undefined> {
    return new Set([...this.#caches.values()].map(({ actor }) => actor.options.store?.path));
  }

  #snapshot(key: SnapshotKey, whose: string): SnapshotFile | undefined {
    if (this.#dataDir === undefined) return undefined;
    const { clock, logger } = this.#services;
    return new SnapshotFile({
      folder: join(this.#dataDir, SNAPSHOTS),
      key,
      wall: () => clock.wall(),
      onProblem: (err) =>
        logger.warn(
          { event: 'cache.snapshot', connection: whose, code: err.code, err },
          'A snapshot of a directory cache was not used, or not written',
        ),
    });
  }

  /** A connection keeps one cache: that of before goes when nobody else keeps or uses it. */
  #unpin(pin: string, except: SharedCache): void {
    for (const shared of this.#caches.values()) {
      if (shared === except || !shared.pins.delete(pin)) continue;
      if (shared.pins.size === 0 && shared.uses.size === 0) this.#stop(shared);
    }
  }

  #left(shared: SharedCache, use: CacheUse): void {
    shared.uses.delete(use);
    if (shared.uses.size > 0 || shared.pins.size > 0 || this.#isStopped) return;
    if (this.#caches.get(shared.key) !== shared) return;
    const { wheel, limits } = this.#services;
    if (limits.cacheLingerMs === 0) this.#stop(shared);
    else shared.linger ??= wheel.set({ due: () => this.#lingered(shared) }, limits.cacheLingerMs);
  }

  #lingered(shared: SharedCache): void {
    shared.linger = undefined;
    if (shared.uses.size === 0 && shared.pins.size === 0) this.#stop(shared);
  }

  #stop(shared: SharedCache): void {
    if (this.#caches.get(shared.key) !== shared) return;
    this.#caches.delete(shared.key);
    this.#services.wheel.cancel(shared.linger);
    shared.linger = undefined;
    this.#leaving.add(shared);
    shared.actor.stop();
  }
}

function keyOf({ place, path, options }: CacheSpec): string {
  const { indexFiles = false, watchBudget, rescanMs, scanConcurrency, retry } = options;
  const how = [indexFiles, watchBudget, rescanMs, scanConcurrency, policyOf(retry)];
  return [place.key, path, JSON.stringify(how)].join('\u0000');
}

function policyOf(retry: Partial<RetryPolicy> | undefined): unknown {
  if (retry === undefined) return null;
  const { baseMs, factor, capMs, jitter, maxAttempts } = retry;
  return [baseMs, factor, capMs, jitter, String(maxAttempts)];
}
