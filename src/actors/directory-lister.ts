import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { ResyncReason } from '../machines/resync-reason.ts';
import type { DirectoryConsumer } from './directory-consumer.ts';
import { readDirectory } from './directory-content.ts';
import { PassingNames } from './passing-names.ts';
import type { PolledListing } from './passing-names.ts';
import type { Turns } from './turns.ts';
import { verifyDirectory } from './verify-directory.ts';
import type { Verdict, VerifyOwner } from './verify-directory.ts';

/** The directory that is listed. */
export interface ListOwner extends VerifyOwner {
  readonly options: VerifyOwner['options'] & {
    readonly place: { readonly turns: Turns; readonly kind: string };
  };
  readonly consumers: readonly DirectoryConsumer[];
  /** Nobody tells what happens between two listings. */
  readonly isPolling: boolean;
  /** What came of the last call, unless another followed it. */
  listed(): void;
  replaced(): void;
  diverged(): void;
  listingFailed(error: unknown): void;
}

/** One for all: making an error for each takes longer than most of what it ends. */
const POINTLESS = new TidewatchError('aborted', 'Nobody needs the answer any more');

/** Lists a directory and tells what is new; one listing at a time, and only so many in one runtime. */
export class DirectoryLister {
  readonly #owner: ListOwner;
  /** Aborted when what runs has become pointless. */
  #running: AbortController | undefined;
  /** To be told with the next listing. */
  #gap: ResyncReason | undefined;
  #lastTookMs = 0;
  /** When it was armed, milliseconds since 1970, if it was not checked since. */
  #armedAt: number | undefined;
  #pollMs: number;
  /** Only of a directory that is polled. */
  #passing: PassingNames | undefined;
  /** When a listing last agreed with what is known; milliseconds since 1970. */
  verifiedAt: number | undefined;

  constructor(owner: ListOwner) {
    this.#owner = owner;
    this.#pollMs = owner.options.services.limits.pollMinMs;
  }

  /** How soon it is to be listed again: what was armed on a server, and where it has to be polled. */
  get pace(): { readonly isFresh: boolean; readonly pollMs: number } {
    const isFresh = this.#armedAt !== undefined && this.#owner.options.place.kind === 'smb';
    return { isFresh, pollMs: this.#passing?.soonMs ?? this.#pollMs };
  }

  /** What runs until now is pointless; the signal is of what follows. */
  begin(): AbortSignal {
    this.abort();
    this.#running = new AbortController();
    return this.#running.signal;
  }

  abort(): void {
    this.#running?.abort(POINTLESS);
    this.#running = undefined;
  }

  /**
   * Something may have been missed, and a listing follows. Where entries are kept readers are told now,
   * and every difference after it. A fingerprint says nothing about what readers listed before it was
   * taken: they are told when it is, unless that takes long.
   */
  tellGap(reason: ResyncReason): void {
    const { content, options } = this.#owner;
    if (content.listing !== undefined && !this.#owner.isPolling) {
      this.#owner.announceResync(reason);
      return;
    }
    this.#gap = reason;
    if (this.#lastTookMs <= options.services.limits.baselineWaitMs) return;
    this.#owner.announceResync(reason);
  }

  list(): void {
    const signal = this.begin();
    const { content, options } = this.#owner;
    options.place.turns.listing
      .run(() => content.exclusively(() => this.#listNow(signal)))
      .catch((error: unknown) => {
        if (!signal.aborted) this.#owner.listingFailed(error);
      });
  }

  /** The server says that it watches. */
  armed(): void {
    this.#armedAt = this.#owner.options.services.clock.wall();
  }

  verify(): void {
    const signal = this.begin();
    const { services, place } = this.#owner.options;
    services.counters.verifications += 1;
    place.turns.verifying
      .run(() => verifyDirectory(this.#owner, signal))
      .then((verdict) => this.#verified(verdict, signal))
      .catch((error: unknown) => {
        if (!signal.aborted) this.#owner.listingFailed(error);
      });
  }

  #verified(verdict: Verdict, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#running = undefined;
    // Not before: a check that was given up leaves it to the next one.
    const armedAt = this.#armedAt ?? Infinity;
    this.#armedAt = undefined;
    if (verdict === 'replaced') {
      this.#owner.replaced();
      return;
    }
    if (verdict === 'diverged') {
      this.#owner.diverged();
      return;
    }
    this.verifiedAt = this.#owner.options.services.clock.wall();
    // What came and went while the server only said that it watched may be in what readers listed.
    const { place } = this.#owner.options;
    if (place.kind === 'smb' && (this.#owner.lastEventAt ?? 0) >= armedAt) {
      this.#owner.announceResync('recheck');
    }
    this.#done();
    for (const consumer of [...this.#owner.consumers]) consumer.listed();
  }

  #done(): void {
    this.#owner.listed();
    const { options, content } = this.#owner;
    options.services.feed?.listed(options.place, options.path, content.listing?.directories());
  }

  /** What readers list from now on is later than what was just read, and than what was heard since. */
  #closeGap({ isLate, isOwed }: { readonly isLate: boolean; readonly isOwed: boolean }): void {
    const { content, isPolling } = this.#owner;
    const isUncertain = content.uncertain && (content.listing === undefined || isPolling);
    const isDoubtful = isUncertain || isOwed;
    const gap = this.#gap ?? (isDoubtful ? 'recheck' : undefined);
    this.#gap = undefined;
    if (gap === undefined) return;
    content.uncertain = isLate && content.listing === undefined;
    this.#owner.announceResync(gap);
  }

  /** Sets when to list again; tells whether readers may hold what no two listings show. */
  #polled(listing: PolledListing, isNews: boolean): boolean {
    const { pollMinMs, pollMaxMs } = this.#owner.options.services.limits;
    // What changes is polled more often, what does not less.
    if (isNews) this.#pollMs = pollMinMs;
    else if (this.#passing?.soonMs === undefined) {
      this.#pollMs = Math.min(pollMaxMs, this.#pollMs * 1.5);
    }
    if (!this.#owner.isPolling) {
      // Once it is watched again readers are told of the gap.
      this.#passing = undefined;
      return false;
    }
    this.#passing ??= new PassingNames();
    return this.#passing.listed(listing, pollMaxMs);
  }

  async #listNow(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { content, news, options, lease, keepUpTo } = this.#owner;
    const { counters, clock } = options.services;
    counters.listings += 1;
    const begunAt = clock.now();
    news.listing();
    const { heard } = news;
    const reading = await readDirectory(lease!.storage, options.path, { keepUpTo, signal, heard });
    if (signal.aborted) return;
    const endedAt = clock.now();
    this.#lastTookMs = endedAt - begunAt;
    const isNews = content.differsFrom(reading);
    const hasMoved = content.hasMoved(reading);
    this.verifiedAt = clock.wall();
    const isLate = news.adopt(reading, { isNews: isNews && this.#gap === undefined });
    this.#running = undefined;
    const { modifiedAt } = reading;
    const isOwed = this.#polled({ begunAt, endedAt, hasMoved, modifiedAt }, isNews);
    this.#done();
    this.#closeGap({ isLate, isOwed });
    for (const consumer of [...this.#owner.consumers]) consumer.listed();
    // Somebody came meanwhile who wants to know more than was kept.
    if (keepUpTo === 0 && this.#owner.keepUpTo > 0) this.#owner.relist();
  }
}
