import type { CacheState } from '../machines/cache-state.ts';
import type { Failure } from '../machines/failure.ts';
import type { Storage } from '../storage/storage.ts';
import type { CacheIndex } from './cache-index.ts';
import type { CacheInfo, CacheListener, CacheScan, CacheStateEvent } from './cache-info.ts';
import { NamedTimers } from './named-timers.ts';
import type { Place } from './place.ts';
import type { Services } from './services.ts';

/** The cache that is told of. */
export interface ReportedCache {
  readonly services: Services;
  readonly options: {
    readonly place: Pick<Place, 'kind' | 'display'>;
    readonly path: string;
    readonly watchBudget: number;
    readonly store: { readonly savedAt: number | undefined } | undefined;
  };
  readonly index: Pick<
    CacheIndex,
    'tree' | 'failures' | 'scanner' | 'budget' | 'marks' | 'caps' | 'sampler' | 'divergences'
  >;
  readonly storage: Storage | undefined;
  readonly state: string;
  readonly word: CacheState;
  readonly failure: Failure | undefined;
  readonly attempt: number;
  /** Writes it, if it is to be written anywhere. */
  saveNow(): Promise<void>;
}

/** Errors of single directories that are shown. */
const SHOWN_ERRORS = 20;

/** What is told of a directory cache, and when; and when it is written. */
export class CacheReport {
  readonly #cache: ReportedCache;
  readonly #timers: NamedTimers<'progress' | 'save'>;
  readonly #listeners = new Set<CacheListener>();
  #since: number;
  #word: string | undefined;
  #nextTryAt: number | undefined;
  #scan:
    | { readonly startedAt: number; readonly start: number; readonly expected: number }
    | undefined;
  #last: CacheScan | undefined;
  #isDirty = false;
  #isProgressing = false;
  #isSaving = false;
  #isOver = false;
  /** How long the last scan took, in ms. */
  scanTookMs = 0;

  constructor(cache: ReportedCache) {
    this.#cache = cache;
    this.#since = cache.services.clock.wall();
    this.#timers = new NamedTimers(cache.services.wheel, this);
  }

  get info(): CacheInfo {
    const cache = this.#cache;
    const { index, options, services } = cache;
    const { tree, failures, scanner, budget, caps, marks, sampler, divergences } = index;
    const { place } = options;
    const errors = [...failures.some(SHOWN_ERRORS)].map(([id, { failure, attempts, at }]) => ({
      path: tree.pathOf(id) ?? '',
      code: failure.code,
      message: failure.message,
      attempts,
      at: iso(at),
    }));
    const { failure } = cache;
    const isTrying = this.#nextTryAt !== undefined && failure !== undefined;
    const retryInMs = Math.max(0, Math.round((this.#nextTryAt ?? 0) - services.clock.now()));
    const savedAt = options.store?.savedAt;
    return {
      state: cache.word,
      since: iso(this.#since),
      directories: tree.directories,
      files: tree.files,
      scanned: scanner.listed,
      waiting: scanner.waiting,
      ...this.#progress(),
      ...(this.#last !== undefined && {
        last_scan: this.#last,
        scanned_at: this.#last.finished_at,
      }),
      stale: failures.size,
      errors,
      capped: [...caps],
      coverage: coverageOf(cache.state, cache.storage?.recursion),
      handles: budget.size,
      watch_budget: place.kind === 'smb' ? options.watchBudget : 0,
      samples: sampler.samples,
      divergences,
      bytes: tree.bytes + tree.searchBytes + marks.bytes,
      ...(savedAt !== undefined && { saved_at: iso(savedAt) }),
      ...(failure !== undefined &&
        cache.word !== 'ready' && {
          code: failure.code,
          message: failure.message,
          attempt: cache.attempt,
          ...(isTrying && { retry_in_ms: retryInMs }),
        }),
    };
  }

  on(listener: CacheListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The chart is in another state. */
  moved(): void {
    const { word, state } = this.#cache;
    if (state === 'watching.ready' || state === 'polling.waiting') this.#nextTryAt = undefined;
    if (word === this.#word) return;
    this.#word = word;
    this.#since = this.#cache.services.clock.wall();
    this.tell();
  }

  nextTryIn(ms: number): void {
    this.#nextTryAt = this.#cache.services.clock.now() + ms;
  }

  scanBegins(): void {
    const { services, index } = this.#cache;
    const { clock } = services;
    this.#scan = {
      startedAt: clock.wall(),
      start: clock.now(),
      expected: index.tree.directories + 1,
    };
    this.#progressSoon();
  }

  scanEnds(): void {
    const scan = this.#scan;
    this.#scan = undefined;
    if (scan === undefined) return;
    const { services, index, options } = this.#cache;
    const { scanner, tree } = index;
    const { clock } = services;
    this.scanTookMs = clock.now() - scan.start;
    this.#last = {
      started_at: iso(scan.startedAt),
      finished_at: iso(clock.wall()),
      listed: scanner.listed,
      ms: Math.round(this.scanTookMs),
    };
    services.logger.info(
      {
        event: 'cache.scanned',
        connection: options.place.display,
        path: options.path,
        listed: scanner.listed,
        directories: tree.directories,
        ms: this.#last.ms,
      },
      'A directory cache was scanned',
    );
    this.tell();
  }

  /** Something in the tree is another than before. */
  changed(): void {
    this.#isDirty = true;
    this.#progressSoon();
    this.#saveLater();
  }

  /** A scan has ended: what it found is written now. */
  saveSoon(): void {
    if (this.#cache.options.store === undefined || this.#isOver) return;
    this.#isDirty = true;
    void this.#save();
  }

  tell(): void {
    if (this.#isOver || this.#listeners.size === 0) return;
    const { word: state, index } = this.#cache;
    const { tree, scanner } = index;
    const { progress } = this.#progress();
    const event: CacheStateEvent = {
      state,
      directories: tree.directories,
      scanned: scanner.listed,
      ...(progress !== undefined && { progress }),
    };
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (err) {
        const { logger } = this.#cache.services;
        logger.error({ event: 'subscriber.failed', err }, 'A listener threw what it must not');
      }
    }
  }

  timerDue(name: 'progress' | 'save'): void {
    if (name === 'save') {
      void this.#save();
      return;
    }
    this.#isProgressing = false;
    this.tell();
    if (this.#scan !== undefined) this.#progressSoon();
  }

  end(): void {
    this.#isOver = true;
    this.#timers.cancelAll();
    this.#listeners.clear();
  }

  #progress(): { progress?: number; rate?: number; eta_ms?: number } {
    const scan = this.#scan;
    if (scan === undefined) return {};
    const { index, services } = this.#cache;
    const { listed, waiting } = index.scanner;
    const elapsed = services.clock.now() - scan.start;
    const total = Math.max(listed + waiting, scan.expected, 1);
    const rate = elapsed > 0 ? (listed * 1_000) / elapsed : 0;
    return {
      progress: Math.min(1, listed / total),
      ...(rate > 0 && {
        rate: Math.round(rate),
        eta_ms: Math.round(((total - listed) / rate) * 1_000),
      }),
    };
  }

  #progressSoon(): void {
    if (this.#isProgressing || this.#isOver || this.#listeners.size === 0) return;
    this.#isProgressing = true;
    this.#timers.set('progress', this.#cache.services.limits.cacheProgressMs);
  }

  #saveLater(): void {
    if (this.#cache.options.store === undefined || this.#isOver || this.#isSaving) return;
    this.#isSaving = true;
    this.#timers.set('save', this.#cache.services.limits.cacheSaveMs);
  }

  async #save(): Promise<void> {
    this.#timers.cancel('save');
    this.#isSaving = false;
    if (!this.#isDirty) return;
    this.#isDirty = false;
    await this.#cache.saveNow();
  }
}

function coverageOf(
  state: string,
  recursion: 'complete' | 'partial' | undefined,
): CacheInfo['coverage'] {
  if (state.startsWith('polling')) return 'polling';
  if (!/^(watching\.(scanning|ready|checking)|overflow-rescan)/.test(state)) return 'none';
  return recursion === 'complete' ? 'tree' : 'partial';
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
