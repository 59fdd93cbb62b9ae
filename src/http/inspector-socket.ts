import { WebSocket } from 'ws';
import type { ActorObserver, Actors, Caller, Clock, Logger, Runtime } from '../app/index.ts';
import type { Access } from './access.ts';
import { CLOSE } from './close-codes.ts';
import type { CloseReason } from './close-codes.ts';
import type { GatewayCounters } from './gateway-counters.ts';
import {
  actorMessage,
  droppedMessage,
  eventMessage,
  snapshotMessage,
  truncatedMessage,
} from './inspection-messages.ts';
import type { InspectedRef } from './inspection-messages.ts';
import type { DoorLimits } from './limits.ts';
import { hidingPlaces } from './server-places.ts';
import { SocketAccess } from './socket-access.ts';

export interface InspectorSocketOptions {
  readonly socket: WebSocket;
  readonly presented: Promise<Caller | undefined> | undefined;
  /** Beginnings of the ids of actors to be told of; none means all. */
  readonly prefixes: readonly string[];
  readonly runtime: Runtime;
  readonly access: Access;
  readonly clock: Clock;
  readonly limits: DoorLimits;
  readonly counters: GatewayCounters;
  readonly logger: Logger;
}

/** One inspector, which hears of actors as @statelyai/inspect tells it, for as long as it is there. */
export class InspectorSocket implements ActorObserver {
  readonly #options: InspectorSocketOptions;
  readonly #actors: Actors;
  readonly #access: SocketAccess;
  /** Those that it was told of, with the names that the protocol has for them. */
  readonly #announced = new Map<string, string | undefined>();
  /** Those it will be told of when it has taken what it was told before. */
  readonly #waiting = new Map<string, InspectedRef>();
  #pumping = false;
  #truncated = false;
  #dropped = 0;
  #over = false;
  #stop: (() => void) | undefined;

  constructor(options: InspectorSocketOptions) {
    this.#options = options;
    const { access, clock, logger, runtime } = options;
    this.#actors = runtime.actors;
    this.#access = new SocketAccess({
      ...{ access, clock, logger },
      callerChanged: ({ admin }) => {
        if (!admin) this.end(CLOSE.accessWithdrawn);
      },
      connectionChanged: () => undefined,
      end: (reason) => this.end(reason),
    });
  }

  start(): void {
    const { limits, presented, socket } = this.#options;
    socket.on('ping', (data: Buffer) => {
      if (socket.bufferedAmount <= limits.inspectQueueBytes) socket.pong(data);
    });
    socket.once('close', () => this.#release());
    const nobody = Promise.resolve(undefined);
    void this.#access.admit(presented ?? nobody, (caller) => this.#admitted(caller));
  }

  #admitted(caller: Caller | undefined): void {
    const { counters, limits, socket } = this.#options;
    if (caller?.admin !== true) {
      counters.refused += 1;
      this.end(caller === undefined ? CLOSE.refused : CLOSE.notAllowed);
      return;
    }
    counters.inspectors += 1;
    socket.once('close', () => (counters.inspectors -= 1));
    const wanted = this.#actors.list().filter(({ id }) => this.#wants(id)).length;
    if (wanted > limits.inspectMaxActors) this.#tellTruncated(wanted);
    this.#stop = this.#actors.observe(this);
  }

  end({ code, reason }: CloseReason): void {
    this.#release();
    this.#options.socket.close(code, reason);
  }

  actor(id: string, ref: unknown): void {
    if (!this.#wants(id) || this.#announced.has(id) || this.#waiting.has(id)) return;
    const { inspectMaxActors } = this.#options.limits;
    if (this.#announced.size + this.#waiting.size >= inspectMaxActors) {
      if (!this.#truncated) this.#tellTruncated(inspectMaxActors + 1);
      return;
    }
    this.#waiting.set(id, ref as InspectedRef);
    if (!this.#pumping) this.#pump();
  }

  event(id: string, ref: unknown, event: unknown): void {
    if (!this.#announced.has(id)) return;
    this.#send(() => eventMessage(ref as InspectedRef, event));
  }

  snapshot(id: string, ref: unknown, snapshot: unknown, event: unknown): void {
    if (!this.#announced.has(id)) return;
    this.#send(() => snapshotMessage(ref as InspectedRef, snapshot, event));
  }

  gone(id: string): void {
    this.#announced.delete(id);
    this.#waiting.delete(id);
  }

  /**
   * Tells of actors at the pace at which it is taken: what they are at that time, so that nothing of
   * what happened to them before is missing.
   */
  #pump(): void {
    const { limits, socket } = this.#options;
    this.#pumping = false;
    if (this.#over) return;
    for (const [id, ref] of this.#waiting) {
      if (socket.bufferedAmount > limits.inspectQueueBytes / 4) {
        this.#pumping = true;
        // Has its turn when everything before it was taken.
        socket.ping(undefined, undefined, () => this.#pump());
        return;
      }
      this.#waiting.delete(id);
      const parent = this.#actors.get(id)?.parent;
      const parentId = parent === undefined ? undefined : this.#announced.get(parent);
      this.#announced.set(id, ref.sessionId);
      this.#send(() => actorMessage(id, ref, parentId));
    }
  }

  #wants(id: string): boolean {
    const { prefixes } = this.#options;
    return prefixes.length === 0 || prefixes.some((prefix) => id.startsWith(prefix));
  }

  #tellTruncated(total: number): void {
    this.#truncated = true;
    this.#send(() => truncatedMessage(this.#options.limits.inspectMaxActors, total));
  }

  /** Puts a message together only when there is room for it. */
  #send(make: () => string): void {
    const { counters, limits, logger, runtime, socket } = this.#options;
    if (this.#over || socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > limits.inspectQueueBytes) {
      this.#dropped += 1;
      counters.inspectionDrops += 1;
      return;
    }
    if (this.#dropped > 0) {
      socket.send(droppedMessage(this.#dropped));
      this.#dropped = 0;
    }
    try {
      socket.send(hidingPlaces(runtime)(make()));
    } catch (error) {
      // Looking must never harm who is looked at.
      logger.warn({ event: 'inspect.error', err: error }, 'an actor could not be shown');
    }
  }

  #release(): void {
    this.#over = true;
    this.#announced.clear();
    this.#waiting.clear();
    this.#access.close();
    this.#stop?.();
    this.#stop = undefined;
  }
}
