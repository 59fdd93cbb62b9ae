import { isDeepStrictEqual } from 'node:util';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Subscriber, Subscription } from '../actors/watch-events.ts';
import type { ConnectionFollower } from './connections.ts';
import { MovingSubscription } from './moving-subscription.ts';
import type { Joining, SubscriptionMode } from './moving-subscription.ts';
import type { ConnectionSubscription } from './runtime-face.ts';

/** What subscriptions of connections need of the runtime. */
export type SubscriptionWorld = Pick<Joining, 'join' | 'wall'>;

/** Who is subscribed through which connection, so that they follow where it leads. */
export class Followers implements ConnectionFollower {
  readonly #world: SubscriptionWorld;
  readonly #byConnection = new Map<string, OfOneConnection>();

  constructor(world: SubscriptionWorld) {
    this.#world = world;
  }

  /** Throws what subscribing throws. */
  subscribe(id: string, request: ConnectionSubscription, subscriber: Subscriber): Subscription {
    const known = this.#byConnection.get(id);
    const followers =
      known ?? new OfOneConnection(this.#world, () => this.#byConnection.delete(id));
    const mode = followers.mode({ ...request, connection: id });
    const subscription = new MovingSubscription(request, mode, subscriber, followers);
    followers.add(subscription);
    this.#byConnection.set(id, followers);
    return subscription;
  }

  connectionMoved(id: string): void {
    for (const one of this.#byConnection.get(id)?.all ?? []) one.move();
  }

  connectionGone(id: string): void {
    const reason = new TidewatchError('not_found', 'The connection was removed');
    for (const one of this.#byConnection.get(id)?.all ?? []) one.end(reason);
  }
}

class OfOneConnection implements Joining {
  readonly #world: SubscriptionWorld;
  readonly #onEmpty: () => void;
  readonly #subscriptions = new Set<MovingSubscription>();
  #lastMode: SubscriptionMode | undefined;

  constructor(world: SubscriptionWorld, onEmpty: () => void) {
    this.#world = world;
    this.#onEmpty = onEmpty;
  }

  /** As of now: who moves may leave. */
  get all(): readonly MovingSubscription[] {
    return [...this.#subscriptions];
  }

  /** The same object for those who agree, one after the other. */
  mode({ connection, detail, filter, recursive }: ConnectionSubscription): SubscriptionMode {
    const mode = { connection, detail, recursive, ...(filter !== undefined && { filter }) };
    if (!isDeepStrictEqual(mode, this.#lastMode)) this.#lastMode = mode;
    return this.#lastMode ?? mode;
  }

  add(subscription: MovingSubscription): void {
    this.#subscriptions.add(subscription);
  }

  join(...[request, subscriber, how]: Parameters<Joining['join']>): Subscription {
    return this.#world.join(request, subscriber, how);
  }

  wall(): number {
    return this.#world.wall();
  }

  over(subscription: MovingSubscription): void {
    if (this.#subscriptions.delete(subscription) && this.#subscriptions.size === 0) this.#onEmpty();
  }
}
