import type {
  ConnectionSubscription,
  NumberedEvent,
  Runtime,
  StateEvent,
  SubscribedEvent,
  Subscriber,
  Subscription,
} from '../../src/app/index.ts';
import type { Limits } from '../../src/actors/limits.ts';
import type { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import type { FakeHostOptions } from '../fake-server/host-options.ts';
import { Prng } from '../simulation/prng.ts';
import { simulatedRuntime } from '../simulation/runtime-client.ts';
import { World } from '../simulation/world.ts';

/** A subscriber that keeps what it hears. */
export class Ear implements Subscriber {
  readonly answers: SubscribedEvent[] = [];
  readonly events: NumberedEvent[] = [];
  readonly states: StateEvent[] = [];
  ending: TidewatchError | undefined;
  subscription!: Subscription;
  /** Called with each numbered event. */
  onEvent: (event: NumberedEvent) => void = () => undefined;
  epoch = '';

  subscribed(event: SubscribedEvent): void {
    this.answers.push(event);
    this.epoch = event.epoch;
  }

  numbered(event: NumberedEvent, epoch: string): void {
    this.epoch = epoch;
    this.events.push(event);
    this.onEvent(event);
  }

  state(event: StateEvent): void {
    this.states.push(event);
  }

  ended(reason: TidewatchError): void {
    this.ending = reason;
  }

  get resyncs(): string[] {
    return this.events.flatMap((event) => (event.type === 'resync' ? [event.reason] : []));
  }

  /** `added a` and the like, in order. */
  get changes(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'change' ? event.changes.map(({ action, path }) => `${action} ${path}`) : [],
    );
  }

  /** The state it was told last. */
  get latest(): string | undefined {
    return this.states.at(-1)?.state ?? this.answers.at(-1)?.state;
  }

  get resumePoint(): { epoch: string; seq: number } {
    const seq = this.events.at(-1)?.seq ?? this.answers.at(-1)?.seq ?? 0;
    return { epoch: this.epoch, seq };
  }
}

/** A server in memory with a directory `a`, and a runtime, in time that moves when it is told to. */
export class LiveStage implements AsyncDisposable {
  readonly world: World;
  readonly runtime: Runtime;

  constructor(options: { limits?: Partial<Limits>; host?: Partial<FakeHostOptions> } = {}) {
    const { limits = {}, host } = options;
    this.world = new World({ ...host, server: { allowAnonymous: true, ...host?.server } });
    this.world.host.fileSystem.mkdir('a');
    this.runtime = simulatedRuntime(this.world, {
      prng: new Prng(1),
      protection: 'none',
      limits,
    });
  }

  /** Subscribes to `a`; whether it is answered is not awaited. */
  subscribe(request: Partial<ConnectionSubscription> = {}): Ear {
    const ear = new Ear();
    ear.subscription = this.runtime.subscribe(
      { connection: 'sim', path: 'a', recursive: false, detail: 'changes', ...request },
      ear,
    );
    return ear;
  }

  /** The same, when it is live. */
  async listen(request: Partial<ConnectionSubscription> = {}): Promise<Ear> {
    const ear = this.subscribe(request);
    await this.world.advance(1_000);
    if (ear.latest !== 'live') throw new Error(`it is ${ear.latest}`);
    return ear;
  }

  /** Ends the runtime, and throws when anything of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clock, host } = this.world;
    const stopped = this.runtime.stop();
    await this.world.advance(5_000);
    await stopped;
    const left = [host.connections.size, host.opens, clock.pendingOf('client')];
    if (left.some((count) => count > 0)) throw new Error(`left behind: ${left.join(', ')}`);
    if (host.violations.length > 0) throw new Error(host.violations.join('\n'));
  }
}
