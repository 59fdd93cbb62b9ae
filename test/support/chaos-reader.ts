import type { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import type {
  Detail,
  DirectoryWatch,
  NumberedEvent,
  StateEvent,
  SubscribedEvent,
  Subscriber,
  Subscription,
  WatchEvent,
  WatchState,
} from '../../src/app/index.ts';
import { applyChange, differences } from './chaos-listing.ts';
import type { Lister, Listing } from './chaos-listing.ts';

export interface ChaosReaderOptions {
  /** How it lists when it is told to: never through what is tested. */
  readonly list: Lister;
  readonly detail?: Detail;
}

const PATIENCE_MS = 15_000;
/** Events that are kept for the message of a failure. */
const REMEMBERED = 1_000;

/**
 * A reader as the contract wants one. It lists when it is subscribed and at each resync, and believes
 * what it is told in between; for detail `refresh` it lists at every event. Breaches of the rules of a
 * numbering are noted in `problems`.
 */
export class ChaosReader implements Subscriber {
  readonly problems: string[] = [];
  readonly resyncs: string[] = [];
  readonly states: StateEvent[] = [];
  /** The latest events, oldest first. */
  readonly events: WatchEvent[] = [];
  /** Numbered events so far. */
  told = 0;
  isSubscribed = false;
  /** The state it was told last. */
  latest: WatchState | undefined;
  ending: TidewatchError | undefined;
  subscription: Subscription | undefined;
  /** Called after each event. */
  onEvent: (event: WatchEvent) => void = () => undefined;
  readonly #list: Lister;
  readonly #detail: Detail;
  #model: Listing = new Map();
  #epoch = '';
  #seq = 0;
  /** Changes that came while it lists. */
  #waiting: NumberedEvent[] | undefined;
  #rounds = 0;
  readonly #wakers = new Set<() => void>();

  constructor({ list, detail = 'changes' }: ChaosReaderOptions) {
    this.#list = list;
    this.#detail = detail;
  }

  /** Reads a watch of the library until it ends. */
  async follow(watch: DirectoryWatch): Promise<void> {
    try {
      for await (const event of watch) {
        if (event.type === 'subscribed') this.subscribed(event);
        else if (event.type === 'state') this.state(event);
        else this.numbered(event, this.#epoch);
      }
    } catch (error) {
      this.ended(error as TidewatchError);
    }
  }

  /** What it believes. */
  get model(): Listing {
    return this.#model;
  }

  subscribed(event: SubscribedEvent): void {
    if (this.isSubscribed) this.#object('subscribed twice');
    this.isSubscribed = true;
    this.#epoch = event.epoch;
    this.#seq = event.seq;
    this.latest = event.state;
    this.#relist();
    this.#note(event);
  }

  numbered(event: NumberedEvent, epoch: string): void {
    this.told += 1;
    if (!this.isSubscribed) this.#object(`${event.type} before subscribed`);
    const isOwn = event.type === 'resync' && event.seq === this.#seq;
    if (epoch === this.#epoch && event.seq !== this.#seq + 1 && !isOwn) {
      // One who reads slowly is told that events were left out.
      const isCollapsed = event.type === 'resync' && event.reason === 'slow_consumer';
      if (!isCollapsed) this.#object(`${event.type} ${event.seq} after ${this.#seq}`);
    }
    this.#epoch = epoch;
    this.#seq = event.seq;
    if (event.type === 'resync') this.resyncs.push(event.reason);
    if (event.type === 'resync' || this.#detail === 'refresh') this.#relist();
    else if (this.#waiting !== undefined) this.#waiting.push(event);
    else this.#apply(event);
    this.#note(event);
  }

  state(event: StateEvent): void {
    this.states.push(event);
    this.latest = event.state;
    this.#note(event);
  }

  ended(reason: TidewatchError): void {
    if (this.ending !== undefined) this.#object('ended twice');
    this.ending = reason;
    this.#wake();
  }

  /** Resolves as soon as this holds; looked at after each event. */
  async until(what: string, holds: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const end = performance.now() + patienceMs;
    while (!holds()) {
      const left = end - performance.now();
      if (left <= 0) throw new Error(`${what}: not within ${patienceMs} ms\n${this.history()}`);
      if (this.ending !== undefined) throw new Error(`${what}: it ended`, { cause: this.ending });
      await this.#nextEvent(left);
    }
  }

  untilSubscribed(patienceMs?: number): Promise<void> {
    return this.until('subscribed', () => this.isSubscribed, patienceMs);
  }

  /** Waits until it is subscribed and live; what it believes then is what it has listed. */
  async untilLive(patienceMs?: number): Promise<void> {
    const holds = (): boolean => this.isSubscribed && this.latest === 'live';
    await this.until('live', holds, patienceMs);
  }

  async untilEnded(patienceMs = PATIENCE_MS): Promise<TidewatchError> {
    const end = performance.now() + patienceMs;
    while (this.ending === undefined) {
      const left = end - performance.now();
      if (left <= 0) throw new Error(`does not end\n${this.history()}`);
      await this.#nextEvent(left);
    }
    return this.ending;
  }

  /** Waits for a state, or that it is in it. */
  untilState(state: WatchState, patienceMs?: number): Promise<void> {
    return this.until(`state ${state}`, () => this.latest === state, patienceMs);
  }

  /** Waits until so many resyncs were told. */
  untilResyncs(count: number, patienceMs?: number): Promise<void> {
    const holds = (): boolean => this.resyncs.length >= count;
    return this.until(`${count} resyncs`, holds, patienceMs);
  }

  /** Waits until it believes that there is an entry of this path. */
  untilKnows(path: string, patienceMs?: number): Promise<void> {
    return this.until(`knows ${path}`, () => this.#model.has(path), patienceMs);
  }

  /** Waits until it believes what is there; throws with what it believes otherwise. */
  async untilTrue(truth: Lister = this.#list, patienceMs = PATIENCE_MS): Promise<void> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const wrong = differences(this.#model, await truth());
      if (wrong.length === 0 && this.#waiting === undefined) break;
      const left = end - performance.now();
      if (left <= 0) {
        throw new Error(`does not converge:\n${wrong.slice(0, 20).join('\n')}\n${this.history()}`);
      }
      // What is there may become what it believes without another event.
      await this.#nextEvent(Math.min(left, 50));
    }
    if (this.problems.length > 0) throw new Error(`${this.problems.join('\n')}\n${this.history()}`);
  }

  /** The latest events, one a line. */
  history(): string {
    return this.events
      .slice(-30)
      .map((event) => JSON.stringify(event).slice(0, 300))
      .join('\n');
  }

  #relist(): void {
    this.#rounds += 1;
    const round = this.#rounds;
    const listed = this.#list();
    if (!(listed instanceof Promise)) {
      this.#model = listed;
      this.#waiting = undefined;
      return;
    }
    this.#waiting = [];
    listed.then(
      (model) => {
        if (round !== this.#rounds) return;
        this.#model = model;
        const missed = this.#waiting ?? [];
        this.#waiting = undefined;
        for (const event of missed) this.#apply(event);
        this.#wake();
      },
      (error: unknown) => {
        // The server may be away again: a reader goes on trying.
        if (round !== this.#rounds) return;
        if ((error as { code?: string }).code === undefined) this.#object(String(error));
        else setTimeout(() => round === this.#rounds && this.#relist(), 20).unref();
      },
    );
  }

  #apply(event: NumberedEvent): void {
    if (event.type !== 'change') return;
    try {
      for (const change of event.changes) applyChange(this.#model, change);
    } catch (error) {
      this.#object((error as Error).message);
    }
  }

  #note(event: WatchEvent): void {
    if (this.ending !== undefined) this.#object(`${event.type} after the end`);
    this.events.push(event);
    if (this.events.length > 2 * REMEMBERED) this.events.splice(0, REMEMBERED);
    this.onEvent(event);
    this.#wake();
  }

  #object(what: string): void {
    this.problems.push(what);
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  #nextEvent(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, patienceMs);
      this.#wakers.add(wake);
    });
  }
}
