import { readDirectory } from './directory-content.ts';
import type { DirectoryContent, Reading } from './directory-content.ts';
import type { DirectoryNews, NewsOwner } from './directory-news.ts';
import type { FilterName } from '../storage/storage.ts';
import type { Services } from './services.ts';

/** The directory that is checked. */
export interface VerifyOwner extends NewsOwner {
  readonly options: NewsOwner['options'] & {
    readonly services: Services;
    /** What the watch tells of; undefined: all that a listing shows. */
    readonly filter?: readonly FilterName[] | undefined;
  };
  readonly directoryId: bigint | undefined;
  readonly news: DirectoryNews;
  readonly content: DirectoryContent;
}

/**
 * `replaced`: what stands at the path is not what is watched. `diverged`: something was missed, which is
 * to be told, and nothing vouches for the watch any more.
 */
export type Verdict = 'same' | 'replaced' | 'diverged';

/**
 * Looks whether the open directory is still the one at its path, and whether anything was missed: losses
 * that no server signals (an inotify queue that ran over, a subscription that was forgotten). A
 * notification may be under way while a listing shows it already, so a difference counts only when it is
 * still there, and still unheard of, after a while.
 */
export async function verifyDirectory(actor: VerifyOwner, signal: AbortSignal): Promise<Verdict> {
  if (signal.aborted) return 'same';
  const { path } = actor.options;
  const { directoryId } = actor;
  if (path !== '' && directoryId !== undefined) {
    const { fileId } = await actor.lease!.storage.stat(path, { signal });
    if (fileId !== undefined && fileId !== directoryId) return 'replaced';
  }
  const heard = new Set<string>();
  actor.news.recorded = heard;
  try {
    return await compare(actor, signal);
  } finally {
    // A check that was given up may end after the next one has begun.
    if (actor.news.recorded === heard) actor.news.recorded = undefined;
  }
}

async function compare(actor: VerifyOwner, signal: AbortSignal): Promise<Verdict> {
  const { content, options, news } = actor;
  const { limits, counters } = options.services;
  const first = await read(actor, signal);
  if (signal.aborted) return 'same';
  if (content.uncertain || (content.listing === undefined && news.pending)) {
    // What readers have listed since then is not known, so nobody can say that it is all.
    settle(actor, first);
    actor.announceResync('recheck');
    return 'same';
  }
  if (!content.differsFrom(first)) {
    await tellPassing(actor, first, signal);
    return 'same';
  }
  const suspects = content.differences(first);
  await grace(actor, limits.verifyGraceMs, signal);
  if (signal.aborted) return 'same';
  return content.exclusively(async () => {
    const second = await readNow(actor, signal);
    if (signal.aborted) return 'same';
    const heard = news.recorded!;
    const differences = content.differences(second);
    if (differences === undefined || suspects === undefined) {
      // Only fingerprints: any word since then may explain the difference.
      const isLoss = content.differsFrom(second) && heard.size === 0;
      if (isLoss) {
        counters.divergences += 1;
        return 'diverged';
      }
      content.adopt(second, undefined);
      actor.announceResync('recheck');
      return 'same';
    }
    const lost = [...differences.keys()].filter((name) => suspects.has(name) && !heard.has(name));
    if (lost.length > 0) {
      counters.divergences += 1;
      return 'diverged';
    }
    // Seen once, and gone again without a word.
    const hasPassed = (name: string): boolean => !differences.has(name) && !heard.has(name);
    if ([...suspects.keys()].some(hasPassed)) actor.announceResync('recheck');
    return 'same';
  });
}

/**
 * Nothing differs but the time of the directory itself, and nothing was heard: a name has come and gone
 * meanwhile, and whoever listed in between still believes in it. Its time may move for other reasons, so
 * that is no proof against the watch.
 */
async function tellPassing(
  actor: VerifyOwner,
  reading: Reading,
  signal: AbortSignal,
): Promise<void> {
  const { content, options, news } = actor;
  const hasMoved = content.hasMovedUnheard(reading);
  content.agreed(reading);
  // Of what readers did not want to be told nothing is heard.
  if (!hasMoved || options.filter !== undefined) return;
  await grace(actor, options.services.limits.verifyGraceMs, signal);
  if (!signal.aborted && news.heard === reading.heard) actor.announceResync('recheck');
}

/** With the entries at hand this is the truth to compare with; of fingerprints the newest counts. */
function settle(actor: VerifyOwner, reading: Reading): void {
  if (actor.content.listing === undefined) actor.content.adopt(reading, undefined);
  // What was told while it was read may be in it or not.
  actor.content.uncertain = actor.news.recorded!.size > 0;
}

function read(actor: VerifyOwner, signal: AbortSignal): Promise<Reading> {
  return actor.content.exclusively(() => readNow(actor, signal));
}

function readNow(actor: VerifyOwner, signal: AbortSignal): Promise<Reading> {
  const { options, lease, keepUpTo, news } = actor;
  const { heard } = news;
  return readDirectory(lease!.storage, options.path, { keepUpTo, signal, heard });
}

function grace(actor: VerifyOwner, ms: number, signal: AbortSignal): Promise<void> {
  const { wheel } = actor.options.services;
  return new Promise((resolve) => {
    const timer = wheel.set({ due: () => resolve() }, ms);
    signal.addEventListener(
      'abort',
      () => {
        wheel.cancel(timer);
        resolve();
      },
      { once: true },
    );
  });
}
