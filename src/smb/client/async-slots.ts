import type { Clock } from './clock.ts';
import { SMB_DEFAULTS } from '../defaults.ts';

/**
 * Operations that the server holds open on one connection, such as pending notifies. Windows
 * allows 512 (server) or 64 (client edition), Samba any number (MS-SMB2 <242>): the limit is
 * learned from a refusal. As the reason may pass, it grows by one from time to time, so that a
 * single operation finds out.
 */
export class AsyncSlots {
  #clock: Pick<Clock, 'now'>;
  #pending = 0;
  /** At the time of the newest refusal. */
  #learned: { readonly limit: number; readonly at: number } | undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.#pending;
  }

  /** Undefined while the server has refused none. */
  get limit(): number | undefined {
    if (this.#learned === undefined) return undefined;
    const { limit, at } = this.#learned;
    return limit + Math.floor((this.#clock.now() - at) / SMB_DEFAULTS.asyncSlotRetryMs);
  }

  get full(): boolean {
    const { limit } = this;
    return limit !== undefined && this.#pending >= limit;
  }

  took(): void {
    this.#pending += 1;
    // More than were thought possible: those before the refusal were not all counted yet.
    const { limit = Infinity } = this;
    if (this.#pending > limit) this.#learn(this.#pending);
  }

  freed(): void {
    this.#pending -= 1;
  }

  /** The server refused one more than are pending now. */
  refused(): void {
    this.#learn(Math.min(this.limit ?? Infinity, Math.max(1, this.#pending)));
  }

  #learn(limit: number): void {
    this.#learned = { limit, at: this.#clock.now() };
  }
}
