import { TidewatchError } from '../errors/tidewatch-error.ts';
import type {
  NumberedEvent,
  StateEvent,
  SubscribedEvent,
  Subscriber,
  Subscription,
} from '../actors/watch-events.ts';
import type { ConnectionSubscription } from './runtime-face.ts';

/** Where subscriptions of a connection are made. */
export interface Joining {
  /**
   * Subscribes where the connection leads now; nothing is told before it returns. One that `moved` waits
   * for as long as it takes.
   */
  join(
    request: ConnectionSubscription,
    subscriber: Subscriber,
    how: { readonly moved: boolean },
  ): Subscription;
  /** Milliseconds since 1970. */
  wall(): number;
  /** It holds nothing any more. */
  over(subscription: MovingSubscription): void;
}

/**
 * One subscription of a connection. It goes where the connection leads, also when that is edited; its
 * reader, who was told that nothing is missed, is told to list again there.
 */
export class MovingSubscription implements Subscription, Subscriber {
  readonly request: ConnectionSubscription;
  readonly #subscriber: Subscriber;
  readonly #joining: Joining;
  #handle: Subscription | undefined;
  #isAnswered = false;
  /** On the way to another place. */
  #isMoving = false;
  #isOver = false;

  /** Throws what `join` throws; nothing is held then. */
  constructor(request: ConnectionSubscription, subscriber: Subscriber, joining: Joining) {
    this.request = request;
    this.#subscriber = subscriber;
    this.#joining = joining;
    this.#handle = joining.join(request, this, { moved: false });
  }

  /** To where the connection leads from now on. */
  move(): void {
    if (this.#isOver) return;
    const before = this.#handle;
    const moved = this.#isAnswered;
    // What came before has no place in the numbering to come.
    const request = moved ? { ...this.request, resume: undefined } : this.request;
    try {
      // The new one is there before the old one goes, so that what they share stays open.
      this.#handle = this.#joining.join(request, this, { moved });
    } catch (error) {
      this.end(reasonOf(error));
      return;
    }
    before?.close();
    if (!moved) return;
    this.#isMoving = true;
    this.#tellState('reconnecting');
  }

  /** The connection is there no more, or leads nowhere. */
  end(reason: TidewatchError): void {
    const handle = this.#handle;
    this.ended(reason);
    handle?.close();
  }

  subscribed(event: SubscribedEvent): void {
    if (!this.#isAnswered) {
      this.#isAnswered = true;
      this.#subscriber.subscribed(event);
      return;
    }
    this.#isMoving = false;
    const { epoch, seq, state } = event;
    this.#subscriber.numbered({ type: 'resync', seq, reason: 'credentials_changed' }, epoch);
    this.#tellState(state);
  }

  numbered(event: NumberedEvent, epoch: string): void {
    this.#subscriber.numbered(event, epoch);
  }

  state(event: StateEvent): void {
    // That it is served there is told with the resync that belongs to it.
    if (this.#isMoving && (event.state === 'live' || event.state === 'polling')) return;
    this.#subscriber.state(event);
  }

  ended(reason: TidewatchError): void {
    if (this.#leave()) this.#subscriber.ended(reason);
  }

  close(options?: { readonly linger?: boolean }): void {
    const handle = this.#handle;
    this.#leave();
    handle?.close(options);
  }

  refresh(): void {
    this.#handle?.refresh();
  }

  #leave(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#handle = undefined;
    this.#joining.over(this);
    return true;
  }

  #tellState(state: StateEvent['state']): void {
    const since = new Date(this.#joining.wall()).toISOString();
    this.#subscriber.state({ type: 'state', state, since });
  }
}

function reasonOf(error: unknown): TidewatchError {
  if (error instanceof TidewatchError) return error;
  return new TidewatchError('internal_error', 'a subscription could not follow its connection', {
    cause: error,
  });
}
