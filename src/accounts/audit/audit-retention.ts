import { DEFAULTS } from '../../defaults.ts';
import type { World } from '../world.ts';
import type { AuditTrail, Retention } from './audit-trail.ts';

/** Removes old records now and then, until it is closed. */
export class AuditRetention {
  readonly #audit: AuditTrail;
  readonly #retention: () => Retention;
  readonly #world: World;
  readonly #stop = new AbortController();
  #timer: unknown;
  #running: Promise<void> = Promise.resolve();

  /** @param retention as the settings say at the moment. */
  constructor(audit: AuditTrail, retention: () => Retention, world: World) {
    this.#audit = audit;
    this.#retention = retention;
    this.#world = world;
    this.#schedule();
  }

  /** Resolves when nothing of it runs any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#world.clock.clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = this.#world.clock.setTimeout(() => {
      this.#running = this.#prune();
    }, DEFAULTS.auditPruneMs);
  }

  async #prune(): Promise<void> {
    const { logger } = this.#world;
    try {
      const removed = await this.#audit.prune(this.#retention(), this.#stop.signal);
      if (removed > 0) logger.info({ event: 'audit.pruned', removed }, 'old audit records removed');
    } catch (err) {
      // The next time it may work; until then the log is longer than it should be.
      logger.error({ event: 'audit.prune_failed', err }, 'old audit records were not removed');
    }
    this.#schedule();
  }
}
