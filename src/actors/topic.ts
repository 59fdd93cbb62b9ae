import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Failure } from '../machines/failure.ts';
import type { ResyncReason } from '../machines/resync-reason.ts';
import type { WatchState } from '../machines/watch-state.ts';
import { ReplayRing } from './replay-ring.ts';
import type { Services } from './services.ts';
import { TopicEntry } from './topic-entry.ts';
import type { EntryOptions, EntryTopic } from './topic-entry.ts';
import type { Change, Detail, NumberedEvent, StateEvent, Subscriber } from './watch-events.ts';

/** States in which nothing comes until somebody does something. */
const OBSTACLES: ReadonlySet<WatchState> = new Set(['denied', 'unsupported', 'deleted', 'failed']);

/** Subscribers of one topic that are looked through one by one. */
const FEW = 8;

/**
 * One numbering: a directory in one mode, and all who are subscribed to it in that mode. What happens is
 * numbered once, remembered for a while, and handed to each.
 */
export abstract class Topic implements EntryTopic {
  readonly services: Services;
  readonly epoch: string;
  seq = 0;
  /** In an array as long as they are few: an empty set takes more than two hundred bytes. */
  #entries: TopicEntry[] | Set<TopicEntry> = [];
  #ring: ReplayRing<NumberedEvent> | undefined;
  readonly #onEmpty: () => void;
  #detailed = 0;
  /** Somebody was answered before everything was watched: what is missed until then is told. */
  #owed: ResyncReason | undefined;
  #told = '';

  protected constructor(services: Services, onEmpty: () => void) {
    this.services = services;
    this.epoch = services.newEpoch();
    this.#onEmpty = onEmpty;
  }

  abstract get word(): WatchState;
  /** Whatever happens from now on is told. */
  abstract get isArmed(): boolean;
  /** There is a listing that losses are found against, in as much detail. */
  abstract hasBaseline(detail: Detail): boolean;
  abstract get stateEvent(): StateEvent;
  abstract get failure(): Failure | undefined;
  abstract refresh(): void;
  /** Subscribers want more or less detail than before. */
  abstract detailChanged(): void;
  /** A reader lists before there is a baseline: nobody can vouch for what it holds. */
  abstract doubt(): void;

  get wantsDetail(): boolean {
    return this.#detailed > 0;
  }

  get subscribers(): number {
    return sizeOf(this.#entries);
  }

  subscribe(subscriber: Subscriber, options: EntryOptions): TopicEntry {
    const entry = new TopicEntry(this, subscriber, options);
    this.#add(entry);
    this.services.counters.subscribers += 1;
    if (entry.detail === 'changes') this.#detailed += 1;
    if (this.#detailed === 1) this.detailChanged();
    // Never before the subscriber knows its subscription.
    queueMicrotask(() => {
      if (options.enduring === true && !this.isArmed) entry.state(this.stateEvent);
      entry.consider();
    });
    return entry;
  }

  remove(entry: TopicEntry): void {
    if (!this.#delete(entry)) return;
    this.services.counters.subscribers -= 1;
    if (entry.detail === 'changes') this.#detailed -= 1;
    if (this.subscribers === 0) this.#onEmpty();
    else if (this.#detailed === 0) this.detailChanged();
  }

  /** The runtime ends. */
  end(reason: TidewatchError): void {
    for (const entry of [...this.#entries]) entry.end(reason);
  }

  /** Events since a point, if none of them is missing. */
  since(seq: number): readonly NumberedEvent[] | undefined {
    if (this.#ring !== undefined) return this.#ring.since(seq);
    return seq === this.seq ? [] : undefined;
  }

  /** Why a newcomer can't be served; undefined while there is hope. */
  get obstacle(): TidewatchError | undefined {
    const { word, failure } = this;
    if (!OBSTACLES.has(word)) return undefined;
    return new TidewatchError(
      failure?.code ?? 'io_error',
      failure?.message ?? `The directory cannot be watched: ${word}`,
    );
  }

  /** Somebody was told to be subscribed although not everything is watched yet. */
  owe(reason: ResyncReason = 'reconnected'): void {
    this.#owed = reason;
  }

  /** Another resync has to follow when everything is watched. */
  protected get isOwing(): boolean {
    return this.#owed !== undefined;
  }

  protected tell(changes: readonly Change[]): void {
    this.seq += 1;
    const event = { type: 'change', seq: this.seq, changes } as const;
    this.#publish(event, 64 + changes.length * 96 + namesLength(changes));
  }

  protected tellResync(reason: ResyncReason): void {
    this.#owed = undefined;
    this.seq += 1;
    this.#publish({ type: 'resync', seq: this.seq, reason }, 64);
  }

  /** The state, or what is known of the next try, may have changed. */
  protected stateMoved(): void {
    const event = this.stateEvent;
    const { state, attempt = 0, code = '' } = event;
    const told = `${state} ${attempt} ${code}`;
    if (told !== this.#told) {
      this.#told = told;
      for (const entry of [...this.#entries]) entry.state(event);
    }
    this.consider();
  }

  /** Whether those who wait can be answered now. */
  protected consider(): void {
    if (this.#owed !== undefined && this.isArmed) this.tellResync(this.#owed);
    for (const entry of [...this.#entries]) entry.consider();
  }

  #add(entry: TopicEntry): void {
    if (this.#entries instanceof Set) this.#entries.add(entry);
    // Pushed to or spread, an array takes room for sixteen more.
    else if (this.#entries.length < FEW) this.#entries = this.#entries.concat(entry);
    else this.#entries = new Set([...this.#entries, entry]);
  }

  #delete(entry: TopicEntry): boolean {
    if (this.#entries instanceof Set) return this.#entries.delete(entry);
    const at = this.#entries.indexOf(entry);
    if (at >= 0) this.#entries.splice(at, 1);
    return at >= 0;
  }

  #publish(event: NumberedEvent, bytes: number): void {
    const { replayEvents, replayBytes } = this.services.limits;
    this.#ring ??= new ReplayRing({ events: replayEvents, bytes: replayBytes });
    this.#ring.push(event, bytes);
    for (const entry of [...this.#entries]) entry.numbered(event);
  }
}

function sizeOf(entries: readonly TopicEntry[] | ReadonlySet<TopicEntry>): number {
  return entries instanceof Set ? entries.size : (entries as readonly TopicEntry[]).length;
}

function namesLength(changes: readonly Change[]): number {
  let length = 0;
  for (const { path, old_path } of changes) length += 2 * (path.length + (old_path?.length ?? 0));
  return length;
}
