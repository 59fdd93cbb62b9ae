import { TidewatchError } from '../errors/tidewatch-error.ts';
import type {
  NumberedEvent,
  StateEvent,
  SubscribedEvent,
  Subscriber,
  Subscription,
} from '../actors/watch-events.ts';
import type { ConnectionSubscription } from './runtime-face.ts';

/** What subscriptions of one connection mostly agree on. */
export type SubscriptionMode = Omit<ConnectionSubscription, 'path' | 'resume'>;

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
  readonly #path: string;
  readonly #mode: SubscriptionMode;
  readonly #subscriber: Subscriber;
  readonly #joining: Joining;
  #handle: Subscription | undefined;
  /** `moving`: on the way to another place, where it was answered before. */
  #phase: 'new' | 'answered' | 'moving' | 'over' = 'new';

  /** Throws what `join` throws; nothing is held then. */
  constructor(
    request: ConnectionSubscription,
    mode: SubscriptionMode,
    subscriber: Subscriber,
    joining: Joining,
  ) {
    // Field by field: there are thousands of them, and most agree on their mode.
    this.#path = request.path;
    this.#mode = mode;
    this.#subscriber = subscriber;
    this.#joining = joining;
    this.#handle = joining.join(request, this, { moved: false });
  }

  /** To where the connection leads from now on. */
  move(): void {
    if (this.#phase === 'over') return;
    const before = this.#handle;
    const moved = this.#phase !== 'new';
    // What came before has no place in the numbering to come.
    const request = { ...this.#mode, path: this.#path };
    try {
      // The new one is there before the old one goes, so that what they share stays open.
      this.#handle = this.#joining.join(request, this, { moved });
    } catch (error) {
      this.end(reasonOf(error));
      return;
    }
    before?.close();
    if (!moved) return;
    this.#phase = 'moving';
    this.#tellState('reconnecting');
  }

  /** The connection is there no more, or leads nowhere. */
  end(reason: TidewatchError): void {
    const handle = this.#handle;
    this.ended(reason);
    handle?.close();
  }

  subscribed(event: SubscribedEvent): void {
    const isFirst = this.#phase === 'new';
    this.#phase = 'answered';
    if (isFirst) {
      this.#subscriber.subscribed(event);
      return;
    }
    const { epoch, seq, state } = event;
    this.#subscriber.numbered({ type: 'resync', seq, reason: 'credentials_changed' }, epoch);
    this.#tellState(state);
  }

  numbered(event: NumberedEvent, epoch: string): void {
    this.#subscriber.numbered(event, epoch);
  }

  state(event: StateEvent): void {
    // That it is served there is told with the resync that belongs to it.
    const isServed = event.state === 'live' || event.state === 'polling';
    if (this.#phase === 'moving' && isServed) return;
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
    if (this.#phase === 'over') return false;
    this.#phase = 'over';
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
