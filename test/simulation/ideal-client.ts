import type { Change, Subscriber, Subscription } from '../../src/actors/watch-events.ts';
import type { ConnectionSubscription } from '../../src/app/runtime-face.ts';
import { connect } from '../../src/smb/index.ts';
import { differencesAsChanges } from './ideal-changes.ts';
import type { Model } from './model.ts';
import type { SimulatedClient } from './simulated-client.ts';
import type { World } from './world.ts';

/** How a client may be wrong, to see that it is found out. */
export interface Flaws {
  /** This change, counted from 1, is told to nobody. */
  readonly dropsChange?: number;
  /** What is written to a file that was there before is told to nobody. */
  readonly ignoresWrites?: boolean;
  readonly skipsNumber?: boolean;
  readonly leavesConnection?: boolean;
  readonly leavesTimer?: boolean;
  readonly tellsAfterClose?: boolean;
  readonly neverSubscribes?: boolean;
}

/**
 * A client that cannot be wrong: it looks at the files of the host at every tick, over no network at
 * all. What a simulation thinks of it says whether the simulation can be believed; with a flaw it has to
 * be found out.
 */
export class IdealClient implements SimulatedClient {
  readonly #world: World;
  readonly #flaws: Flaws;
  #watches = new Set<IdealWatch>();
  #changes = 0;

  constructor(world: World, flaws: Flaws = {}) {
    this.#world = world;
    this.#flaws = flaws;
  }

  async start(): Promise<void> {
    if (this.#flaws.leavesConnection !== true) return;
    const clock = this.#world.clock.for('host');
    await connect({ host: 'sim', transport: await this.#world.host.dial(), clock });
  }

  subscribe(request: ConnectionSubscription, subscriber: Subscriber): Subscription {
    const path = request.path.replaceAll('\\', '/').replaceAll(/^\/|\/$/g, '');
    const watch = new IdealWatch(this.#world, path, request, subscriber, (change) =>
      this.#tells(change),
    );
    this.#watches.add(watch);
    if (this.#flaws.neverSubscribes !== true) watch.start(this.#flaws);
    return {
      close: () => {
        watch.stop();
        if (this.#flaws.tellsAfterClose === true) {
          subscriber.state({ state: 'stopped', type: 'state', since: '' });
        }
      },
      refresh: () => undefined,
    };
  }

  async stop(): Promise<void> {
    for (const watch of this.#watches) watch.stop();
    if (this.#flaws.leavesTimer === true) {
      this.#world.clock.for('client').setTimeout(() => undefined, 3_600_000);
    }
  }

  #tells({ action }: Change): boolean {
    if (action === 'modified' && this.#flaws.ignoresWrites === true) return false;
    this.#changes += 1;
    return this.#changes !== this.#flaws.dropsChange;
  }
}

const LOOK_EVERY_MS = 10_000;

class IdealWatch {
  readonly #world: World;
  readonly #path: string;
  readonly #request: ConnectionSubscription;
  readonly #subscriber: Subscriber;
  readonly #tells: (change: Change) => boolean;
  #known: Model | undefined;
  #timer: unknown;
  #seq = 0;

  constructor(
    world: World,
    path: string,
    request: ConnectionSubscription,
    subscriber: Subscriber,
    tells: (change: Change) => boolean,
  ) {
    this.#world = world;
    this.#path = path;
    this.#request = request;
    this.#subscriber = subscriber;
    this.#tells = tells;
  }

  start({ skipsNumber = false }: Flaws): void {
    const step = skipsNumber ? 2 : 1;
    const { clock } = this.#world;
    const look = (): void => {
      this.#timer = clock.for('client').setTimeout(look, LOOK_EVERY_MS);
      this.#compare(step);
    };
    this.#timer = clock.for('client').setTimeout(() => {
      this.#known = this.#list();
      const state = this.#known === undefined ? 'deleted' : 'live';
      this.#subscriber.subscribed({
        type: 'subscribed',
        epoch: 'one',
        seq: 0,
        state,
        resumed: false,
      });
      look();
    }, 0);
  }

  stop(): void {
    this.#world.clock.for('client').clearTimeout(this.#timer);
  }

  #compare(step: number): void {
    const before = this.#known;
    const after = this.#list();
    this.#known = after;
    if (before === undefined && after === undefined) return;
    if (before === undefined || after === undefined) {
      const state = after === undefined ? 'deleted' : 'live';
      this.#subscriber.state({ type: 'state', state, since: '' });
      this.#seq += step;
      this.#subscriber.numbered({ type: 'resync', seq: this.#seq, reason: 'recreated' }, 'one');
      return;
    }
    const changes = differencesAsChanges(before, after).filter(
      (change) => this.#request.recursive !== false || !change.path.includes('/'),
    );
    const told = changes.filter((change) => this.#tells(change));
    if (told.length === 0) return;
    this.#seq += step;
    const isTold = this.#request.detail === 'changes';
    this.#subscriber.numbered(
      { type: 'change', seq: this.#seq, changes: isTold ? told : [] },
      'one',
    );
  }

  #list(): Model | undefined {
    return this.#world.listing(this.#path);
  }
}
