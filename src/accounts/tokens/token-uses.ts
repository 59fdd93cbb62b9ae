import { DEFAULTS } from '../../defaults.ts';
import type { Database } from '../../db/database.ts';
import { ApiToken } from '../../db/entities/index.ts';
import type { World } from '../world.ts';

/** When tokens were used last: kept in memory, written once a minute at most, and at the end. */
export class TokenUses {
  readonly #db: Database;
  readonly #world: World;
  /** Milliseconds since 1970, of tokens whose use is not written yet. */
  #used = new Map<string, number>();
  #timer: unknown;
  #writing: Promise<void> = Promise.resolve();

  constructor(db: Database, world: World) {
    this.#db = db;
    this.#world = world;
  }

  used(tokenId: string): void {
    const { clock } = this.#world;
    this.#used.set(tokenId, clock.wall());
    this.#timer ??= clock.setTimeout(() => this.#flush(), DEFAULTS.tokenUseWriteMs);
  }

  /** Of a use that is not written yet. */
  lastUse(tokenId: string): Date | undefined {
    const at = this.#used.get(tokenId);
    return at === undefined ? undefined : new Date(at);
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    this.#world.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const used = this.#used;
    if (used.size === 0) return;
    this.#used = new Map();
    this.#writing = this.#writing.then(() => this.#write(used));
  }

  async #write(used: ReadonlyMap<string, number>): Promise<void> {
    const { logger } = this.#world;
    const byTime = new Map<number, string[]>();
    // To the second, so that tokens used together are written together.
    for (const [id, at] of used) {
      const second = Math.floor(at / 1_000) * 1_000;
      byTime.set(second, [...(byTime.get(second) ?? []), id]);
    }
    try {
      for (const [at, ids] of byTime) {
        const lastUsedAt = new Date(at);
        await this.#db.em().nativeUpdate(ApiToken, { id: { $in: ids } }, { lastUsedAt });
      }
    } catch (err) {
      // It is told in lists of tokens, and decides nothing.
      logger.warn({ event: 'tokens.use_unwritten', err }, 'the last use of tokens was not written');
    }
  }
}
