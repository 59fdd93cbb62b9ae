import { randomBytes } from 'node:crypto';
import { systemClock } from '../actors/clock.ts';
import type { Clock, Random } from '../actors/clock.ts';
import { Counters } from '../actors/counters.ts';
import { limitsFrom } from '../actors/limits.ts';
import type { Limits } from '../actors/limits.ts';
import { SILENT } from '../actors/logger.ts';
import type { Logger } from '../actors/logger.ts';
import { Places } from '../actors/places.ts';
import { ActorRegistry } from '../actors/registry.ts';
import type { Services } from '../actors/services.ts';
import { TimerWheel } from '../actors/timer-wheel.ts';
import { WatchHub } from '../actors/watch-hub.ts';
import type { TopicInfo, TopicSpec } from '../actors/watch-hub.ts';
import type { EntryOptions } from '../actors/topic-entry.ts';
import type { Subscriber, Subscription } from '../actors/watch-events.ts';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { DEFAULT_RETRY, retryPolicy } from '../machines/retry-policy.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import { joinPaths, normalisePath } from '../storage/paths.ts';
import { systemNetwork } from '../storage/smb/smb-link.ts';
import type { SmbNetwork } from '../storage/smb/smb-link.ts';
import type { StorageEntry } from '../storage/storage.ts';
import type { Target } from '../storage/target.ts';
import { Addresses } from './addresses.ts';
import type { CacheOptions, DirectoryCache } from './cache-face.ts';
import { NamedConnections } from './connections.ts';
import { DirectoryCaches } from './directory-caches.ts';
import { Followers } from './followers.ts';
import type { SubscriptionWorld } from './followers.ts';
import type {
  Actors,
  ConnectionSubscription,
  Connections,
  DirectoryWatch,
  ListRequest,
  Runtime,
  RuntimeCounters,
  Tuning,
  WatchInfo,
  WatchOptions,
  WatchPlace,
} from './runtime-face.ts';
import { StorageUse } from './storage-use.ts';
import { LateSubscription } from './late-subscription.ts';
import { watchPlace } from './watch-place.ts';
import { WatchReader } from './watch-reader.ts';

export interface RuntimeOptions {
  readonly logger?: Logger;
  /** Where what outlives the process is kept, such as snapshots of directory caches; default: nothing is. */
  readonly dataDir?: string | undefined;
  /** In place of the defaults of the same names. */
  readonly limits?: Partial<Limits>;
  /** Of connections, and of watches that name none of their own. */
  readonly retry?: Partial<RetryPolicy>;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly network?: Partial<SmbNetwork>;
  /** A random id for a numbering. */
  readonly newEpoch?: () => string;
}

/** Makes a runtime; nothing happens before something is asked of it. */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  return new TidewatchRuntime(options);
}

class TidewatchRuntime implements Runtime, SubscriptionWorld {
  readonly logger: Logger;
  readonly actors: Actors;
  readonly #services: Services;
  readonly #places: Places;
  readonly #hub: WatchHub;
  readonly #addresses: Addresses;
  readonly #connections: NamedConnections;
  readonly #followers: Followers;
  readonly #caches: DirectoryCaches;
  #stopping: Promise<void> | undefined;

  constructor(options: RuntimeOptions) {
    const { logger = SILENT, clock = systemClock } = options;
    const limits = limitsFrom(options.limits);
    const registry = new ActorRegistry(clock);
    this.logger = logger;
    this.actors = registry;
    this.#services = {
      clock,
      random: options.random ?? Math.random,
      wheel: new TimerWheel(clock, undefined, {
        onError: (err) => logger.error({ event: 'timer.failed', err }, 'A timer failed'),
      }),
      registry,
      logger,
      logsChanges: logger.isLevelEnabled?.('debug') ?? true,
      network: { ...systemNetwork, ...options.network },
      limits,
      retry:
        options.retry === undefined ? DEFAULT_RETRY : retryPolicy(DEFAULT_RETRY, options.retry),
      counters: new Counters(),
      feed: {
        listed: (...heard) => this.#caches.listed(...heard),
        changed: (...heard) => this.#caches.changed(...heard),
        needsRoom: (place) => this.#caches.needsRoom(place),
      },
      // In one piece: a UUID is joined of twenty parts, which take a kilobyte.
      newEpoch: options.newEpoch ?? (() => randomBytes(12).toString('base64url')),
    };
    this.#places = new Places(this.#services);
    this.#addresses = new Addresses(this.#services.network, clock);
    this.#hub = new WatchHub(this.#services);
    this.#followers = new Followers(this);
    this.#caches = new DirectoryCaches({ services: this.#services, dataDir: options.dataDir });
    this.#connections = new NamedConnections({
      connectionMoved: (id, before) => {
        this.#followers.connectionMoved(id);
        void this.#caches.forget(id, before, this.#connections.open(id));
      },
      cacheChanged: (id) => void this.#caches.release(id),
      connectionGone: (id, before) => {
        this.#followers.connectionGone(id);
        void this.#caches.forget(id, before);
      },
    });
  }

  get connections(): Connections {
    return this.#connections;
  }

  start(): Promise<void> {
    this.#assertRunning();
    return Promise.resolve();
  }

  tune({ maxAttempts, ...limits }: Tuning): void {
    Object.assign(this.#services.limits, definedOf(limits));
    if (maxAttempts === undefined) return;
    const retry = retryPolicy(this.#services.retry, { maxAttempts });
    // Whoever begins from now on; a watch that goes on keeps what it was begun with.
    Object.assign(this.#services, { retry });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async watch(location: string | WatchPlace, options: WatchOptions = {}): Promise<DirectoryWatch> {
    this.#assertRunning();
    const { target, path } = typeof location === 'string' ? await watchPlace(location) : location;
    const reader = new WatchReader(this.#services.limits.readerEvents);
    const { recursive = false, detail = 'changes', filter, retry, stopOnDelete, resume } = options;
    const now = new Date(this.#services.clock.wall()).toISOString();
    reader.state({ type: 'state', state: 'connecting', since: now });
    const spec = {
      path: normalisePath(target.type, path),
      recursive,
      filter,
      stopOnDelete,
      retry: retry === undefined ? this.#services.retry : retryPolicy(this.#services.retry, retry),
    };
    const how = { detail, resume, patienceMs: Infinity };
    const subscription = this.#join(target, spec, reader, how);
    reader.follow(subscription, options.signal);
    return reader;
  }

  subscribe(request: ConnectionSubscription, subscriber: Subscriber): Subscription {
    this.#assertRunning();
    const id = this.#connections.get(request.connection)?.id;
    if (id === undefined) throw noSuchConnection();
    return this.#followers.subscribe(id, request, subscriber);
  }

  /** For `Followers`: where the connection leads now. */
  join(
    request: ConnectionSubscription,
    subscriber: Subscriber,
    { moved }: { readonly moved: boolean },
  ): Subscription {
    const connection = this.#connections.open(request.connection);
    if (connection === undefined) throw noSuchConnection();
    const { target, pathPrefix } = connection;
    const path = joinPaths(pathPrefix, normalisePath(target.type, request.path));
    const { recursive, detail, filter, resume } = request;
    const spec = { path, recursive, filter, retry: this.#services.retry };
    const patienceMs = moved ? Infinity : this.#services.limits.patienceMs;
    return this.#join(target, spec, subscriber, { detail, resume, patienceMs, enduring: moved });
  }

  /** For `Followers`. */
  wall(): number {
    return this.#services.clock.wall();
  }

  async *list({
    connection,
    path,
    signal,
  }: ListRequest): AsyncGenerator<readonly StorageEntry[], void, undefined> {
    this.#assertRunning();
    const known = this.#connections.open(connection);
    if (known === undefined) throw noSuchConnection();
    const { target, pathPrefix } = known;
    const directory = joinPaths(pathPrefix, normalisePath(target.type, path));
    const address = target.type === 'smb' ? await this.#addresses.of(target.host) : undefined;
    const place = this.#places.find(target, address);
    await using use = await StorageUse.open(place, signal);
    const directories: string[] = [];
    for await (const page of use.storage.list(directory, { signal })) {
      if (this.#caches.concerns(place)) {
        for (const { name, kind } of page) if (kind === 'directory') directories.push(name);
      }
      yield page;
    }
    this.#caches.listed(place, directory, directories);
  }

  async cache(location: string | WatchPlace, options: CacheOptions = {}): Promise<DirectoryCache> {
    this.#assertRunning();
    const { target, path } = typeof location === 'string' ? await watchPlace(location) : location;
    return this.#cache(target, normalisePath(target.type, path), options);
  }

  async cacheOf(connection: string): Promise<DirectoryCache> {
    this.#assertRunning();
    const known = this.#connections.open(connection);
    const id = this.#connections.get(connection)?.id;
    if (known === undefined || id === undefined) throw noSuchConnection();
    return this.#cache(known.target, known.pathPrefix, known.cache ?? {}, id);
  }

  tidy(): Promise<void> {
    return this.#caches.sweep(this.#connections.all());
  }

  watches(): readonly WatchInfo[] {
    return this.#hub.topics().map(describe);
  }

  counters(): RuntimeCounters {
    const { counters } = this.#services;
    const watches: Record<string, number> = {};
    for (const { status } of this.#hub.directories) {
      watches[status.word] = (watches[status.word] ?? 0) + 1;
    }
    const connections: Record<string, number> = {};
    for (const endpoint of this.#places.endpoints) {
      for (const { state } of endpoint.connections) {
        const name = state.split('.', 1)[0] ?? state;
        connections[name] = (connections[name] ?? 0) + 1;
      }
    }
    return {
      changes: counters.changes,
      resyncs: { ...counters.resyncs },
      divergences: counters.divergences,
      reconnects: counters.reconnects,
      listings: counters.listings,
      verifications: counters.verifications,
      watches,
      connections,
      subscribers: counters.subscribers,
    };
  }

  async #cache(
    target: Target,
    path: string,
    options: CacheOptions,
    pin?: string,
  ): Promise<DirectoryCache> {
    const address = target.type === 'smb' ? await this.#addresses.of(target.host) : undefined;
    this.#assertRunning();
    const place = this.#places.find(target, address);
    return this.#caches.use({ place, target, path, options }, pin);
  }

  /** Joins at once, or as soon as it is known where the server is. */
  #join(
    target: Target,
    spec: Omit<TopicSpec, 'place'>,
    subscriber: Subscriber,
    how: EntryOptions,
  ): Subscription {
    const join = (address: string | undefined): Subscription =>
      this.#hub.subscribe({ ...spec, place: this.#places.find(target, address) }, subscriber, how);
    const address = target.type === 'smb' ? this.#addresses.of(target.host) : undefined;
    if (!(address instanceof Promise)) return join(address);
    const late = new LateSubscription();
    const follow = (found: string | undefined): void => {
      if (late.isClosed) return;
      if (this.#stopping === undefined) late.follow(join(found));
      else subscriber.ended(new TidewatchError('closed', 'The runtime has stopped'));
    };
    address.then(follow).catch((err: unknown) => {
      this.logger.error({ event: 'subscriber.failed', err }, 'A subscriber threw what it must not');
    });
    return late;
  }

  #assertRunning(): void {
    if (this.#stopping !== undefined) {
      throw new TidewatchError('closed', 'The runtime has stopped');
    }
  }

  #patience(ms: number): Promise<void> {
    const { wheel } = this.#services;
    return new Promise((resolve) => {
      wheel.set({ due: () => resolve() }, ms);
    });
  }

  async #stop(): Promise<void> {
    // Watches first, then what they stand on. Where a server does not answer, each step takes its time:
    // what is not closed soon ends with the connection.
    const closed = Promise.all([this.#hub.stop(), this.#caches.stop()]);
    await Promise.race([closed, this.#patience(DEFAULTS.stopWatchesMs)]);
    await this.#places.close();
    await closed;
    this.#services.wheel.stop();
  }
}

function describe({ topic, spec }: TopicInfo): WatchInfo {
  const { directory } = topic;
  const { place, path, recursive } = spec;
  const { failure, lastEventAt, verifiedAt } = directory;
  const time = (ms: number): string => new Date(ms).toISOString();
  const mode = recursive === true ? 'recursive' : recursive === 'tree' ? 'tree' : 'flat';
  return {
    location: place.display,
    path,
    mode: directory.isPolling ? 'polling' : mode,
    state: topic.word,
    since: time(directory.status.since),
    subscribers: topic.subscribers,
    seq: topic.seq,
    ...(lastEventAt !== undefined && { last_event_at: time(lastEventAt) }),
    ...(verifiedAt !== undefined && { verified_at: time(verifiedAt) }),
    reconnects: directory.reconnects,
    ...(topic.word !== 'live' && failure !== undefined && { code: failure.code }),
  };
}

function noSuchConnection(): TidewatchError {
  return new TidewatchError('not_found', 'There is no such connection');
}

function definedOf(limits: object): object {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
