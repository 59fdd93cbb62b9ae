import type { Subscriber, Subscription } from '../../src/actors/watch-events.ts';
import type { ConnectionSubscription } from '../../src/app/runtime-face.ts';
import type { Prng } from './prng.ts';
import type { World } from './world.ts';

/** What a simulation drives: of the runtime only what a subscriber needs. */
export interface SimulatedClient {
  start(): Promise<void>;
  /** `connection` is `sim`. */
  subscribe(request: ConnectionSubscription, subscriber: Subscriber): Subscription;
  stop(): Promise<void>;
}

/** How the client logs on. */
export type Protection = 'none' | 'signed' | 'encrypted';

export type ClientMaker = (
  world: World,
  options: { readonly prng: Prng; readonly protection: Protection },
) => SimulatedClient;
