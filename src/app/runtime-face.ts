import type { Logger } from '../actors/logger.ts';
import type { ActorInfo, ActorObserver } from '../actors/registry.ts';
import type {
  Detail,
  NumberedEvent,
  Recursion,
  ResumePoint,
  StateEvent,
  Subscriber,
  SubscribedEvent,
  Subscription,
} from '../actors/watch-events.ts';
import type { ErrorCode } from '../errors/codes.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import type { WatchState } from '../machines/watch-state.ts';
import type { FilterName, StorageEntry } from '../storage/storage.ts';
import type { Target } from '../storage/target.ts';
import type { CacheOptions, CacheSettings, DirectoryCache } from './cache-face.ts';

export type { ActorInfo, ActorObserver } from '../actors/registry.ts';
export type { RetryPolicy } from '../machines/retry-policy.ts';
export type * from './cache-face.ts';

export interface WatchOptions {
  /** Everything below as well; default false. */
  readonly recursive?: Recursion;
  /** What to be told; default `changes`, with kind, size and time of each. */
  readonly detail?: Detail;
  readonly filter?: readonly FilterName[] | undefined;
  readonly retry?: Partial<RetryPolicy>;
  /** End with `directory_deleted` instead of waiting for it to come back. */
  readonly stopOnDelete?: boolean;
  readonly resume?: ResumePoint;
  readonly signal?: AbortSignal | undefined;
}

/** A location in parts, for those who have a password of it elsewhere. */
export interface WatchPlace {
  readonly target: Target;
  /** Below the root of the target. */
  readonly path: string;
}

export type WatchEvent = SubscribedEvent | NumberedEvent | StateEvent;

/** One watch of the library. Iterate it; leaving the loop, `close` or the signal ends it. */
export interface DirectoryWatch extends AsyncIterable<WatchEvent> {
  /** Lists at once and tells the difference. */
  refresh(): void;
  close(): Promise<void>;
}

/** A place that was given a name. No secrets. */
export interface ConnectionInfo {
  /** UUID, lower case. */
  readonly id: string;
  readonly name: string;
  readonly type: 'smb' | 'local' | 's3';
  readonly scope: 'shared' | 'private';
  readonly read_only: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly share_name?: string;
  readonly path_prefix?: string;
  readonly username?: string;
  readonly domain?: string;
  readonly has_password?: boolean;
  readonly bucket?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly path_style?: boolean;
  readonly access_key?: string;
  readonly has_secret_key?: boolean;
  readonly root_path?: string;
}

export interface NewConnection {
  readonly name: string;
  readonly target: Target;
  /** Below the root of the target, written as any path; everything is relative to it. '' is the root. */
  readonly pathPrefix: string;
  /** How its directory cache is kept. */
  readonly cache?: CacheSettings | undefined;
}

/** A connection whose id somebody else keeps. */
export interface IdentifiedConnection extends NewConnection {
  /** UUID. */
  readonly id: string;
  readonly scope: 'shared' | 'private';
}

export interface Connections {
  /** Adds one that lives as long as the runtime; its id is derived from its name. */
  add(connection: NewConnection): ConnectionInfo;
  /**
   * Adds one, or puts it in the place of the one with this id: whoever is subscribed moves to where it
   * leads now, and is told `credentials_changed`.
   */
  put(connection: IdentifiedConnection): ConnectionInfo;
  /** Ends every subscription of it with `not_found`. Gives whether it was there. */
  remove(id: string): boolean;
  list(): readonly ConnectionInfo[];
  /** By id in any spelling of the UUID, or by name. */
  get(idOrName: string): ConnectionInfo | undefined;
}

export interface ConnectionSubscription {
  /** Id or name of the connection. */
  readonly connection: string;
  /** As the client spelled it. */
  readonly path: string;
  readonly recursive: Recursion;
  readonly detail: Detail;
  readonly filter?: readonly FilterName[] | undefined;
  readonly resume?: ResumePoint | undefined;
}

/** What can be changed while the runtime runs; watches that go on take it up as they come to it. */
export interface Tuning {
  /** Failures in a row after which a watch is given up. */
  readonly maxAttempts?: number;
  readonly verifyIntervalMs?: number;
  /** Of directory caches that say nothing of their own; counts for those that begin from then on. */
  readonly cacheRescanMs?: number;
  readonly cacheWatchBudget?: number;
}

export interface ListRequest {
  /** Id or name of the connection. */
  readonly connection: string;
  /** As the client spelled it. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/** One live watch, for operators. */
export interface WatchInfo {
  readonly connection?: string;
  readonly location: string;
  readonly path: string;
  readonly mode: 'flat' | 'tree' | 'recursive' | 'polling';
  readonly state: WatchState;
  readonly since: string;
  readonly subscribers: number;
  readonly seq: number;
  readonly last_event_at?: string;
  readonly verified_at?: string;
  readonly reconnects: number;
  readonly code?: ErrorCode;
}

export interface Actors {
  list(): readonly ActorInfo[];
  get(id: string): ActorInfo | undefined;
  /** Costs nothing while nobody observes. Returns how to stop. */
  observe(observer: ActorObserver): () => void;
}

/** Numbers that only grow, unless said otherwise; for metrics. */
export interface RuntimeCounters {
  readonly changes: number;
  readonly resyncs: Readonly<Record<string, number>>;
  readonly divergences: number;
  readonly reconnects: number;
  readonly listings: number;
  readonly verifications: number;
  /** Now. */
  readonly watches: Readonly<Record<string, number>>;
  readonly connections: Readonly<Record<string, number>>;
  readonly subscribers: number;
}

/** The runtime as doors see it. */
export interface Runtime {
  readonly logger: Logger;
  readonly connections: Connections;
  readonly actors: Actors;
  start(): Promise<void>;
  tune(tuning: Tuning): void;
  /** Every handle, tree, session and socket is closed, in reverse order, in well under 5 s. */
  stop(): Promise<void>;
  /**
   * Watches a directory of a location such as `smb://alice:secret@nas/projects/reports`, or of a target
   * with a path below it. Resolves at once; what happens, a failure included, is told by iterating.
   * Throws `invalid_argument` and `invalid_path` for what cannot be read.
   */
  watch(location: string | WatchPlace, options?: WatchOptions): Promise<DirectoryWatch>;
  /**
   * Subscribes to a directory of a named connection. Throws `invalid_path`, or `not_found` for a
   * connection nobody knows; everything else is told to the subscriber, on a later tick.
   */
  subscribe(request: ConnectionSubscription, subscriber: Subscriber): Subscription;
  /**
   * The entries of a directory of a named connection, as they are now; complete, or it throws. Uses the
   * connection that watches share. Throws `not_found`, `invalid_path`, and what keeps it from listing.
   */
  list(request: ListRequest): AsyncIterable<readonly StorageEntry[]>;
  /**
   * The directories below a location, kept to be searched; made at the first use, and shared by all who
   * agree on place and options. What fails is told by `info`. Throws as `watch` does.
   */
  cache(location: string | WatchPlace, options?: CacheOptions): Promise<DirectoryCache>;
  /**
   * The cache of a named connection, by id or name. It stays for as long as the connection does. Throws
   * `not_found` for a connection nobody knows.
   */
  cacheOf(connection: string): Promise<DirectoryCache>;
  /**
   * Removes from the data folder what belongs to no named connection: for a server, whose connections may
   * have gone while it did not run.
   */
  tidy(): Promise<void>;
  watches(): readonly WatchInfo[];
  counters(): RuntimeCounters;
}
