import type {
  Detail,
  NumberedEvent,
  Recursion,
  ResumePoint,
  StateEvent,
  SubscribedEvent,
  Subscriber,
  Subscription,
} from '../../src/actors/watch-events.ts';
import type { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import type { WatchState } from '../../src/machines/watch-state.ts';
import { applyChange, differences, topOf } from './model.ts';
import type { Model } from './model.ts';
import type { World } from './world.ts';

export interface ReaderOptions {
  readonly name: string;
  readonly path: string;
  readonly recursive: Recursion;
  readonly detail: Detail;
}

/** States in which what is told is complete. */
const GOOD: readonly (WatchState | undefined)[] = ['live', 'polling'];

/**
 * A subscriber as the contract wants one: it lists when it is told to, straight from the files of the
 * host, believes what is told in between, and notes whatever breaks the rules of a subscription.
 */
export class Reader implements Subscriber {
  readonly options: ReaderOptions;
  readonly problems: string[] = [];
  /** Why it was told to list again, in order. */
  readonly resyncs: string[] = [];
  subscription: Subscription | undefined;
  latest: WatchState | undefined;
  reason: TidewatchError | undefined;
  #world: World;
  #model: Model = new Map();
  #isSubscribed = false;
  #isClosed = false;
  #epoch = '';
  #seq = 0;
  #told = 0;

  constructor(world: World, options: ReaderOptions) {
    this.#world = world;
    this.options = options;
  }

  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  get isOver(): boolean {
    return this.#isClosed || this.reason !== undefined;
  }

  /** Numbered events so far. */
  get told(): number {
    return this.#told;
  }

  get resumePoint(): ResumePoint {
    return { epoch: this.#epoch, seq: this.#seq };
  }

  subscribed({ epoch, seq, state, resumed }: SubscribedEvent): void {
    this.#note(`subscribed ${state}${resumed ? ' resumed' : ''}`);
    if (this.#isSubscribed) this.#object('is subscribed twice');
    if (resumed) {
      if (epoch !== this.#epoch) this.#object('is resumed in another epoch');
      // What follows continues the numbers of the reader, not those of the watch.
    } else {
      this.#epoch = epoch;
      this.#seq = seq;
      this.#list();
    }
    this.#isSubscribed = true;
    this.latest = state;
  }

  numbered(event: NumberedEvent, epoch: string): void {
    this.#told += 1;
    if (event.type === 'resync') this.resyncs.push(event.reason);
    const what = event.type === 'resync' ? event.reason : describe(event.changes);
    this.#note(`${event.type} ${event.seq} ${what}`);
    this.#checkNumber(event, epoch);
    if (event.type === 'resync' || this.options.detail === 'refresh') {
      this.#list();
      return;
    }
    for (const change of event.changes) {
      if (this.options.recursive === false && change.path.includes('/')) {
        this.#object(`hears of ${change.path} below`);
      }
      applyChange(this.#model, change, (path) => this.#lookUp(path));
    }
  }

  state({ state, code }: StateEvent): void {
    this.#note(`state ${state}${code === undefined ? '' : ` ${code}`}`);
    this.#checkAlive('state');
    this.latest = state;
  }

  ended(reason: TidewatchError): void {
    this.#note(`ended ${reason.code}`);
    this.#checkAlive('ended');
    this.reason = reason;
  }

  /** Nothing may come from now on. */
  close(linger: boolean): void {
    this.#isClosed = true;
    this.subscription?.close({ linger });
  }

  /** Goes on where another reader of the same kind left off. */
  takeOver({ model, resumePoint }: { model: Model; resumePoint: ResumePoint }): void {
    this.#model = new Map(model);
    this.#epoch = resumePoint.epoch;
    this.#seq = resumePoint.seq;
  }

  get model(): Model {
    return this.#model;
  }

  /** At the end, when all had time to heal: does this reader know what is there? */
  verdict(): string[] {
    if (this.isOver) return this.problems;
    const { path, recursive } = this.options;
    const found = [...this.problems];
    if (!this.#isSubscribed) found.push('was never subscribed');
    const real = this.#world.listing(path);
    if (real === undefined) {
      if (GOOD.includes(this.latest)) found.push(`is ${this.latest}, but there is no directory`);
    } else {
      if (!GOOD.includes(this.latest)) found.push(`is ${this.latest} in the end`);
      const [told, is] =
        recursive === true ? [this.#model, real] : [topOf(this.#model), topOf(real)];
      found.push(...differences(told, is));
    }
    return found.map((what) => `${this.options.name} (${path || 'the root'}): ${what}`);
  }

  #list(): void {
    this.#model = new Map(this.#world.listing(this.options.path));
  }

  #lookUp(path: string): ReturnType<Model['get']> {
    return this.#world.listing(this.options.path)?.get(path);
  }

  #checkNumber({ type, seq }: NumberedEvent, epoch: string): void {
    this.#checkAlive(type);
    if (!this.#isSubscribed) this.#object(`hears ${type} before it is subscribed`);
    if (epoch !== this.#epoch) {
      if (type !== 'resync') this.#object('hears a change first in a new epoch');
    } else {
      // A resync for this reader alone has the number of what it stands behind.
      const isOwn = type === 'resync' && seq === this.#seq;
      if (seq !== this.#seq + 1 && !isOwn) this.#object(`hears ${seq} after ${this.#seq}`);
    }
    this.#epoch = epoch;
    this.#seq = seq;
  }

  #checkAlive(what: string): void {
    if (this.isOver) this.#object(`hears ${what} after the end`);
  }

  #object(what: string): void {
    this.#note(`PROBLEM ${what}`);
    this.problems.push(what);
  }

  #note(what: string): void {
    this.#world.note(`${this.options.name} ${what}`);
  }
}

function describe(changes: readonly { action: string; path: string; old_path?: string }[]): string {
  return changes
    .map(
      ({ action, path, old_path: old }) =>
        `${action} ${old === undefined ? '' : `${old} → `}${path}`,
    )
    .join(', ');
}
