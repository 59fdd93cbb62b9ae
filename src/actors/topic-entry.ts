import type { TidewatchError } from '../errors/tidewatch-error.ts';
import type { WatchState } from '../machines/watch-state.ts';
import type { Services } from './services.ts';
import type { TimerTask, WheelTimer } from './timer-wheel.ts';
import type {
  Detail,
  NumberedEvent,
  ResumePoint,
  StateEvent,
  Subscriber,
  Subscription,
} from './watch-events.ts';

/** What an entry is subscribed to. */
export interface EntryTopic {
  readonly services: Services;
  readonly epoch: string;
  readonly seq: number;
  readonly word: WatchState;
  readonly isArmed: boolean;
  hasBaseline(detail: Detail): boolean;
  readonly obstacle: TidewatchError | undefined;
  since(seq: number): readonly NumberedEvent[] | undefined;
  refresh(): void;
  /** A reader lists before there is a baseline: nobody can vouch for what it holds. */
  doubt(): void;
  /** Somebody was told to be subscribed although nothing is watched yet. */
  owe(): void;
  remove(entry: TopicEntry): void;
}

export interface EntryOptions {
  readonly detail: Detail;
  readonly resume?: ResumePoint | undefined;
  /**
   * Answered after this time even if nothing is watched yet, with the state that it is in. Infinity: not
   * before it is watched, and states are told meanwhile.
   */
  readonly patienceMs: number;
  /** An obstacle that ends others is told as a state, and waited out: of readers that were served before. */
  readonly enduring?: boolean | undefined;
}

/** One subscriber of a topic: waiting for its answer, or served. */
export class TopicEntry implements Subscription, TimerTask {
  readonly detail: Detail;
  readonly #topic: EntryTopic;
  #subscriber: Subscriber | undefined;
  #resume: ResumePoint | undefined;
  #isAnswered = false;
  readonly #patience: 'bounded' | 'patient' | 'enduring';
  #timer: WheelTimer | undefined;
  /** What the timer is for. */
  #waitsFor: 'answer' | 'baseline' | 'return' = 'answer';

  constructor(topic: EntryTopic, subscriber: Subscriber, options: EntryOptions) {
    this.detail = options.detail;
    this.#topic = topic;
    this.#subscriber = subscriber;
    this.#resume = options.resume;
    const { enduring = false, patienceMs } = options;
    const hasTime = patienceMs === Infinity;
    this.#patience = enduring ? 'enduring' : hasTime ? 'patient' : 'bounded';
    if (!hasTime) this.#timer = topic.services.wheel.set(this, patienceMs);
  }

  close({ linger = false }: { readonly linger?: boolean } = {}): void {
    if (this.#subscriber === undefined && this.#waitsFor !== 'return') return;
    this.#subscriber = undefined;
    const { wheel, limits } = this.#topic.services;
    wheel.cancel(this.#timer);
    this.#timer = undefined;
    if (linger && this.#isAnswered && this.#waitsFor !== 'return') {
      this.#waitsFor = 'return';
      this.#timer = wheel.set(this, limits.lingerMs);
    } else this.#topic.remove(this);
  }

  refresh(): void {
    if (this.#subscriber !== undefined) this.#topic.refresh();
  }

  /** Nothing comes any more. */
  end(reason: TidewatchError): void {
    const subscriber = this.#subscriber;
    this.#topic.services.wheel.cancel(this.#timer);
    this.#timer = undefined;
    this.#subscriber = undefined;
    this.#topic.remove(this);
    this.#guard(() => subscriber?.ended(reason));
  }

  numbered(event: NumberedEvent): void {
    if (this.#isAnswered) this.#guard(() => this.#subscriber?.numbered(event, this.#topic.epoch));
  }

  state(event: StateEvent): void {
    if (this.#isAnswered || this.#patience !== 'bounded')
      this.#guard(() => this.#subscriber?.state(event));
  }

  /** Answers if it can be answered. */
  consider(): void {
    if (this.#isAnswered || this.#subscriber === undefined) return;
    const topic = this.#topic;
    const { obstacle } = topic;
    if (obstacle !== undefined && this.#patience !== 'enduring') this.end(obstacle);
    else if (topic.isArmed && topic.hasBaseline(this.detail)) this.#answer();
    else if (topic.isArmed && this.#waitsFor !== 'baseline') {
      const { wheel, limits } = topic.services;
      wheel.cancel(this.#timer);
      this.#waitsFor = 'baseline';
      this.#timer = wheel.set(this, limits.baselineWaitMs);
    }
  }

  due(): void {
    this.#timer = undefined;
    if (this.#waitsFor === 'return') {
      this.#topic.remove(this);
      return;
    }
    if (this.#isAnswered || this.#subscriber === undefined) return;
    // A large directory takes long to list; what is missed meanwhile without a signal is doubtful.
    if (this.#topic.isArmed) this.#topic.doubt();
    else this.#topic.owe();
    this.#answer();
  }

  #answer(): void {
    const topic = this.#topic;
    topic.services.wheel.cancel(this.#timer);
    this.#timer = undefined;
    this.#isAnswered = true;
    const { epoch, seq, word: state } = topic;
    // What came and went between two listings may be in what this reader lists now.
    if (state === 'polling') topic.doubt();
    const resume = this.#resume;
    this.#resume = undefined;
    const missed = resume?.epoch === epoch ? this.#missedSince(resume.seq) : undefined;
    const resumed = missed !== undefined;
    const answer = {
      ...({ type: 'subscribed', epoch, state, resumed } as const),
      // What follows continues from there.
      seq: resumed ? resume!.seq : seq,
    };
    this.#guard(() => this.#subscriber?.subscribed(answer));
    if (resumed) {
      for (const event of missed) this.numbered(event);
    } else if (resume !== undefined) {
      const reason = resume.epoch === epoch ? 'replay_gap' : 'restarted';
      this.numbered({ type: 'resync', seq, reason });
    }
  }

  /** Events that can be told again; undefined when some are gone, or say less than is wanted. */
  #missedSince(seq: number): readonly NumberedEvent[] | undefined {
    const missed = this.#topic.since(seq);
    // Nobody wanted names then, so nobody knows them now.
    const isNameless = (event: NumberedEvent): boolean =>
      event.type === 'change' && event.changes.length === 0;
    return this.detail === 'changes' && missed?.some(isNameless) === true ? undefined : missed;
  }

  /** A mistake of one subscriber must harm neither the others nor the watch. */
  #guard(tell: () => void): void {
    try {
      tell();
    } catch (err) {
      const { logger } = this.#topic.services;
      logger.error({ event: 'subscriber.failed', err }, 'A subscriber threw what it must not');
    }
  }
}
