import type { SnapshotFrom } from 'xstate';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Failure } from '../machines/failure.ts';
import type { ResyncReason } from '../machines/resync-reason.ts';
import { statePath } from '../machines/state-words.ts';
import { watchedDirectory } from '../machines/watched-directory.ts';
import type { DirectoryEffects, DirectoryTimer } from '../machines/watched-directory-types.ts';
import { delayOf, isPointless, isTry } from './directory-delays.ts';
import { failureOf } from './failure-of.ts';
import type { LinkUser } from './connection-actor.ts';
import type { DirectoryConsumer } from './directory-consumer.ts';
import { DirectoryContent } from './directory-content.ts';
import { DirectoryLister } from './directory-lister.ts';
import type { ListOwner } from './directory-lister.ts';
import type { DirectoryOptions } from './directory-options.ts';
import { DirectorySearch } from './directory-search.ts';
import { DirectoryStatus, logStart } from './directory-status.ts';
import { DirectoryHandle } from './directory-handle.ts';
import type { HandleOwner } from './directory-handle.ts';
import { DirectoryNews } from './directory-news.ts';
import { LeaseHolder } from './lease-holder.ts';
import type { StorageLease } from './place.ts';
import { NamedTimers } from './named-timers.ts';
import type { ActorOwner, ManagedActor } from './registry.ts';
import { restartLater } from './restart.ts';
import type { Restart } from './restart.ts';
import type { Detail, StateEvent } from './watch-events.ts';

/** Gives the state chart of a watched directory its handle, its listings, its timers and its readers. */
export class DirectoryActor
  implements
    DirectoryEffects,
    LinkUser,
    HandleOwner,
    ListOwner,
    ActorOwner<typeof watchedDirectory>
{
  readonly options: DirectoryOptions;
  readonly content = new DirectoryContent();
  consumers: readonly DirectoryConsumer[] = [];
  readonly news: DirectoryNews;
  #actor: ManagedActor<typeof watchedDirectory>;
  #handle: DirectoryHandle | undefined;
  readonly #lease: LeaseHolder;
  readonly #timers: NamedTimers<DirectoryTimer>;
  readonly #lister: DirectoryLister;
  readonly #status: DirectoryStatus;
  /** The last error as it came; the failure of the chart has only its words. */
  #lastError: TidewatchError | undefined;
  #search: DirectorySearch | undefined;
  #crashes = 0;
  /** Connections tried since it was served for a while. */
  #moves = 0;
  #restart: Restart | undefined;
  #closing: Promise<unknown> | undefined;
  lastEventAt: number | undefined;
  reconnects = 0;

  constructor(options: DirectoryOptions) {
    this.options = options;
    const { services } = options;
    this.#timers = new NamedTimers(services.wheel, this);
    this.#status = new DirectoryStatus(services.clock);
    this.#lease = new LeaseHolder(options.place, this);
    this.#lister = new DirectoryLister(this);
    this.news = new DirectoryNews(this, services);
    this.#actor = this.#spawn(undefined);
  }

  get status(): DirectoryStatus {
    return this.#status;
  }

  /** When a listing last agreed with what is known; milliseconds since 1970. */
  get verifiedAt(): number | undefined {
    return this.#lister.verifiedAt;
  }

  /** Whatever happens from now on is told. */
  get isArmed(): boolean {
    const { everArmed } = this.#actor.ref.getSnapshot().context;
    return everArmed && (this.#status.isServing || this.#status.word === 'resyncing');
  }

  /** It reports what happens in it, and not yet what happens below. */
  get isWidening(): boolean {
    return this.#handle?.isWidening === true;
  }

  get isPolling(): boolean {
    return this.#status.word === 'polling';
  }

  /** There was a listing that differences are found against, in as much detail. */
  hasBaseline(detail: Detail): boolean {
    const { listing, isTooLarge, known } = this.content;
    return detail === 'changes' ? listing !== undefined || isTooLarge : known;
  }

  /** It was stopped: who wants the directory needs another. */
  get isLeaving(): boolean {
    return this.#status.word === 'stopped';
  }

  get failure(): Failure | undefined {
    return this.#actor.ref.getSnapshot().context.failure;
  }

  get lease(): StorageLease | undefined {
    return this.#lease.current;
  }

  get wantsDetail(): boolean {
    return this.consumers.some((consumer) => consumer.wantsDetail);
  }

  get stateEvent(): StateEvent {
    return this.#status.event(this.#actor.ref.getSnapshot().context);
  }

  start(): void {
    this.#actor.send({ type: 'START' });
  }

  /** Handle, share and connection are given back; `onOver` follows. */
  stop(): void {
    if (this.#restart === undefined) this.#actor.send({ type: 'STOP' });
    else void this.#endCrashed(this.#restart);
  }

  refresh(): void {
    this.#actor.send({ type: 'REFRESH' });
  }

  /** Something is in doubt that only a listing can tell. */
  relist(): void {
    this.#actor.send({ type: 'RELIST' });
  }

  add(consumer: DirectoryConsumer): void {
    // Without room for more, which spreading would take.
    this.consumers = this.consumers.concat(consumer);
    if (consumer.wantsBelow) this.#handle?.widen();
    this.detailChanged();
  }

  remove(consumer: DirectoryConsumer): void {
    this.consumers = this.consumers.filter((one) => one !== consumer);
    this.detailChanged();
  }

  /** A consumer wants more or less detail than before. */
  detailChanged(): void {
    if (!this.wantsDetail) this.content.keepFingerprintOnly();
    else if (this.content.listing === undefined && !this.content.isTooLarge) this.relist();
  }

  handleOpened(): void {
    this.#actor.send({ type: 'OPENED' });
  }

  handleArmed(): void {
    this.#lister.armed();
    this.#actor.send({ type: 'ARMED' });
    this.options.owner.directoryArmed(this.options);
  }

  handleWidened(): void {
    this.#tellState();
  }

  handleLost(reason: ResyncReason): void {
    this.lastEventAt = this.options.services.clock.wall();
    this.#actor.send({ type: 'LOSS', reason });
  }

  handleEnded(reason: TidewatchError): void {
    this.#handle = undefined;
    if (!this.#moveOn(reason)) this.#fail(reason);
  }

  linkReady(): void {
    this.#status.nextTryAt = undefined;
    this.#actor.send({ type: 'LINK_READY' });
  }

  linkTrouble(failure: Failure, nextTryMs: number): void {
    this.#status.nextTryAt = this.options.services.clock.now() + nextTryMs;
    this.#actor.send({ type: 'LINK_TROUBLE', failure });
    this.#tellState();
  }

  linkFailed(failure: Failure): void {
    this.#actor.send({ type: 'LINK_FAILED', failure });
  }

  acquire(): void {
    this.#lister.abort();
    void this.#closeHandle();
    this.options.place.attach(this);
  }

  connectTree(): void {
    const signal = this.#lister.begin();
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
    const signal = this.#lister.begin();
    this.#handle = new DirectoryHandle(this, {
      storage: this.#lease.current!.storage,
      path: this.options.path,
      filter: this.options.filter,
      recursive: this.consumers.some((consumer) => consumer.wantsBelow),
      arming: this.options.place.turns.arming,
      signal,
    });
  }

  list(): void {
    this.#lister.list();
  }

  verify(): void {
    this.#lister.verify();
  }

  listed(): void {
    this.#actor.send({ type: 'LISTED' });
  }

  replaced(): void {
    this.#actor.send({ type: 'REPLACED' });
  }

  diverged(): void {
    this.#actor.send({ type: 'DIVERGED' });
  }

  listingFailed(error: unknown): void {
    this.#fail(error);
  }

  /** The identity of the open directory, where the storage tells it. */
  get directoryId(): bigint | undefined {
    return this.#handle?.directoryId;
  }

  tellResync(reason: ResyncReason): void {
    if (reason === 'reconnected') this.reconnects += 1;
    this.#lister.tellGap(reason);
  }

  /** Readers list again. */
  announceResync(reason: ResyncReason): void {
    this.options.services.counters.resynced(reason);
    for (const consumer of this.consumers) consumer.resync(reason);
  }

  closeWatch(): void {
    this.#lister.abort();
    this.news.forget();
    void this.#closeHandle().then(() => this.#actor.send({ type: 'CLOSED' }));
  }

  release(): void {
    void this.#lease.giveBack(this.#lastError).then(() => this.#actor.send({ type: 'RELEASED' }));
  }

  watchParent(): void {
    this.#search = new DirectorySearch(this.options, {
      hasDirectory: () => this.#lease.hasDirectory(this.options.path),
      hinted: () => this.#actor.send({ type: 'PARENT_CHANGED' }),
      found: () => this.#actor.send({ type: 'FOUND' }),
    });
  }

  look(): void {
    this.#search?.look();
  }

  unwatchParent(): void {
    this.#search?.end();
    this.#search = undefined;
  }

  schedule(timer: DirectoryTimer, attempt: number, failure: Failure | undefined): void {
    const { place, services, retry } = this.options;
    const delay = delayOf(timer, { attempt, retry, services, failure, ...this.#lister.pace });
    if (isTry(timer)) this.#status.nextTryAt = services.clock.now() + delay;
    if (!isPointless(timer, place)) this.#timers.set(timer, delay);
  }

  cancel(timer: DirectoryTimer): void {
    this.#timers.cancel(timer);
  }

  timerDue(timer: DirectoryTimer): void {
    if (timer === 'steady') this.#moves = 0;
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
    const state = statePath(value);
    const news = this.#status.enter(state, context.everArmed);
    if (news === 'nothing') return;
    if (news === 'service') logStart(this.options, this.#status.word);
    if (news !== 'state' || state === 'backing-off') this.#tellState();
    if (state !== 'stopped') return;
    this.#timers.cancelAll();
    this.unwatchParent();
    this.options.owner.directoryOver(this.options);
  }

  #tellState(): void {
    for (const consumer of this.consumers) consumer.stateChanged();
  }

  actorCrashed(error: unknown): void {
    this.#crashes += 1;
    this.#timers.cancelAll();
    this.unwatchParent();
    this.#lister.abort();
    void this.#closeHandle();
    this.news.forget();
    this.#status.set('reconnecting');
    const crash = { actor: this.options.id, error, count: this.#crashes };
    this.#restart = restartLater(this.options.services, crash, () => {
      if (this.consumers.length === 0) {
        this.stop();
        return;
      }
      this.#restart = undefined;
      this.#actor = this.#spawn('restarted');
      this.start();
    });
    this.#tellState();
  }

  /** What the chart would do, if there were one. */
  async #endCrashed({ timer }: Restart): Promise<void> {
    this.#restart = undefined;
    this.options.services.wheel.cancel(timer);
    this.#status.set('stopped');
    await this.#closeHandle();
    await this.#lease.giveBack(this.#lastError);
    this.options.owner.directoryOver(this.options);
  }

  #fail(error: unknown): void {
    this.#lastError = error instanceof TidewatchError ? error : undefined;
    this.#actor.send({ type: 'FAILED', failure: failureOf(error) });
  }

  /** There may be room on another connection: each is tried once, or it would be asked without end. */
  #moveOn(error: unknown): boolean {
    if (failureOf(error).code !== 'insufficient_resources') return false;
    const { place, services } = this.options;
    services.feed?.needsRoom(place);
    if (this.#moves >= services.limits.watchConnections || !place.moveOn(this)) return false;
    this.#moves += 1;
    this.#lastError = error instanceof TidewatchError ? error : undefined;
    this.#lister.abort();
    void this.#lease.release(this.#lastError);
    this.#actor.send({ type: 'MOVED' });
    return true;
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    // What was closed before may still be closing: nothing is given back while it does.
    this.#closing = Promise.all([this.#closing, handle?.close()]);
    await this.#closing;
  }

  /** So many entries of a listing are kept. */
  get keepUpTo(): number {
    return this.wantsDetail ? this.options.services.limits.listingEntries : 0;
  }
}
