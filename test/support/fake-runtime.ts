import { SILENT } from '../../src/actors/logger.ts';
import type {
  ActorInfo,
  ActorObserver,
  ConnectionInfo,
  ConnectionSubscription,
  DirectoryCache,
  IdentifiedConnection,
  ListRequest,
  Logger,
  NewConnection,
  Runtime,
  RuntimeCounters,
  Subscriber,
  Tuning,
  WatchInfo,
} from '../../src/app/index.ts';
import { connectionId } from '../../src/app/connection-id.ts';
import type { StorageEntry } from '../../src/storage/storage.ts';
import { TidewatchError } from '../../src/errors/tidewatch-error.ts';

export const EPOCH = '7f5c9f7e-2f55-4a55-9d43-0a7b5ce0f001';

/** One subscription of a door, whose events the test makes. */
export interface FakeSubscription {
  readonly request: ConnectionSubscription;
  readonly subscriber: Subscriber;
  /** undefined: open. */
  closed: { linger: boolean } | undefined;
  refreshes: number;
}

/** A runtime in which nothing happens but what a test says. */
export class FakeRuntime implements Runtime {
  readonly logger: Logger;
  readonly subscriptions: FakeSubscription[] = [];
  readonly observers = new Set<ActorObserver>();
  readonly actorList: ActorInfo[] = [];
  watchList: WatchInfo[] = [];
  started = 0;
  stopped = 0;
  /** `subscribed` comes by itself, on a later tick. */
  automatic = true;
  /** Called when a subscription was made. */
  onSubscribe: (subscription: FakeSubscription) => void = () => undefined;
  readonly #connections = new Map<string, ConnectionInfo>();

  constructor(logger: Logger = SILENT) {
    this.logger = logger;
  }

  /** What was put, in order. */
  readonly put: IdentifiedConnection[] = [];

  readonly connections = {
    add: ({ name, target }: NewConnection): ConnectionInfo => {
      const common = { id: connectionId(name), name, scope: 'shared', read_only: true } as const;
      const info: ConnectionInfo =
        target.type === 'smb'
          ? { ...common, type: 'smb', host: target.host, share_name: target.share }
          : target.type === 'local'
            ? { ...common, type: 'local', root_path: target.root }
            : { ...common, type: 's3', bucket: target.bucket };
      this.#connections.set(info.id, info);
      return info;
    },
    put: (put: IdentifiedConnection): ConnectionInfo => {
      this.put.push(put);
      const { id, scope, ...connection } = put;
      const info = { ...this.connections.add(connection), id, scope };
      this.#connections.delete(connectionId(connection.name));
      this.#connections.set(id, info);
      return info;
    },
    remove: (id: string): boolean => this.#connections.delete(id),
    list: (): readonly ConnectionInfo[] => [...this.#connections.values()],
    get: (idOrName: string): ConnectionInfo | undefined => {
      const digits = idOrName.replace(/[{}-]/g, '').toLowerCase();
      return this.connections
        .list()
        .find(({ id, name }) => name === idOrName || id.replaceAll('-', '') === digits);
    },
  };

  readonly actors = {
    list: (): readonly ActorInfo[] => this.actorList,
    get: (id: string): ActorInfo | undefined => this.actorList.find((actor) => actor.id === id),
    observe: (observer: ActorObserver): (() => void) => {
      this.observers.add(observer);
      return () => void this.observers.delete(observer);
    },
  };

  start(): Promise<void> {
    this.started += 1;
    return Promise.resolve();
  }

  tidied = 0;

  tidy(): Promise<void> {
    this.tidied += 1;
    return Promise.resolve();
  }

  readonly tunings: Tuning[] = [];

  tune(tuning: Tuning): void {
    this.tunings.push(tuning);
  }

  stop(): Promise<void> {
    this.stopped += 1;
    return Promise.resolve();
  }

  watch(): Promise<never> {
    return Promise.reject(new Error('doors watch named connections'));
  }

  subscribe(
    request: ConnectionSubscription,
    subscriber: Subscriber,
  ): { close(options?: { linger?: boolean }): void; refresh(): void } {
    if (request.path === 'refused by the runtime') {
      throw new TidewatchError('invalid_path', 'the path is refused');
    }
    const made: FakeSubscription = { request, subscriber, closed: undefined, refreshes: 0 };
    this.subscriptions.push(made);
    if (this.automatic) {
      queueMicrotask(() => {
        const resumed = request.resume !== undefined;
        subscriber.subscribed({ type: 'subscribed', epoch: EPOCH, seq: 0, state: 'live', resumed });
      });
    }
    this.onSubscribe(made);
    return {
      close: ({ linger = false } = {}) => void (made.closed ??= { linger }),
      refresh: () => void (made.refreshes += 1),
    };
  }

  /** The subscriptions that hold something. */
  open(): FakeSubscription[] {
    return this.subscriptions.filter(({ closed }) => closed === undefined);
  }

  /** What `list` gives of each path. */
  readonly listings = new Map<string, readonly StorageEntry[]>();

  async *list({ path }: ListRequest): AsyncGenerator<readonly StorageEntry[]> {
    const entries = this.listings.get(path);
    if (entries === undefined) throw new TidewatchError('not_found', 'there is no such directory');
    yield await Promise.resolve(entries);
  }

  cache(): Promise<never> {
    return Promise.reject(new Error('doors search named connections'));
  }

  /** The caches of connections, by name. */
  readonly caches = new Map<string, DirectoryCache>();

  cacheOf(connection: string): Promise<DirectoryCache> {
    const cache = this.caches.get(connection);
    const error = new TidewatchError('not_found', 'There is no such connection');
    return cache === undefined ? Promise.reject(error) : Promise.resolve(cache);
  }

  watches(): readonly WatchInfo[] {
    return this.watchList;
  }

  counters(): RuntimeCounters {
    return {
      changes: 3,
      resyncs: { overflow: 2 },
      divergences: 0,
      reconnects: 1,
      listings: 5,
      verifications: 4,
      watches: { live: 7 },
      connections: { connected: 1 },
      subscribers: this.open().length,
    };
  }
}
