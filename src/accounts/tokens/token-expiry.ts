import { DEFAULTS } from '../../defaults.ts';
import type { Database } from '../../db/database.ts';
import { ApiToken } from '../../db/entities/index.ts';
import type { World } from '../world.ts';

/** Tells when tokens end by themselves, and removes logins that did. */
export class TokenExpiry {
  readonly #db: Database;
  readonly #world: World;
  readonly #expired: (tokenId: string) => void;
  #timer: unknown;
  /** When the timer is due, in ms since 1970. */
  #due = Infinity;
  /** Everything up to then was told. */
  #told: number;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(db: Database, world: World, expired: (tokenId: string) => void) {
    this.#db = db;
    this.#world = world;
    this.#expired = expired;
    this.#told = world.clock.wall();
  }

  /** Looks when the first token ends; those that ended before nobody waits for. */
  async start(): Promise<void> {
    await this.#sweep();
  }

  /** A token was made that ends at this time, in ms since 1970. */
  note(expiresAt: number): void {
    if (expiresAt < this.#due) this.#schedule(expiresAt);
  }

  /** Resolves when nothing of it runs any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#world.clock.clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(at: number): void {
    const { clock } = this.#world;
    clock.clearTimeout(this.#timer);
    if (this.#closed) return;
    const now = clock.wall();
    // Not for ever: the time of day may be set meanwhile.
    this.#due = Math.min(at, now + DEFAULTS.tokenExpiryCheckMs);
    this.#timer = clock.setTimeout(
      () => {
        this.#due = Infinity;
        this.#running = this.#running.then(() => this.#sweep());
      },
      Math.max(1, this.#due - now),
    );
  }

  async #sweep(): Promise<void> {
    const { clock, logger } = this.#world;
    try {
      const now = clock.wall();
      await this.#tell(now);
      const em = this.#db.em();
      const where = { expiresAt: { $gt: new Date(now) } };
      const next = await em.findOne(ApiToken, where, { orderBy: { expiresAt: 'asc' } });
      this.#schedule(Math.min(this.#due, next?.expiresAt?.getTime() ?? Infinity));
    } catch (err) {
      logger.error({ event: 'tokens.expiry', err }, 'cannot tell which tokens ended');
      this.#schedule(clock.wall() + DEFAULTS.tokenUseWriteMs);
    }
  }

  async #tell(now: number): Promise<void> {
    const until = new Date(now);
    const where = { expiresAt: { $gt: new Date(this.#told), $lte: until } };
    const rows = await this.#db.em().find(ApiToken, where, { fields: ['id'] });
    this.#told = Math.max(this.#told, now);
    for (const { id } of rows) this.#expired(id);
    await this.#db.em().nativeDelete(ApiToken, { kind: 'login', expiresAt: { $lte: until } });
  }
}
