import type { Failure } from '../machines/failure.ts';
import { STATE_WORDS } from '../machines/state-words.ts';
import type { WatchState } from '../machines/watch-state.ts';
import type { Clock } from './clock.ts';
import type { DirectoryOptions } from './directory-options.ts';
import { stateEvent } from './state-event.ts';
import type { StateEvent } from './watch-events.ts';

/** It is watched for the first time. */
export function logStart({ services, place, path }: DirectoryOptions, state: WatchState): void {
  services.logger.info(
    { event: 'watch.started', connection: place.display, path, state },
    'A directory is watched',
  );
}

/** How a watched directory is, in the words of users. */
export class DirectoryStatus {
  readonly #clock: Clock;
  #state = 'idle';
  #word: WatchState = 'connecting';
  #since: number;
  #wasServed = false;
  /** As of the clock; undefined when no try is ahead. */
  nextTryAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.wall();
  }

  /** A state of the chart, such as `watching.live`. */
  get state(): string {
    return this.#state;
  }

  get word(): WatchState {
    return this.#word;
  }

  /** When the word became true; milliseconds since 1970. */
  get since(): number {
    return this.#since;
  }

  get isServing(): boolean {
    return this.#word === 'live' || this.#word === 'polling';
  }

  /** Takes over a state of the chart. Gives what is new: a word, the first service, or only a state. */
  enter(state: string, everArmed: boolean): 'nothing' | 'state' | 'word' | 'service' {
    if (state === this.#state) return 'nothing';
    this.#state = state;
    const word = STATE_WORDS[state]?.[everArmed ? 1 : 0] ?? 'failed';
    if (word === this.#word) return 'state';
    this.set(word);
    if (!this.isServing) return 'word';
    this.nextTryAt = undefined;
    const isFirst = !this.#wasServed;
    this.#wasServed = true;
    return isFirst ? 'service' : 'word';
  }

  set(word: WatchState): void {
    this.#word = word;
    this.#since = this.#clock.wall();
  }

  event({ attempt, failure }: { attempt: number; failure: Failure | undefined }): StateEvent {
    return stateEvent({
      state: this.#word,
      since: this.#since,
      attempt,
      failure,
      nextTryAt: this.nextTryAt,
      now: this.#clock.now(),
    });
  }
}
