import type { CacheInfo, CacheListener } from '../actors/cache-info.ts';
import { DEFAULTS } from '../defaults.ts';
import type { SearchResult } from '../directory-cache/search-results.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { kindOfFailure } from '../machines/failure.ts';
import type {
  CacheEntry,
  CacheSearchOptions,
  CacheSearchResult,
  CacheSettings,
  DirectoryCache,
} from './cache-face.ts';
import { searchLimit } from './search-limit.ts';
import { keepAlive } from './keep-alive.ts';
import type { SharedCache } from './shared-cache.ts';

/** So many results of a search count as a use of their directories: those somebody may look at. */
const USED_RESULTS = 10;

const NOTHING: SearchResult = { results: [], total: 0, truncated: false };

/** One use of a directory cache. */
export class CacheUse implements DirectoryCache {
  readonly #shared: SharedCache;
  readonly #settings: CacheSettings;
  readonly #onClose: () => void;
  readonly #listening = new Set<() => void>();
  readonly #closed = new AbortController();

  constructor(shared: SharedCache, settings: CacheSettings, onClose: () => void) {
    this.#shared = shared;
    this.#settings = settings;
    this.#onClose = onClose;
  }

  get info(): CacheInfo {
    return this.#shared.actor.info;
  }

  async search(query: string, options: CacheSearchOptions = {}): Promise<CacheSearchResult> {
    this.#assertOpen();
    const { actor } = this.#shared;
    // That takes a moment, after which there may be all to answer with.
    if (actor.state === 'loading') await actor.loaded;
    const mayAnswer = actor.word !== 'loading' && actor.word !== 'failed';
    const found = mayAnswer ? await this.#find(query, options) : NOTHING;
    actor.index.used(found.results.slice(0, USED_RESULTS).map(({ path }) => path));
    const { state, directories, scanned_at: scannedAt } = actor.info;
    return {
      results: found.results,
      state,
      directories,
      ...(scannedAt !== undefined && { scanned_at: scannedAt }),
      truncated: found.truncated,
    };
  }

  rescan(): void {
    this.#assertOpen();
    this.#shared.actor.rescan();
  }

  on(listener: CacheListener): () => void {
    this.#assertOpen();
    const stop = this.#shared.actor.on(listener);
    this.#listening.add(stop);
    return () => {
      this.#listening.delete(stop);
      stop();
    };
  }

  async ready({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    this.#assertOpen();
    const letDie = keepAlive();
    const signals = [this.#closed.signal, ...(signal === undefined ? [] : [signal])];
    const ended = AbortSignal.any(signals);
    let stop = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const onEnd = (): void =>
          reject(new TidewatchError('aborted', 'Nobody waits for it any more'));
        if (ended.aborted) {
          onEnd();
          return;
        }
        ended.addEventListener('abort', onEnd, { once: true });
        const look = (): void => {
          const { word, failure } = this.#shared.actor;
          if (word === 'ready') resolve();
          else if (failure !== undefined && this.#isHopeless(failure)) {
            reject(new TidewatchError(failure.code, failure.message));
          }
        };
        stop = this.on(look);
        look();
      });
    } finally {
      stop();
      letDie();
    }
  }

  entry(path: string): CacheEntry | undefined {
    const id = this.#shared.actor.index.tree.find(path);
    return id === undefined ? undefined : this.#entry(id);
  }

  *entries(): Generator<CacheEntry, void> {
    const { tree } = this.#shared.actor.index;
    for (let start: number | undefined = 0; start !== undefined;) {
      const { ids, next } = tree.slice(start, DEFAULTS.cacheSliceEntries);
      for (const id of ids) {
        const entry = this.#entry(id);
        if (entry !== undefined) yield entry;
      }
      start = next;
    }
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  /** Its user hears nothing any more. */
  end(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    for (const stop of this.#listening) stop();
    this.#listening.clear();
    this.#onClose();
  }

  /** What has the words as they are; only where nothing has, what has something like them. */
  async #find(query: string, options: CacheSearchOptions): Promise<SearchResult> {
    const { pool, actor } = this.#shared;
    const { fuzzy, signal } = options;
    const how = {
      limit: searchLimit(options.limit),
      hidden: options.includeHidden ?? this.#settings.includeHidden ?? false,
      files: actor.index.indexFiles,
    };
    const { tree } = actor.index;
    const found = await pool.search(tree, query, { ...how, fuzzy: fuzzy ?? false }, signal);
    if (fuzzy !== undefined || found.total > 0) return found;
    return pool.search(tree, query, { ...how, fuzzy: true }, signal);
  }

  #entry(id: number): CacheEntry | undefined {
    const { actor } = this.#shared;
    const { tree } = actor.index;
    const path = tree.pathOf(id);
    if (path === undefined) return undefined;
    const { kind, link, hidden, stale } = tree.info(id);
    const verifiedAt = tree.verifiedAt(id);
    return {
      path,
      kind,
      link,
      hidden,
      ...(verifiedAt !== undefined && { verified_at: new Date(verifiedAt).toISOString() }),
      stale,
      covered: actor.index.isCovered(id),
    };
  }

  #isHopeless(failure: Parameters<typeof kindOfFailure>[0]): boolean {
    const { state } = this.#shared.actor;
    if (state === 'failed') return true;
    return state === 'stale' && kindOfFailure(failure) !== 'passing';
  }

  #assertOpen(): void {
    if (this.#closed.signal.aborted) {
      throw new TidewatchError('closed', 'The cache was closed, or its connection is gone');
    }
  }
}
