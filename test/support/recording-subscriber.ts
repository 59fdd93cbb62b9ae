import type {
  Change,
  NumberedEvent,
  StateEvent,
  SubscribedEvent,
  Subscriber,
} from '../../src/actors/watch-events.ts';
import type { TidewatchError } from '../../src/errors/tidewatch-error.ts';

/** Writes down what a subscriber is told. */
export class RecordingSubscriber implements Subscriber {
  readonly answers: SubscribedEvent[] = [];
  readonly events: NumberedEvent[] = [];
  readonly states: StateEvent[] = [];
  readonly ends: TidewatchError[] = [];
  /** Everything, in order, as words: `subscribed live`, `change a b`, `resync overflow`, `state live`. */
  readonly told: string[] = [];
  /** Called with each word. */
  onTold: (what: string) => void = () => undefined;

  subscribed(event: SubscribedEvent): void {
    this.answers.push(event);
    this.#note(`subscribed ${event.state}`);
  }

  numbered(event: NumberedEvent): void {
    this.events.push(event);
    if (event.type === 'resync') this.#note(`resync ${event.reason}`);
    else this.#note(['change', ...event.changes.map(worded)].join(' '));
  }

  state(event: StateEvent): void {
    this.states.push(event);
    this.#note(`state ${event.state}`);
  }

  ended(reason: TidewatchError): void {
    this.ends.push(reason);
    this.#note(`ended ${reason.code}`);
  }

  /** What was told since the last call. */
  take(): string[] {
    return this.told.splice(0);
  }

  get changes(): Change[] {
    return this.events.flatMap((event) => (event.type === 'change' ? event.changes : []));
  }

  #note(what: string): void {
    this.told.push(what);
    this.onTold(what);
  }
}

const SIGNS = { added: '+', removed: '-', modified: '*', renamed: '>' } as const;

/** `+new`, `-gone`, `*written`, `old>new`. */
export function worded({ action, path, old_path }: Change): string {
  return `${old_path ?? ''}${SIGNS[action]}${path}`;
}
