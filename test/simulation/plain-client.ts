import type { Subscriber, Subscription } from '../../src/actors/watch-events.ts';
import type { Clock } from '../../src/actors/clock.ts';
import type { ConnectionSubscription } from '../../src/app/runtime-face.ts';
import type { ResyncReason } from '../../src/machines/resync-reason.ts';
import type { WatchState } from '../../src/machines/watch-state.ts';
import { connect } from '../../src/smb/index.ts';
import type { SmbConnection, SmbTree, Watch } from '../../src/smb/index.ts';
import type { Prng } from './prng.ts';
import type { Protection, SimulatedClient } from './simulated-client.ts';
import type { World } from './world.ts';

const RETRY_MS = 5_000;
/** A server that forgets is found out by asking anew. */
const RENEW_MS = 300_000;

/**
 * The simplest client that keeps the promise: a connection for each subscriber, and `resync` for whatever
 * happens. It shows that the SMB client alone leaves nothing behind, with real frames.
 */
export class PlainClient implements SimulatedClient {
  readonly #world: World;
  readonly #clock: Clock;
  readonly #prng: Prng;
  readonly #protection: Protection;
  #watches = new Set<PlainWatch>();

  constructor(world: World, { prng, protection }: { prng: Prng; protection: Protection }) {
    this.#world = world;
    this.#clock = world.clock.for('client');
    this.#prng = prng;
    this.#protection = protection;
  }

  async start(): Promise<void> {}

  subscribe(request: ConnectionSubscription, subscriber: Subscriber): Subscription {
    const join = async (): Promise<SmbConnection> => {
      const transport = await this.#world.host.dial();
      const random = (length: number): Buffer => this.#prng.bytes(length);
      return connect({ host: 'sim', transport, clock: this.#clock, random });
    };
    const watch = new PlainWatch(join, this.#clock, request, subscriber, this.#protection);
    this.#watches.add(watch);
    return { close: () => void watch.close(), refresh: () => watch.tell('refresh') };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#watches].map((watch) => watch.close()));
  }
}

class PlainWatch {
  readonly #join: () => Promise<SmbConnection>;
  readonly #clock: Clock;
  readonly #request: ConnectionSubscription;
  readonly #subscriber: Subscriber;
  readonly #protection: Protection;
  readonly #running: Promise<void>;
  #seq = 0;
  #isSubscribed = false;
  #isClosed = false;
  /** Ends what is being waited for. */
  #interrupt: () => void = () => undefined;

  constructor(
    join: () => Promise<SmbConnection>,
    clock: Clock,
    request: ConnectionSubscription,
    subscriber: Subscriber,
    protection: Protection,
  ) {
    this.#join = join;
    this.#clock = clock;
    this.#request = request;
    this.#subscriber = subscriber;
    this.#protection = protection;
    this.#running = this.#run();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#interrupt();
    return this.#running;
  }

  tell(reason: ResyncReason): void {
    if (this.#isClosed || !this.#isSubscribed) return;
    this.#seq += 1;
    this.#subscriber.numbered({ type: 'resync', seq: this.#seq, reason }, 'plain');
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      let connection: SmbConnection | undefined;
      try {
        connection = await this.#join();
        await this.#follow(connection);
      } catch {
        // Whatever it was, it is tried again.
      }
      await connection?.close();
      await this.#wait(RETRY_MS);
    }
  }

  async #follow(connection: SmbConnection): Promise<void> {
    const credentials =
      this.#protection === 'none'
        ? { anonymous: true as const }
        : { username: 'alice', password: 'secret' };
    const session = await connection.authenticate(credentials);
    const tree = await session.connectTree('data');
    const path = this.#request.path.replaceAll('\\', '/').replaceAll(/^\/+|\/+$/g, '');
    try {
      await tree.stat(path);
      await this.#watch(tree, path);
    } catch (error) {
      this.#say((error as { code?: string }).code === 'not_found' ? 'deleted' : 'reconnecting');
      throw error;
    }
  }

  async #watch(tree: SmbTree, path: string): Promise<void> {
    const watch = tree.watch(path, { recursive: this.#request.recursive !== false });
    const timer = this.#clock.setTimeout(() => void watch.close(), RENEW_MS);
    this.#interrupt = () => void watch.close();
    try {
      if (!(await this.#isArmed(watch))) return;
      this.#say('live');
      this.tell('reopened');
      for await (const event of watch) {
        this.tell(event.type === 'changes' ? 'recheck' : event.reason);
      }
    } finally {
      this.#clock.clearTimeout(timer);
      this.#interrupt = () => undefined;
      await watch.close();
    }
  }

  /** False where there are no notifications: the next try is the next look. */
  async #isArmed(watch: Watch): Promise<boolean> {
    try {
      await watch.armed;
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== 'notify_unsupported') throw error;
      this.#say('polling');
      this.tell('recheck');
      return false;
    }
  }

  #say(state: WatchState): void {
    if (this.#isClosed) return;
    const since = new Date(this.#clock.wall()).toISOString();
    if (this.#isSubscribed) {
      this.#subscriber.state({ type: 'state', state, since });
      return;
    }
    this.#isSubscribed = true;
    const numbering = { epoch: 'plain', seq: this.#seq, resumed: false };
    this.#subscriber.subscribed({ type: 'subscribed', state, ...numbering });
  }

  #wait(ms: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#interrupt = () => undefined;
        this.#clock.clearTimeout(timer);
        resolve();
      };
      const timer = this.#clock.setTimeout(done, ms);
      this.#interrupt = done;
    });
  }
}
