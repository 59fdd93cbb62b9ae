import type { SnapshotFrom } from 'xstate';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { cacheWord } from '../machines/cache-state.ts';
import type { CacheKnowledge, CacheState } from '../machines/cache-state.ts';
import type { CacheEffects, CacheTimer, ScanScope } from '../machines/directory-cache-types.ts';
import { directoryCache } from '../machines/directory-cache.ts';
import type { Failure } from '../machines/failure.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import { statePath } from '../machines/state-words.ts';
import type { Storage, StorageChange } from '../storage/storage.ts';
import { cacheDelay } from './cache-delays.ts';
import { CacheIndex } from './cache-index.ts';
import type { IndexOwner } from './cache-index.ts';
import type { CacheInfo, CacheListener } from './cache-info.ts';
import { CacheReport } from './cache-report.ts';
import type { CacheStore } from './cache-store.ts';
import type { LinkUser } from './connection-actor.ts';
import { DirectoryHandle } from './directory-handle.ts';
import type { HandleOwner } from './directory-handle.ts';
import { failureOf } from './failure-of.ts';
import { LeaseHolder } from './lease-holder.ts';
import { NamedTimers } from './named-timers.ts';
import type { Place } from './place.ts';
import type { ActorOwner, ManagedActor } from './registry.ts';
import { restartLater } from './restart.ts';
import type { Restart } from './restart.ts';
import type { Services } from './services.ts';

export interface CacheOptions {
  readonly id: string;
  readonly place: Place;
  /** Of the top, below the root of the place. */
  readonly path: string;
  readonly services: Services;
  readonly retry: RetryPolicy;
  /** Files are found as well. */
  readonly indexFiles: boolean;
  /** Handles on single directories, where the storage needs them. */
  readonly watchBudget: number;
  /** Everything is listed again this often. */
  readonly rescanMs: number;
  /** Where it is written to; undefined: nowhere. */
  readonly store: CacheStore | undefined;
  /** Directories listed at once. */
  readonly concurrency: number;
  /** Nothing is left of it. */
  readonly onOver: () => void;
}

/** Gives the state chart of a directory cache its watch, its scans, its timers and its listeners. */
export class CacheActor
  implements CacheEffects, LinkUser, HandleOwner, IndexOwner, ActorOwner<typeof directoryCache>
{
  readonly options: CacheOptions;
  readonly services: Services;
  readonly index: CacheIndex;
  readonly report: CacheReport;
  /** As the owner of the handle at the top: what that reports. */
  readonly news = {
    hinted: (changes: readonly StorageChange[]): void => this.index.changes.heard(changes),
  };
  /** What an earlier life has written can be searched, if there was anything. */
  loaded: Promise<void> = Promise.resolve();
  readonly #lease: LeaseHolder;
  readonly #timers: NamedTimers<CacheTimer>;
  #actor: ManagedActor<typeof directoryCache>;
  #handle: DirectoryHandle | undefined;
  /** Aborted when what runs has become pointless. */
  #running: AbortController | undefined;
  #lastError: TidewatchError | undefined;
  #closing: Promise<unknown> = Promise.resolve();
  #state = 'idle';
  #knowledge: CacheKnowledge = 'nothing';
  /** Connections tried since it was served for a while. */
  #moved = 0;
  #crashes = 0;
  #restart: Restart | undefined;

  constructor(options: CacheOptions) {
    this.options = options;
    const { services, place } = options;
    const { display, turns } = place;
    this.services = services;
    this.index = new CacheIndex({ ...options, display, arming: turns.arming }, this);
    this.report = new CacheReport(this);
    this.#lease = new LeaseHolder(place, this);
    this.#timers = new NamedTimers(services.wheel, this);
    this.#actor = this.#spawn();
  }

  get storage(): Storage | undefined {
    return this.#lease.current?.storage;
  }

  /** A state of the chart, such as `watching.ready`. */
  get state(): string {
    return this.#state;
  }

  get word(): CacheState {
    return cacheWord(this.#state, this.#knowledge);
  }

  get failure(): Failure | undefined {
    return this.#restart?.failure ?? this.#actor.ref.getSnapshot().context.failure;
  }

  get attempt(): number {
    return this.#actor.ref.getSnapshot().context.attempt;
  }

  get isWatching(): boolean {
    return /^(watching|overflow-rescan)/.test(this.#state);
  }

  /** It was stopped: who wants one needs another. */
  get isLeaving(): boolean {
    return this.#state.startsWith('tearing-down') || this.#state === 'stopped';
  }

  get info(): CacheInfo {
    return this.report.info;
  }

  /** Tells each listener of states, and of progress now and then. Returns how to stop. */
  on(listener: CacheListener): () => void {
    return this.report.on(listener);
  }

  start(): void {
    this.#actor.send({ type: 'START' });
  }

  /** Handles, share and connection are given back; `onOver` follows. */
  stop(): void {
    if (this.#restart === undefined) this.#actor.send({ type: 'STOP' });
    else void this.#endCrashed(this.#restart);
  }

  /** Lists everything now. */
  rescan(): void {
    this.#actor.send({ type: 'RESCAN' });
  }

  // What its chart asks for.

  load(): void {
    const { store } = this.options;
    const loading = store === undefined ? Promise.resolve(false) : store.load(this.index.tree);
    this.loaded = loading.then((found) => this.#actor.send({ type: 'LOADED', found }));
  }

  acquire(): void {
    this.#abort();
    void this.#closeHandles();
    // It may start another chart, which the action of one must not.
    queueMicrotask(() => this.options.place.attach(this));
  }

  connectTree(): void {
    const signal = this.#begin();
    this.#lease.renew(this.#lastError, signal).then(
      () => {
        if (!signal.aborted) this.#actor.send({ type: 'TREE_CONNECTED' });
      },
      (error: unknown) => {
        if (!signal.aborted && !this.#moveOn(error)) this.#fail(error);
      },
    );
  }

  open(): void {
    const signal = this.#begin();
    this.#handle = new DirectoryHandle(this, {
      storage: this.#lease.current!.storage,
      path: this.options.path,
      filter: this.index.filter,
      recursive: true,
      arming: this.options.place.turns.arming,
      signal,
    });
  }

  scan(scope: ScanScope): void {
    if (scope === 'all') this.index.marks.nextEra();
    if (this.storage === undefined) {
      const error = this.#lastError ?? new TidewatchError('disconnected', 'There is no connection');
      queueMicrotask(() => this.#fail(error));
      return;
    }
    // Where nothing is watched there is no handle that would have begun it.
    if (this.#running === undefined) this.index.scanner.begin(this.#begin());
    this.report.scanBegins();
    this.index.scanner.scan();
  }

  doubt(): void {
    this.index.doubt();
  }

  sample(): void {
    const signal = this.#running?.signal;
    if (signal === undefined) return;
    void this.index.sampler.sample(signal);
  }

  closeWatch(): void {
    this.#abort();
    void this.#closeHandles().then(() => this.#actor.send({ type: 'CLOSED' }));
  }

  save(): void {
    const saved = (): void => {
      this.services.wheel.cancel(timer);
      this.#actor.send({ type: 'SAVED' });
    };
    const timer = this.services.wheel.set({ due: saved }, DEFAULTS.cacheSaveWaitMs);
    void this.saveNow().then(saved);
  }

  release(): void {
    void this.#lease.giveBack(this.#lastError).then(() => this.#actor.send({ type: 'RELEASED' }));
  }

  schedule(timer: CacheTimer, attempt: number, failure: Failure | undefined): void {
    const { services, retry, rescanMs } = this.options;
    const { scanTookMs } = this.report;
    const facts = { attempt, retry, services, failure, rescanMs, scanTookMs };
    const delay = cacheDelay(timer, facts);
    if (timer === 'retry' || timer === 'slow-retry') this.report.nextTryIn(delay);
    this.#timers.set(timer, delay);
  }

  cancel(timer: CacheTimer): void {
    this.#timers.cancel(timer);
  }

  timerDue(timer: CacheTimer): void {
    if (timer === 'steady') this.#moved = 0;
    this.#actor.send({ type: 'DUE', timer });
  }

  // What comes of it.

  linkReady(): void {
    this.#actor.send({ type: 'LINK_READY' });
  }

  linkTrouble(failure: Failure, nextTryMs: number): void {
    this.report.nextTryIn(nextTryMs);
    this.#actor.send({ type: 'LINK_TROUBLE', failure });
    this.report.tell();
  }

  linkFailed(failure: Failure): void {
    this.#actor.send({ type: 'LINK_FAILED', failure });
  }

  handleOpened(): void {
    this.#actor.send({ type: 'OPENED' });
  }

  handleArmed(): void {
    this.index.armed(this.#handle?.directoryId);
    if (this.#running !== undefined) this.index.scanner.begin(this.#running.signal);
    this.#actor.send({ type: 'ARMED' });
    this.index.budget.begin();
  }

  // It tells of what is below from the begin.
  handleWidened(): void {}

  handleLost(): void {
    this.#actor.send({ type: 'LOSS' });
  }

  handleEnded(reason: TidewatchError): void {
    this.#handle = undefined;
    if (!this.#moveOn(reason)) this.#fail(reason);
  }

  scanFound(): void {
    this.#actor.send({ type: 'FOUND' });
  }

  scanFinished(): void {
    this.report.scanEnds();
    this.#actor.send({ type: 'SCANNED' });
    this.report.saveSoon();
  }

  scanFailed(error: unknown): void {
    this.#fail(error);
  }

  indexChanged(): void {
    this.report.changed();
  }

  lost(): void {
    this.#actor.send({ type: 'LOSS' });
  }

  actorMoved({ value, context }: SnapshotFrom<typeof directoryCache>): void {
    this.#state = statePath(value);
    this.#knowledge = context.knowledge;
    this.report.moved();
    if (this.#state !== 'stopped') return;
    this.#end();
    this.options.onOver();
  }

  actorCrashed(error: unknown): void {
    this.#crashes += 1;
    this.#timers.cancelAll();
    this.#abort();
    void this.#closeHandles();
    const crash = { actor: this.options.id, error, count: this.#crashes };
    this.#restart = restartLater(this.services, crash, () => {
      this.#restart = undefined;
      this.#actor = this.#spawn();
      this.start();
    });
  }

  #spawn(): ManagedActor<typeof directoryCache> {
    const { id, services, retry, place } = this.options;
    return services.registry.spawn(directoryCache, {
      id,
      parent: place.key,
      input: { effects: this, retry },
      owner: this,
    });
  }

  async #endCrashed({ timer }: Restart): Promise<void> {
    this.#restart = undefined;
    this.services.wheel.cancel(timer);
    this.#state = 'stopped';
    await this.#closeHandles();
    await this.#lease.giveBack(this.#lastError);
    this.#end();
    this.options.onOver();
  }

  #end(): void {
    this.#timers.cancelAll();
    this.index.end();
    this.report.end();
  }

  #begin(): AbortSignal {
    this.#abort();
    this.#running = new AbortController();
    return this.#running.signal;
  }

  #abort(): void {
    this.index.disarmed();
    this.#running?.abort();
    this.#running = undefined;
  }

  async #closeHandles(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    // What was closed before may still be closing: nothing is given back while it does.
    this.#closing = Promise.all([this.#closing, handle?.close(), this.index.budget.end()]);
    await this.#closing;
  }

  /** Never throws. */
  async saveNow(): Promise<void> {
    const { store } = this.options;
    if (store === undefined) return;
    await this.index.content.settled();
    await store.save(this.index.tree);
  }

  #fail(error: unknown): void {
    this.#lastError = error instanceof TidewatchError ? error : undefined;
    this.#actor.send({ type: 'FAILED', failure: failureOf(error) });
  }

  /** Where the server has no room on this connection there may be room on another. */
  #moveOn(error: unknown): boolean {
    const { place, services } = this.options;
    if (failureOf(error).code !== 'insufficient_resources') return false;
    if (this.#moved >= services.limits.watchConnections || !place.moveOn(this)) return false;
    this.#moved += 1;
    this.#abort();
    void this.#lease.release(undefined);
    this.#actor.send({ type: 'MOVED' });
    return true;
  }
}
