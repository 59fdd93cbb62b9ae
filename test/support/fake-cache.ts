import type {
  CacheInfo,
  CacheListener,
  CacheSearchOptions,
  CacheSearchResult,
  DirectoryCache,
} from '../../src/app/index.ts';
import type { FakeRuntime } from './fake-runtime.ts';
import { TidewatchError } from '../../src/errors/tidewatch-error.ts';

/** A directory cache in which nothing happens but what a test says. */
export class FakeCache implements Pick<
  DirectoryCache,
  'search' | 'info' | 'rescan' | 'on' | 'close'
> {
  /** Puts one into a runtime, as the cache of a connection. */
  static in(runtime: FakeRuntime, connectionId: string): FakeCache {
    const cache = new FakeCache();
    // Doors use nothing else of it.
    runtime.caches.set(connectionId, cache as unknown as DirectoryCache);
    return cache;
  }

  paths: readonly string[] = ['reports', 'reports/2026'];
  info: CacheInfo = {
    ...{ state: 'ready', since: '2026-01-01T00:00:00.000Z', directories: 2, files: 0 },
    ...{ scanned: 2, waiting: 0, stale: 0, errors: [], capped: [], coverage: 'tree' },
    ...{ handles: 0, watch_budget: 0, samples: 0, divergences: 0, bytes: 120 },
  };
  rescans = 0;
  closed = 0;
  /** What is asked of it fails, as after its connection was edited. */
  isOver = false;
  readonly listeners = new Set<CacheListener>();

  /** What it is now, told to those who listen. */
  tell(info: Partial<CacheInfo>): void {
    this.info = { ...this.info, ...info };
    for (const listener of this.listeners) listener(this.info);
  }

  search(query: string, { limit = 50 }: CacheSearchOptions = {}): Promise<CacheSearchResult> {
    if (this.isOver) return Promise.reject(new TidewatchError('closed', 'The cache was closed'));
    const found = query === '' ? [] : this.paths.filter((path) => path.includes(query));
    const { directories, state } = this.info;
    return Promise.resolve({
      results: found.slice(0, limit).map((path) => ({ path, score: 1, kind: 'directory' })),
      ...{ state, directories, truncated: found.length > limit },
    });
  }

  rescan(): void {
    this.rescans += 1;
  }

  on(listener: CacheListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  close(): Promise<void> {
    this.closed += 1;
    this.listeners.clear();
    return Promise.resolve();
  }
}
