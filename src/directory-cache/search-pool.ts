import { Worker } from 'node:worker_threads';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { DirectoryTree } from './directory-tree.ts';
import { searchMemory } from './search-memory.ts';
import { planSearch } from './search-plan.ts';
import type { SearchReply, SearchRequest } from './search-request.ts';
import { filterOf, resultsOf } from './search-results.ts';
import type { SearchOptions, SearchResult } from './search-results.ts';
import { TreeSearch } from './tree-search.ts';

/** Timers from outside; those of the clock of the runtime fit. */
export interface PoolTimers {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface SearchPoolOptions {
  readonly timers: PoolTimers;
  /** Trees up to this size are searched at once. */
  readonly inlineEntries?: number | undefined;
  /** Searches that wait; more are refused. */
  readonly maxWaiting?: number | undefined;
  readonly idleMs?: number | undefined;
}

interface Waiting {
  readonly tree: DirectoryTree;
  readonly query: string;
  readonly options: SearchOptions;
  readonly signal: AbortSignal | undefined;
  readonly answer: PromiseWithResolvers<SearchResult>;
  version: number;
}

/**
 * Searches trees without holding up the event loop: large ones in one worker thread, which starts with the
 * first search and ends when it was not needed for long. It reads the memory of the trees; nothing is
 * copied. Whoever makes a pool closes it.
 */
export class SearchPool {
  readonly #timers: PoolTimers;
  readonly #inlineEntries: number;
  readonly #maxWaiting: number;
  readonly #idleMs: number;
  readonly #inline = new TreeSearch();
  readonly #waiting: Waiting[] = [];
  #worker: Worker | undefined;
  #current: Waiting | undefined;
  #idleTimer: unknown;
  #lastId = 0;
  #closed = false;

  constructor(options: SearchPoolOptions) {
    this.#timers = options.timers;
    this.#inlineEntries = options.inlineEntries ?? DEFAULTS.searchInlineEntries;
    this.#maxWaiting = options.maxWaiting ?? DEFAULTS.searchWaiting;
    this.#idleMs = options.idleMs ?? DEFAULTS.searchIdleMs;
  }

  /** Whether the thread is there. */
  get running(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * Finds directories by words of their paths. An empty query finds nothing. What stood unchanged while the
   * search ran is found for certain, and everything in the answer is there when it is given.
   *
   * Rejects with `invalid_argument` for a query that is too long, `unavailable` where too many searches
   * wait, `closed` after `close`, and `aborted`.
   */
  async search(
    tree: DirectoryTree,
    query: string,
    options: SearchOptions = {},
    signal?: AbortSignal,
  ): Promise<SearchResult> {
    if (this.#closed) throw closedError();
    if (signal?.aborted === true) throw abortedError();
    if (planSearch(query, options.fuzzy ?? false) === undefined) {
      return { results: [], total: 0, truncated: false };
    }
    if (tree.nodes.size <= this.#inlineEntries)
      return searchTree(tree, query, options, this.#inline);
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new TidewatchError('unavailable', 'too many searches are waiting');
    }
    const answer = Promise.withResolvers<SearchResult>();
    this.#waiting.push({ tree, query, options, signal, answer, version: tree.version });
    this.#next();
    return answer.promise;
  }

  /** Ends the thread; searches under way reject with `closed`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timers.clearTimeout(this.#idleTimer);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#current?.answer.reject(closedError());
    this.#current = undefined;
    for (const { answer } of this.#waiting.splice(0)) answer.reject(closedError());
    await worker?.terminate();
  }

  #next(): void {
    if (this.#current !== undefined) return;
    let next = this.#waiting.shift();
    while (next?.signal?.aborted === true) {
      next.answer.reject(abortedError());
      next = this.#waiting.shift();
    }
    if (next === undefined) {
      this.#rest();
      return;
    }
    this.#current = next;
    this.#timers.clearTimeout(this.#idleTimer);
    next.version = next.tree.version;
    const worker = (this.#worker ??= this.#start());
    // A search under way keeps the process alive; a thread that only waits does not.
    worker.ref();
    worker.postMessage(
      {
        id: (this.#lastId += 1),
        memory: next.tree.memory,
        query: next.query,
        fuzzy: next.options.fuzzy ?? false,
        filter: filterOf(next.options),
      } satisfies SearchRequest,
      [],
    );
  }

  #rest(): void {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.unref();
    this.#timers.clearTimeout(this.#idleTimer);
    this.#idleTimer = this.#timers.setTimeout(() => {
      if (this.#current !== undefined || this.#worker !== worker) return;
      this.#worker = undefined;
      void worker.terminate();
    }, this.#idleMs);
  }

  #start(): Worker {
    // Sources run as TypeScript, what is published as JavaScript.
    const file = import.meta.url.endsWith('.ts') ? './search-worker.ts' : './search-worker.js';
    const worker = new Worker(new URL(file, import.meta.url), { execArgv: [], env: {} });
    worker.on('message', (reply: SearchReply) => this.#answered(worker, reply));
    worker.on('error', (error) => this.#failed(worker, error as Error));
    worker.on('exit', () => this.#failed(worker, new Error('the thread ended')));
    return worker;
  }

  #answered(worker: Worker, { id, hits, error }: SearchReply): void {
    const current = this.#current;
    if (worker !== this.#worker || current === undefined || id !== this.#lastId) return;
    this.#current = undefined;
    const { tree, query, options, version, answer, signal } = current;
    if (signal?.aborted === true) answer.reject(abortedError());
    else if (hits === undefined) answer.reject(new TidewatchError('internal_error', error ?? ''));
    else answer.resolve(resultsOf(tree, hits, query, options, version));
    this.#next();
  }

  /** The next search starts another thread. */
  #failed(worker: Worker, cause: Error): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    const current = this.#current;
    this.#current = undefined;
    current?.answer.reject(new TidewatchError('internal_error', 'a search failed', { cause }));
    this.#next();
  }
}

/** Searches at once, on this thread: for small trees, and where nobody else waits. */
export function searchTree(
  tree: DirectoryTree,
  query: string,
  options: SearchOptions = {},
  search: TreeSearch = new TreeSearch(),
): SearchResult {
  const fuzzy = options.fuzzy ?? false;
  const hits = searchMemory(search, tree.memory, query, fuzzy, filterOf(options));
  return resultsOf(tree, hits, query, options, tree.version);
}

function closedError(): TidewatchError {
  return new TidewatchError('closed', 'the search pool was closed');
}

function abortedError(): TidewatchError {
  return new TidewatchError('aborted', 'the search was aborted');
}
