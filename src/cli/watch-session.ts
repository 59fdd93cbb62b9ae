import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { backoffDelay } from './backoff.ts';
import { judge } from './obstacle.ts';
import type { ChangeLine, WatchLine } from './watch-lines.ts';

/** What a watch that is armed tells; ends or throws when it is over. */
export type FeedEvent =
  | { readonly type: 'changes'; readonly changes: readonly ChangeLine[] }
  | { readonly type: 'rescan'; readonly reason: string };

/** A watch that is armed: nothing that happens from now on is missed. */
export interface WatchFeed {
  readonly events: AsyncIterable<FeedEvent>;
  /** Lets go of everything behind it; never throws, never hangs. */
  close(): Promise<void>;
}

export interface WatchSessionOptions {
  /** Connects, opens and arms. */
  readonly open: (signal: AbortSignal) => Promise<WatchFeed>;
  readonly emit: (line: WatchLine) => Promise<void> | void;
  /** Ends the session. */
  readonly signal: AbortSignal;
  /** False: the first failure ends it. */
  readonly retry: boolean;
  /** A random id for the numbering of this session. */
  readonly epoch: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
  /** Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Keeps a directory watched: retries what passes, for ever, and tells each possible loss as a resync.
 *
 * Resolves when the signal is aborted. Throws the TidewatchError of a lasting obstacle, or of the first
 * failure without retrying.
 */
export async function watchSession(options: WatchSessionOptions): Promise<void> {
  const { signal, emit } = options;
  const session = new Numbering(options);
  await session.state('connecting');
  for (let attempt = 0; !signal.aborted; attempt++) {
    const start = options.now();
    let failure: unknown;
    let feed: WatchFeed | undefined;
    try {
      feed = await options.open(signal);
      await session.armed();
      for await (const event of feed.events) await session.tell(event);
      failure = new TidewatchError('watch_ended', 'The watch ended');
    } catch (error) {
      failure = error;
    } finally {
      await feed?.close();
    }
    if (signal.aborted) break;
    if (!(failure instanceof TidewatchError)) throw failure;
    if (feed !== undefined && options.now() - start >= DEFAULTS.retryResetMs) attempt = 0;
    await session.failed(failure, attempt);
  }
  await emit({ type: 'state', state: 'stopped', since: session.time() });
}

class Numbering {
  readonly #options: WatchSessionOptions;
  #everLive = false;
  #seq = 0;
  /** What to say when the watch is armed again. */
  #reason = 'reopened';

  constructor(options: WatchSessionOptions) {
    this.#options = options;
  }

  time(): string {
    return new Date(this.#options.now()).toISOString();
  }

  async state(state: 'connecting' | 'live'): Promise<void> {
    await this.#options.emit({ type: 'state', state, since: this.time() });
  }

  async armed(): Promise<void> {
    const { emit, epoch } = this.#options;
    if (this.#everLive) {
      await this.state('live');
      await emit({ type: 'resync', seq: ++this.#seq, reason: this.#reason });
      this.#reason = 'reopened';
    } else {
      this.#everLive = true;
      await emit({ type: 'subscribed', epoch, seq: this.#seq, state: 'live', resumed: false });
    }
  }

  async tell(event: FeedEvent): Promise<void> {
    const seq = ++this.#seq;
    const { emit } = this.#options;
    if (event.type === 'changes') await emit({ type: 'change', seq, changes: event.changes });
    else await emit({ type: 'resync', seq, reason: event.reason });
  }

  /** Says what went wrong and waits for the next try; throws when there is none. */
  async failed(failure: TidewatchError, attempt: number): Promise<void> {
    const { emit, random, retry, signal, sleep } = this.#options;
    const { code, message } = failure;
    const obstacle = judge(code, this.#everLive);
    const since = this.time();
    if (obstacle.lasting || !retry) {
      const state = obstacle.lasting ? obstacle.state : 'failed';
      await emit({ type: 'state', state, since, code, message });
      throw failure;
    }
    this.#reason = resyncReason(this.#reason, failure);
    const wait = backoffDelay(attempt, random);
    await emit({
      type: 'state',
      state: obstacle.state,
      since,
      attempt: attempt + 1,
      retry_in_ms: wait,
      code,
      message,
    });
    // Aborted meanwhile: the loop looks at the signal itself.
    await sleep(wait, signal).catch(() => undefined);
  }
}

/** The strongest of what happened since the watch was last live: a watch that only ended is least. */
function resyncReason(before: string, { code }: TidewatchError): string {
  if (before === 'recreated' || code === 'directory_deleted' || code === 'not_found') {
    return 'recreated';
  }
  return code === 'watch_ended' ? before : 'reconnected';
}
