import { SMB_DEFAULTS } from '../defaults.ts';
import { Fifo } from './fifo.ts';

/** Who goes first: liveness and re-arming, then metadata, then bulk data. */
export type Lane = 'urgent' | 'metadata' | 'bulk';

export interface Claim {
  /** Credits this request (or whole compound) costs, at least 1. */
  readonly charge: number;
  readonly lane: Lane;
  /** Called when the credits are reserved; `messageId` is the first of `charge` ids. */
  send(messageId: number): void;
}

/**
 * Credits and message ids of one connection (MS-SMB2 3.2.4.1.2, 3.2.5.1.4). A request that waits
 * holds no id: ids are taken in order at the moment of sending, so that none is ever skipped.
 */
export class CreditWindow {
  #available = 1;
  #outstanding = 0;
  #nextMessageId = 0;
  #lanes: Record<Lane, Fifo<Claim>> = {
    urgent: new Fifo(),
    metadata: new Fifo(),
    bulk: new Fifo(),
  };

  get available(): number {
    return this.#available;
  }

  /** All credits the server has given us, spent or not. */
  get total(): number {
    return this.#available + this.#outstanding;
  }

  get waiting(): number {
    return this.#lanes.urgent.length + this.#lanes.metadata.length + this.#lanes.bulk.length;
  }

  /** Sends now when the credits are there and nobody is before it, else as soon as they are. */
  claim(claim: Claim): void {
    this.#lanes[claim.lane].push(claim);
    this.#pump();
  }

  /** Takes back a claim that was not sent yet; false when it was. */
  withdraw(claim: Claim): boolean {
    const removed = this.#lanes[claim.lane].remove(claim);
    if (removed) this.#pump();
    return removed;
  }

  /** A response came: its request no longer holds `charge`, and the server grants `credits`. */
  settle(charge: number, credits: number): void {
    this.#outstanding = Math.max(0, this.#outstanding - charge);
    this.#available += credits;
    this.#pump();
  }

  /** How many credits the next request should ask for beside its own charge. */
  get wanted(): number {
    return Math.max(0, SMB_DEFAULTS.creditTarget - this.total);
  }

  /**
   * The largest charge worth asking for now: half of what we hold, so that a server with few
   * credits is served in small pieces instead of never.
   */
  get affordable(): number {
    return Math.max(1, Math.floor((this.total - SMB_DEFAULTS.creditReserve) / 2));
  }

  /** All that wait for credits, the most urgent first. */
  queued(): Claim[] {
    const { urgent, metadata, bulk } = this.#lanes;
    return [...urgent, ...metadata, ...bulk];
  }

  /** Empties the queues: the connection is over. */
  drain(): Claim[] {
    const claims: Claim[] = [];
    for (const lane of Object.values(this.#lanes)) {
      for (let claim = lane.shift(); claim !== undefined; claim = lane.shift()) claims.push(claim);
    }
    return claims;
  }

  #pump(): void {
    for (;;) {
      const claim = this.#next();
      if (claim === undefined) return;
      this.#lanes[claim.lane].shift();
      this.#available -= claim.charge;
      this.#outstanding += claim.charge;
      const messageId = this.#nextMessageId;
      this.#nextMessageId += claim.charge;
      claim.send(messageId);
    }
  }

  /** The first claim of the most urgent lane that has one, if it can be paid. */
  #next(): Claim | undefined {
    const urgent = this.#lanes.urgent.peek();
    if (urgent !== undefined) return this.#pays(urgent, 0) ? urgent : undefined;
    const claim = this.#lanes.metadata.peek() ?? this.#lanes.bulk.peek();
    return claim !== undefined && this.#pays(claim, this.#reserveFor(claim)) ? claim : undefined;
  }

  #pays(claim: Claim, reserve: number): boolean {
    return this.#available >= claim.charge + reserve;
  }

  /** No reserve while the server has not given enough for one: it would be a deadlock. */
  #reserveFor(claim: Claim): number {
    const reserve = SMB_DEFAULTS.creditReserve;
    return this.total >= claim.charge + reserve ? reserve : 0;
  }
}
