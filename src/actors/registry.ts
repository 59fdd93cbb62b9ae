import { createActor } from 'xstate';
import type { Actor, AnyStateMachine, EventFromLogic, InputFrom, SnapshotFrom } from 'xstate';
import { statePath } from '../machines/state-words.ts';
import type { Clock } from './clock.ts';

/** What operators see of one actor. */
export interface ActorInfo {
  readonly id: string;
  readonly machine: string;
  readonly state: string;
  readonly parent?: string;
  readonly since: string;
  readonly last_event?: string;
  readonly counters: Readonly<Record<string, number>>;
}

/** What an inspector hears; `ref` is an actor of XState. */
export interface ActorObserver {
  actor(id: string, ref: unknown): void;
  event(id: string, ref: unknown, event: unknown): void;
  snapshot(id: string, ref: unknown, snapshot: unknown, event: unknown): void;
  gone(id: string): void;
}

/** Whose life an actor is. */
export interface ActorOwner<Machine extends AnyStateMachine> {
  /** After each transition. */
  actorMoved(snapshot: SnapshotFrom<Machine>): void;
  /** An action threw: the actor is dead and takes no events any more. */
  actorCrashed(error: unknown): void;
}

export interface SpawnOptions<Machine extends AnyStateMachine> {
  readonly id: string;
  readonly input: InputFrom<Machine>;
  readonly parent?: string | undefined;
  readonly owner: ActorOwner<Machine>;
}

/**
 * Every life of the runtime: one root actor each, in a map of our own. A machine with thousands of
 * children, or a system with thousands of `after` timers, takes quadratic time in XState 5.
 */
export class ActorRegistry {
  readonly #clock: Clock;
  readonly #actors = new Map<string, ManagedActor<AnyStateMachine>>();
  readonly #observers = new Set<ActorObserver>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#actors.size;
  }

  /** Starts an actor; it is registered until it is stopped, crashes or reaches its final state. */
  spawn<Machine extends AnyStateMachine>(
    machine: Machine,
    options: SpawnOptions<Machine>,
  ): ManagedActor<Machine> {
    const actor = new ManagedActor(machine, options, this);
    this.#actors.set(options.id, actor);
    for (const observer of this.#observers) {
      this.#show(observer, actor);
    }
    actor.start();
    return actor;
  }

  list(): ActorInfo[] {
    return [...this.#actors.values()].map((actor) => actor.info());
  }

  get(id: string): ActorInfo | undefined {
    return this.#actors.get(id)?.info();
  }

  /** Nothing is paid for while nobody observes. Returns how to stop. */
  observe(whose: ActorObserver): () => void {
    const observer = harmless(whose);
    this.#observers.add(observer);
    for (const actor of this.#actors.values()) this.#show(observer, actor);
    return () => {
      this.#observers.delete(observer);
      for (const actor of this.#actors.values()) actor.hide(observer);
    };
  }

  wall(): number {
    return this.#clock.wall();
  }

  /** An actor is over. */
  forget(actor: ManagedActor<AnyStateMachine>): void {
    // A new life under the same name may have begun already.
    if (this.#actors.get(actor.id) === actor) this.#actors.delete(actor.id);
    for (const observer of this.#observers) observer.gone(actor.id);
  }

  #show(observer: ActorObserver, actor: ManagedActor<AnyStateMachine>): void {
    observer.actor(actor.id, actor.ref);
    actor.show(observer);
  }
}

/** Looking must never harm who is looked at: what an observer throws is its own loss. */
function harmless(observer: ActorObserver): ActorObserver {
  const attempt = (look: () => void): void => {
    try {
      look();
    } catch {
      // Nobody here could do anything about it.
    }
  };
  return {
    actor: (id, ref) => attempt(() => observer.actor(id, ref)),
    event: (id, ref, event) => attempt(() => observer.event(id, ref, event)),
    snapshot: (id, ref, snapshot, event) =>
      attempt(() => observer.snapshot(id, ref, snapshot, event)),
    gone: (id) => attempt(() => observer.gone(id)),
  };
}

/** What an actor has of the registry. */
interface Surroundings {
  wall(): number;
  forget(actor: ManagedActor<AnyStateMachine>): void;
}

/** What one observer is shown of an actor. */
interface Shown {
  readonly subscription: { unsubscribe(): void };
  /** The last event that the actor got. */
  event: unknown;
}

const ignore = (): void => undefined;

/**
 * One actor and what is remembered about it. It observes the actor itself: with thousands of them each
 * closure counts.
 */
export class ManagedActor<Machine extends AnyStateMachine> {
  readonly id: string;
  readonly machine: string;
  readonly parent: string | undefined;
  readonly ref: Actor<Machine>;
  readonly #owner: ActorOwner<Machine>;
  readonly #surroundings: Surroundings;
  #since: number;
  #state = '';
  #events = 0;
  #transitions = 0;
  #lastEvent: string | undefined;
  #over = false;
  #shown: Map<ActorObserver, Shown> | undefined;

  constructor(machine: Machine, options: SpawnOptions<Machine>, surroundings: Surroundings) {
    this.id = options.id;
    this.machine = machine.id;
    this.parent = options.parent;
    this.#owner = options.owner;
    this.#surroundings = surroundings;
    this.#since = surroundings.wall();
    this.ref = createActor(machine, { id: options.id, input: options.input, logger: ignore });
    this.ref.subscribe(this);
  }

  /** As an observer of the actor. */
  next(snapshot: SnapshotFrom<Machine>): void {
    const state = statePath((snapshot as { value: unknown }).value);
    if (state !== this.#state) {
      this.#state = state;
      this.#since = this.#surroundings.wall();
      this.#transitions += 1;
    }
    this.#owner.actorMoved(snapshot);
  }

  /** As an observer of the actor. */
  error(error: unknown): void {
    this.#end();
    this.#owner.actorCrashed(error);
  }

  /** As an observer of the actor. */
  complete(): void {
    // XState shows the last state only after this, when observers have forgotten the actor.
    for (const [observer, { subscription, event }] of this.#shown ?? []) {
      subscription.unsubscribe();
      observer.snapshot(this.id, this.ref, this.ref.getSnapshot(), event);
    }
    this.#end();
  }

  get over(): boolean {
    return this.#over;
  }

  start(): void {
    this.ref.start();
  }

  /** To an actor that is over, nothing happens. */
  send(event: EventFromLogic<Machine>): void {
    if (this.#over) return;
    this.#events += 1;
    this.#lastEvent = (event as { type: string }).type;
    this.ref.send(event);
  }

  /** Ends it at once, whatever state it is in. */
  stop(): void {
    if (this.#over) return;
    this.ref.stop();
    this.#end();
  }

  info(): ActorInfo {
    return {
      id: this.id,
      machine: this.machine,
      state: this.#state,
      ...(this.parent !== undefined && { parent: this.parent }),
      since: new Date(this.#since).toISOString(),
      ...(this.#lastEvent !== undefined && { last_event: this.#lastEvent }),
      counters: { events: this.#events, transitions: this.#transitions },
    };
  }

  show(observer: ActorObserver): void {
    this.#shown ??= new Map();
    const subscription = this.ref.system.inspect((inspected) => {
      if (inspected.type === '@xstate.event') {
        shown.event = inspected.event;
        observer.event(this.id, this.ref, inspected.event);
      } else if (inspected.type === '@xstate.snapshot') {
        observer.snapshot(this.id, this.ref, inspected.snapshot, inspected.event);
      }
    });
    const shown: Shown = { subscription, event: undefined };
    this.#shown.set(observer, shown);
  }

  hide(observer: ActorObserver): void {
    this.#shown?.get(observer)?.subscription.unsubscribe();
    this.#shown?.delete(observer);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#shown = undefined;
    this.#surroundings.forget(this);
  }
}
