import type { SnapshotFrom } from 'xstate';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Failure } from '../machines/failure.ts';
import type { ResyncReason } from '../machines/resync-reason.ts';
import { retryDelay } from '../machines/retry-policy.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import { STATE_WORDS, statePath } from '../machines/state-words.ts';
import type { WatchState } from '../machines/watch-state.ts';
import { watchedDirectory } from '../machines/watched-directory.ts';
import type { DirectoryEffects, DirectoryTimer } from '../machines/watched-directory-types.ts';
import type { FilterName } from '../storage/storage.ts';
import { delayOf } from './directory-delays.ts';
import { failureOf } from './failure-of.ts';
import type { LinkUser } from './connection-actor.ts';
import type { DirectoryConsumer } from './directory-consumer.ts';
import { DirectoryContent, readDirectory } from './directory-content.ts';
import { DirectoryHandle } from './directory-handle.ts';
import type { HandleOwner } from './directory-handle.ts';
import { DirectoryNews } from './directory-news.ts';
import type { NewsOwner } from './directory-news.ts';
import { verifyDirectory } from './verify-directory.ts';
import type { Place, StorageLease } from './place.ts';
import { NamedTimers } from './named-timers.ts';
import type { ActorOwner, ManagedActor } from './registry.ts';
import type { Services } from './services.ts';
import { stateEvent } from './state-event.ts';
import type { StateEvent } from './watch-events.ts';

/** Who made a directory. */
export interface DirectoryOwner {
  /** Calls `hint` when something happened beside the directory; returns how to stop. */
  watchParent(directory: DirectoryActor, hint: () => void): () => void;
  /** It is over; nothing of it is left. */
  directoryOver(directory: DirectoryActor): void;
}

export interface DirectoryOptions {
  readonly id: string;
  /** Equal for those who can share it. */
  readonly key: string;
  readonly place: Place;
  /** Below the root of the place. */
  readonly path: string;
  readonly filter: readonly FilterName[] | undefined;
  readonly retry: RetryPolicy;
  readonly stopOnDelete: boolean;
  readonly services: Services;
  readonly owner: DirectoryOwner;
}

/** Gives the state chart of a watched directory its handle, its listings, its timers and its readers. */
export class DirectoryActor
  implements
    DirectoryEffects,
    LinkUser,
    HandleOwner,
    NewsOwner,
    ActorOwner<typeof watchedDirectory>
{
  readonly options: DirectoryOptions;
  readonly content = new DirectoryContent();
  readonly consumers: DirectoryConsumer[] = [];
  readonly news: DirectoryNews;
  #actor: ManagedActor<typeof watchedDirectory>;
  #handle: DirectoryHandle | undefined;
  #lease: StorageLease | undefined;
  readonly #timers: NamedTimers<DirectoryTimer>;
  /** Aborted when what runs has become pointless. */
  #running: AbortController | undefined;
  /** The last error as it came; the failure of the chart has only its words. */
  #lastError: TidewatchError | undefined;
  #stopWatchingParent: (() => void) | undefined;
  #state = 'idle';
  #word: WatchState = 'connecting';
  #since: number;
  #nextTryAt: number | undefined;
  #pollMs = 0;
  #crashes = 0;
  #isLogged = false;
  /** A resync was told for the gap that the next listing closes. */
  #gapTold = false;
  lastEventAt: number | undefined;
  verifiedAt: number | undefined;
  reconnects = 0;

  constructor(options: DirectoryOptions) {
    this.options = options;
    const { services } = options;
    this.#timers = new NamedTimers(services.wheel, this);
    this.#since = services.clock.wall();
    this.#pollMs = services.limits.pollMinMs;
    this.news = new DirectoryNews(this, services);
    this.#actor = this.#spawn(undefined);
  }

  /** A state of the chart, such as `watching.live`. */
  get state(): string {
    return this.#state;
  }

  get word(): WatchState {
    return this.#word;
  }

  get since(): number {
    return this.#since;
  }

  /** Whatever happens from now on is told. */
  get isArmed(): boolean {
    const { everArmed } = this.#actor.ref.getSnapshot().context;
    return everArmed && (this.#word === 'live' || this.#word === 'resyncing' || this.isPolling);
  }

  get isPolling(): boolean {
    return this.#word === 'polling';
  }

  /** There was a listing that differences are found against. */
  get hasBaseline(): boolean {
    return this.content.known;
  }

  /** It was stopped: who wants the directory needs another. */
  get isLeaving(): boolean {
    return this.#word === 'stopped';
  }

  get failure(): Failure | undefined {
    return this.#actor.ref.getSnapshot().context.failure;
  }

  get lease(): StorageLease | undefined {
    return this.#lease;
  }

  get wantsDetail(): boolean {
    return this.consumers.some((consumer) => consumer.wantsDetail);
  }

  get stateEvent(): StateEvent {
    return stateEvent({
      state: this.#word,
      since: this.#since,
      attempt: this.#actor.ref.getSnapshot().context.attempt,
      failure: this.failure,
      nextTryAt: this.#nextTryAt,
      now: this.options.services.clock.now(),
    });
  }

  start(): void {
    this.#actor.send({ type: 'START' });
  }

  /** Handle, share and connection are given back; `onOver` follows. */
  stop(): void {
    this.#actor.send({ type: 'STOP' });
  }

  refresh(): void {
    this.#actor.send({ type: 'REFRESH' });
  }

  /** Something is in doubt that only a listing can tell. */
  relist(): void {
    this.#actor.send({ type: 'RELIST' });
  }

  add(consumer: DirectoryConsumer): void {
    this.consumers.push(consumer);
    if (consumer.wantsBelow) this.#handle?.widen();
    if (consumer.wantsDetail && this.content.listing === undefined) this.relist();
  }

  remove(consumer: DirectoryConsumer): void {
    const at = this.consumers.indexOf(consumer);
    if (at >= 0) this.consumers.splice(at, 1);
    this.detailChanged();
  }

  /** A consumer wants more or less detail than before. */
  detailChanged(): void {
    if (!this.wantsDetail) this.content.keepFingerprintOnly();
    else if (this.content.listing === undefined) this.relist();
  }

  // What the handle tells.

  handleOpened(): void {
    this.#actor.send({ type: 'OPENED' });
  }

  handleArmed(): void {
    this.#actor.send({ type: 'ARMED' });
  }

  handleLost(reason: ResyncReason): void {
    this.lastEventAt = this.options.services.clock.wall();
    this.#actor.send({ type: 'LOSS', reason });
  }

  handleEnded(reason: TidewatchError): void {
    this.#handle = undefined;
    this.#fail(reason);
  }

  // What the connection tells.

  linkReady(): void {
    this.#nextTryAt = undefined;
    this.#actor.send({ type: 'LINK_READY' });
  }

  linkTrouble(failure: Failure, nextTryMs: number): void {
    this.#nextTryAt = this.options.services.clock.now() + nextTryMs;
    this.#actor.send({ type: 'LINK_TROUBLE', failure });
    this.#tellState();
  }

  linkFailed(failure: Failure): void {
    this.#actor.send({ type: 'LINK_FAILED', failure });
  }

  // What the chart asks for.

  acquire(): void {
    this.#abortRunning();
    this.#dropHandle();
    this.options.place.attach(this);
  }

  connectTree(): void {
    const signal = this.#begin();
    const before = this.#lease;
    this.#lease = undefined;
    void (before?.release(this.#lastError) ?? Promise.resolve())
      .then(() => this.options.place.open(this))
      .then(
        (lease) => {
          if (signal.aborted) void lease.release();
          else {
            this.#lease = lease;
            this.#actor.send({ type: 'TREE_CONNECTED' });
          }
        },
        (error: unknown) => {
          if (!signal.aborted) this.#fail(error);
        },
      );
  }

  open(): void {
    const signal = this.#begin();
    this.#handle = new DirectoryHandle(this, {
      storage: this.#lease!.storage,
      path: this.options.path,
      filter: this.options.filter,
      recursive: this.consumers.some((consumer) => consumer.wantsBelow),
      arming: this.options.services.arming,
      signal,
    });
  }

  list(): void {
    const signal = this.#begin();
    const { services } = this.options;
    void services.listing
      .run(() => this.content.exclusively(() => this.#listNow(signal)))
      .catch((error: unknown) => {
        if (!signal.aborted) this.#fail(error);
      });
  }

  verify(): void {
    const signal = this.#begin();
    const { services } = this.options;
    services.counters.verifications += 1;
    void services.verifying
      .run(() => verifyDirectory(this, signal))
      .then((verdict) => {
        if (signal.aborted) return;
        if (verdict === 'replaced') this.#actor.send({ type: 'REPLACED' });
        else {
          this.#running = undefined;
          this.verifiedAt = services.clock.wall();
          this.#actor.send({ type: 'LISTED' });
        }
      })
      .catch((error: unknown) => {
        if (!signal.aborted) this.#fail(error);
      });
  }

  /** The identity of the open directory, where the storage tells it. */
  get directoryId(): bigint | undefined {
    return this.#handle?.directoryId;
  }

  tellResync(reason: ResyncReason): void {
    if (reason === 'reconnected') this.reconnects += 1;
    this.#gapTold = true;
    this.announceResync(reason);
  }

  /** Readers list again. */
  announceResync(reason: ResyncReason): void {
    this.options.services.counters.resynced(reason);
    // Who lists after this is not told by the fingerprint what was listed before.
    if (this.content.listing === undefined) this.content.uncertain = false;
    for (const consumer of [...this.consumers]) consumer.resync(reason);
  }

  closeWatch(): void {
    this.#abortRunning();
    this.news.forget();
    const handle = this.#handle;
    this.#handle = undefined;
    const closed = handle?.close() ?? Promise.resolve();
    void closed.then(() => this.#actor.send({ type: 'CLOSED' }));
  }

  release(): void {
    const lease = this.#lease;
    this.#lease = undefined;
    void (lease?.release(this.#lastError) ?? Promise.resolve()).then(() => {
      this.options.place.detach(this);
      this.#actor.send({ type: 'RELEASED' });
    });
  }

  watchParent(): void {
    this.#stopWatchingParent = this.options.owner.watchParent(this, () =>
      this.#actor.send({ type: 'PARENT_CHANGED' }),
    );
  }

  look(): void {
    const { path } = this.options;
    const storage = this.#lease?.storage;
    // Not even the share, or the root on the disk, was there: only another try can tell.
    if (storage === undefined) {
      this.#actor.send({ type: 'FOUND' });
      return;
    }
    storage.stat(path).then(
      ({ kind }) => {
        if (kind === 'directory') this.#actor.send({ type: 'FOUND' });
      },
      () => undefined,
    );
  }

  unwatchParent(): void {
    this.#stopWatchingParent?.();
    this.#stopWatchingParent = undefined;
  }

  schedule(timer: DirectoryTimer, attempt: number): void {
    const { services, retry } = this.options;
    const delay = delayOf(timer, {
      attempt,
      retry,
      services,
      failure: this.failure,
      pollMs: this.#pollMs,
    });
    if (timer === 'retry' || timer === 'slow-retry') this.#nextTryAt = services.clock.now() + delay;
    this.#timers.set(timer, delay);
  }

  cancel(timer: DirectoryTimer): void {
    this.#timers.cancel(timer);
  }

  timerDue(timer: DirectoryTimer): void {
    this.#actor.send({ type: 'DUE', timer });
  }

  #spawn(gap: ResyncReason | undefined): ManagedActor<typeof watchedDirectory> {
    const { id, services, retry, stopOnDelete, place } = this.options;
    return services.registry.spawn(watchedDirectory, {
      id,
      parent: place.key,
      input: { effects: this, retry, stopOnDelete, ...(gap !== undefined && { gap }) },
      owner: this,
    });
  }

  actorMoved({ value, context }: SnapshotFrom<typeof watchedDirectory>): void {
    this.#enter(statePath(value), context.everArmed);
  }

  actorCrashed(error: unknown): void {
    this.#restart(error);
  }

  #enter(state: string, everArmed: boolean): void {
    if (state === this.#state) return;
    this.#state = state;
    const word = STATE_WORDS[state]?.[everArmed ? 1 : 0] ?? 'failed';
    if (word !== this.#word) {
      this.#word = word;
      if (word === 'live' || word === 'polling') this.#logStart(word);
      this.#since = this.options.services.clock.wall();
      if (word === 'live' || word === 'polling') this.#nextTryAt = undefined;
      this.#tellState();
    } else if (state === 'backing-off') this.#tellState();
    if (state !== 'stopped') return;
    this.#timers.cancelAll();
    this.unwatchParent();
    this.options.owner.directoryOver(this);
  }

  #logStart(state: WatchState): void {
    if (this.#isLogged) return;
    this.#isLogged = true;
    const { services, place, path } = this.options;
    services.logger.info(
      { event: 'watch.started', connection: place.display, path, state },
      'A directory is watched',
    );
  }

  #tellState(): void {
    for (const consumer of [...this.consumers]) consumer.stateChanged();
  }

  /** A crashed actor takes no events any more: another takes its place, and readers are told. */
  #restart(error: unknown): void {
    const { services, id } = this.options;
    this.#crashes += 1;
    const message = `The actor of ${id} crashed: ${String(error)}`;
    services.logger.error({ event: 'actor.crashed', actor: id, err: error }, message);
    this.#timers.cancelAll();
    this.unwatchParent();
    this.#abortRunning();
    this.#dropHandle();
    this.news.forget();
    this.#word = 'reconnecting';
    this.#tellState();
    const delay = retryDelay(services.retry, this.#crashes, services.random);
    const restarting = {
      due: (): void => {
        this.#actor = this.#spawn('restarted');
        if (this.consumers.length > 0) this.start();
        else this.stop();
      },
    };
    services.wheel.set(restarting, delay);
  }

  #fail(error: unknown): void {
    const failure = failureOf(error);
    this.#lastError = error instanceof TidewatchError ? error : undefined;
    // Where the server has no room on this connection there may be room on another.
    if (failure.code === 'insufficient_resources' && this.options.place.moveOn(this)) {
      this.#abortRunning();
      const lease = this.#lease;
      this.#lease = undefined;
      void lease?.release(this.#lastError);
      this.#actor.send({ type: 'MOVED' });
      return;
    }
    this.#actor.send({ type: 'FAILED', failure });
  }

  async #listNow(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { services, path } = this.options;
    services.counters.listings += 1;
    const { storage } = this.#lease!;
    const reading = await readDirectory(storage, path, { keepUpTo: this.keepUpTo, signal });
    if (signal.aborted) return;
    const isNews = this.content.differsFrom(reading);
    this.verifiedAt = services.clock.wall();
    this.#pace(isNews);
    this.news.adopt(reading, { isNews: isNews && !this.#gapTold });
    this.#running = undefined;
    this.#actor.send({ type: 'LISTED' });
    // A gap told with it needs no further listing.
    this.#gapTold = false;
    for (const consumer of [...this.consumers]) consumer.listed();
  }

  #begin(): AbortSignal {
    this.#abortRunning();
    this.#running = new AbortController();
    return this.#running.signal;
  }

  #abortRunning(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  #dropHandle(): void {
    void this.#handle?.close();
    this.#handle = undefined;
  }

  /** So many entries of a listing are kept. */
  get keepUpTo(): number {
    return this.wantsDetail ? this.options.services.limits.listingEntries : 0;
  }

  /** What changes is polled more often, what does not less. */
  #pace(isNews: boolean): void {
    const { pollMinMs, pollMaxMs } = this.options.services.limits;
    this.#pollMs = isNews ? pollMinMs : Math.min(pollMaxMs, this.#pollMs * 1.5);
  }
}
