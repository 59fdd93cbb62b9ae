import { DEFAULTS } from '../defaults.ts';

/** One listing of a directory that is polled. */
export interface PolledListing {
  /** When it began and when it was over, as of the clock. */
  readonly begunAt: number;
  readonly endedAt: number;
  /** The directory itself was modified since the listing before. */
  readonly hasMoved: boolean;
  /** When that was, as the storage says: ms since 1970. */
  readonly modifiedAt: number | undefined;
}

/**
 * Names that come and go between two listings of a directory that is polled. Who listed in between
 * believes in them, and no two listings differ in them: only the time of the directory itself shows that
 * something happened, whether or not other names explain it. Readers list again once it is at rest; and
 * while it is not, every `restMs` at the latest.
 *
 * Servers take times from a clock that ticks, so that what follows within the same tick does not show.
 * That is why one listing more, a tick later, has to prove the rest.
 */
export class PassingNames {
  /** Readers have to list again, since then. */
  #owedSince: number | undefined;
  #movedAt = -Infinity;
  #tickMs = 0;
  #isSoon = false;

  /** When it is to be listed again, ms from now, if that is soon. */
  get soonMs(): number | undefined {
    // With the jitter of timers it is never less than a tick.
    return this.#isSoon ? this.#tickMs * 1.25 : undefined;
  }

  /** It was listed: whether readers list again now. */
  listed({ begunAt, endedAt, hasMoved, modifiedAt }: PolledListing, restMs: number): boolean {
    const wasSoon = this.#isSoon;
    this.#isSoon = false;
    if (hasMoved) {
      this.#owedSince ??= endedAt;
      this.#movedAt = endedAt;
      this.#tickMs = tickOf(modifiedAt);
    }
    if (this.#owedSince === undefined) return false;
    const isAtRest = !hasMoved && begunAt - this.#movedAt >= this.#tickMs;
    // Where something happens all the time it is not at rest a tick later either.
    this.#isSoon = !isAtRest && !(wasSoon && hasMoved);
    if (!isAtRest && endedAt - this.#owedSince < restMs) return false;
    this.#owedSince = isAtRest ? undefined : endedAt;
    return true;
  }
}

/** File systems without fractions of a second have times of whole ones. */
function tickOf(modifiedAt: number | undefined): number {
  const isCoarse = modifiedAt === undefined || modifiedAt % 1_000 === 0;
  return isCoarse ? DEFAULTS.directoryCoarseTickMs : DEFAULTS.directoryTickMs;
}
