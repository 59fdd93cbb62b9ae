import { afterEach, expect } from 'vitest';
import { CacheActor } from '../../src/actors/cache-actor.ts';
import type { CacheOptions } from '../../src/actors/cache-actor.ts';
import type { CacheInfo } from '../../src/actors/cache-info.ts';
import type { StorageChange } from '../../src/storage/storage.ts';
import { ActorServices, settle } from './actor-services.ts';
import type { ServicesOptions } from './actor-services.ts';
import { ScriptedPlace } from './scripted-place.ts';

export type ScriptedCacheOptions = Partial<Omit<CacheOptions, 'services' | 'place'>> & {
  readonly services?: ServicesOptions;
  readonly place?: ScriptedPlace;
};

/** A directory cache of files in memory; a test says what is told of them, and when. */
export class ScriptedCache {
  readonly services: ActorServices;
  readonly place: ScriptedPlace;
  readonly actor: CacheActor;
  over = false;

  constructor(directories: readonly string[], options: ScriptedCacheOptions = {}) {
    const { services = {}, place = new ScriptedPlace(), ...rest } = options;
    // Unless a test is about it, what is armed is in force.
    const limits = { cacheArmGraceMs: 0, ...services.limits };
    this.services = new ActorServices({ ...services, limits });
    this.place = place;
    for (const path of directories) place.storage.directory(path);
    this.actor = new CacheActor({
      id: 'cache',
      place,
      path: '',
      services: this.services,
      retry: this.services.retry,
      indexFiles: false,
      watchBudget: 0,
      rescanMs: 3_600_000,
      store: undefined,
      concurrency: 4,
      ...rest,
      onOver: () => {
        this.over = true;
      },
    });
  }

  get storage(): ScriptedPlace['storage'] {
    return this.place.storage;
  }

  get info(): CacheInfo {
    return this.actor.info;
  }

  /** Paths of all directories that can be found. */
  get known(): string[] {
    const { tree } = this.actor.index;
    return tree
      .slice(0, 100_000)
      .ids.filter((id) => tree.info(id).kind === 'directory')
      .map((id) => tree.pathOf(id) ?? '')
      .sort();
  }

  /** Directories that were listed since the last call. */
  listed(): string[] {
    const listed = this.storage.calls.filter((call) => call.startsWith('list '));
    this.storage.calls.length = 0;
    return listed.map((call) => call.slice('list '.length)).sort();
  }

  /** Started, and at rest. */
  async start(): Promise<this> {
    this.actor.start();
    await this.rest();
    return this;
  }

  /** Whatever is under way is done, and a moment passes. */
  async rest(ms = 100): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1) await settle();
    await this.services.pass(ms);
    for (let turn = 0; turn < 10; turn += 1) await settle();
  }

  /** What the watch at the top reports. */
  tell(...changes: StorageChange[]): void {
    this.storage.tell('', ...changes);
  }

  /** Ends it; throws when anything of it is left. */
  async stop(): Promise<void> {
    this.actor.stop();
    await this.rest(5_000);
    const left = [
      this.storage.open().length,
      this.place.leases,
      this.place.users.size,
      this.services.wheel.pending,
    ];
    if (!this.over || left.some((count) => count > 0)) {
      throw new Error(`${this.actor.state}, left behind: ${left.join(', ')}`);
    }
  }
}

/** Caches of the tests of a `describe`; each is stopped behind its test, and has to leave nothing. */
export function useScriptedCaches(): {
  readonly make: (...args: ConstructorParameters<typeof ScriptedCache>) => ScriptedCache;
  readonly started: (
    ...args: ConstructorParameters<typeof ScriptedCache>
  ) => Promise<ScriptedCache>;
} {
  const caches: ScriptedCache[] = [];
  afterEach(async () => {
    for (const cache of caches.splice(0)) {
      await cache.stop();
      expect(cache.services.timerErrors).toEqual([]);
    }
  });
  const make = (...args: ConstructorParameters<typeof ScriptedCache>): ScriptedCache => {
    const cache = new ScriptedCache(...args);
    caches.push(cache);
    return cache;
  };
  return { make, started: (...args) => make(...args).start() };
}
