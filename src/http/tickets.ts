import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../app/index.ts';
import type { Principal } from './authentication.ts';
import type { DoorLimits } from './limits.ts';

export interface IssuedTicket {
  readonly ticket: string;
  /** ISO 8601, UTC. */
  readonly expires_at: string;
}

interface Held {
  readonly principal: Principal;
  /** By the clock that never goes backwards. */
  readonly until: number;
}

const TICKET_BYTES = 32;

/**
 * Tickets open one WebSocket each, once and soon, so that no lasting token has to stand in an address,
 * where proxies and histories keep it.
 */
export class Tickets {
  readonly #clock: Clock;
  readonly #limits: DoorLimits;
  /** By digest, oldest first: a lookup tells nothing of the tickets that are out. */
  readonly #held = new Map<string, Held>();

  constructor(clock: Clock, limits: DoorLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  issue(principal: Principal): IssuedTicket {
    const { ticketMs } = this.#limits;
    this.#prune();
    const ticket = randomBytes(TICKET_BYTES).toString('base64url');
    this.#held.set(digest(ticket), { principal, until: this.#clock.now() + ticketMs });
    return { ticket, expires_at: new Date(this.#clock.wall() + ticketMs).toISOString() };
  }

  /** Whom the ticket was given to, or undefined; it counts no more. */
  redeem(ticket: string): Principal | undefined {
    const key = digest(ticket);
    const held = this.#held.get(key);
    this.#held.delete(key);
    return held !== undefined && this.#clock.now() <= held.until ? held.principal : undefined;
  }

  #prune(): void {
    const now = this.#clock.now();
    for (const [key, { until }] of this.#held) {
      if (until >= now && this.#held.size < this.#limits.maxTickets) break;
      this.#held.delete(key);
    }
  }
}

function digest(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64');
}
