import type { CacheStateEvent } from '../app/index.ts';
import { plainFrame } from './change-frames.ts';
import type { DirectoryCaches } from './directory-caches.ts';
import type { Debtor, SocketWriter } from './socket-writer.ts';

export interface CacheNoticesOptions {
  readonly caches: DirectoryCaches;
  readonly writer: SocketWriter;
  /** How the client spells a connection, in each of its subscriptions. */
  readonly spellings: (connectionId: string) => ReadonlySet<string>;
}

/** Tells one socket how the directory caches get on of the connections that it is subscribed to. */
export class CacheNotices implements Debtor {
  readonly #options: CacheNoticesOptions;
  readonly #following = new Map<string, () => void>();
  /** What a slow socket was not told yet: the latest of each connection. */
  readonly #owed = new Map<string, CacheStateEvent>();

  constructor(options: CacheNoticesOptions) {
    this.#options = options;
  }

  begin(connectionId: string): void {
    if (this.#following.has(connectionId)) return;
    const tell = (told: CacheStateEvent): void => this.#tell(connectionId, told);
    // Known before the first is told, which is at once.
    this.#following.set(connectionId, () => undefined);
    this.#following.set(connectionId, this.#options.caches.follow(connectionId, tell));
  }

  end(connectionId: string): void {
    this.#following.get(connectionId)?.();
    this.#following.delete(connectionId);
    this.#owed.delete(connectionId);
  }

  settle(): void {
    for (const [connectionId, told] of this.#owed) this.#send(connectionId, told);
    this.#owed.clear();
  }

  close(): void {
    for (const stop of this.#following.values()) stop();
    this.#following.clear();
    this.#owed.clear();
    this.#options.writer.forgive(this);
  }

  #tell(connectionId: string, told: CacheStateEvent): void {
    const { writer } = this.#options;
    if (writer.congested) {
      this.#owed.set(connectionId, told);
      writer.owe(this);
    } else {
      this.#send(connectionId, told);
    }
  }

  #send(connectionId: string, told: CacheStateEvent): void {
    const { spellings, writer } = this.#options;
    for (const spelled of spellings(connectionId)) {
      const fields = { type: 'cache_state', connection_id: spelled, ...told };
      writer.send(plainFrame(fields));
    }
  }
}
