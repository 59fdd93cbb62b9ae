import type { TidewatchError } from '../errors/tidewatch-error.ts';
import type {
  FilterName,
  LossReason,
  Storage,
  StorageChange,
  StorageWatch,
  WatchListener,
} from '../storage/storage.ts';
import type { ResyncReason } from '../machines/resync-reason.ts';
import type { Pacer } from './pacer.ts';

/** Whose handle it is. */
export interface HandleOwner {
  readonly news: { hinted(changes: readonly StorageChange[]): void };
  handleOpened(): void;
  handleArmed(): void;
  /** What happens below is told, too, from now on. */
  handleWidened(): void;
  handleLost(reason: ResyncReason): void;
  handleEnded(reason: TidewatchError): void;
}

export interface HandleOptions {
  readonly storage: Storage;
  readonly path: string;
  readonly filter: readonly FilterName[] | undefined;
  readonly recursive: boolean;
  /** Opening waits for its turn. */
  readonly arming: Pacer;
  /** Of the opening: later it has no effect. */
  readonly signal: AbortSignal;
}

/** The open directory of an actor, and the watch on it. A wider one may take its place while it lives. */
export class DirectoryHandle implements WatchListener {
  readonly #owner: HandleOwner;
  readonly #path: string;
  readonly #filter: readonly FilterName[] | undefined;
  readonly #storage: Storage;
  readonly #arming: Pacer;
  #watch: StorageWatch | undefined;
  #wider: StorageWatch | undefined;
  #recursive: boolean;
  /** It is our turn to open; others wait until we are through. */
  #isTurn = false;
  #closed = false;
  #isOpened = false;
  #isArmed = false;

  constructor(owner: HandleOwner, options: HandleOptions) {
    this.#owner = owner;
    this.#path = options.path;
    this.#filter = options.filter;
    this.#storage = options.storage;
    this.#arming = options.arming;
    this.#recursive = options.recursive;
    void options.arming.enter().then(() => {
      this.#isTurn = true;
      if (this.#closed || options.signal.aborted) this.#leave();
      else this.#open();
    });
  }

  get directoryId(): bigint | undefined {
    return this.#watch?.directoryId;
  }

  /** It was asked to report from below, and does not yet. */
  get isWidening(): boolean {
    return this.#wider !== undefined;
  }

  opened(): void {
    this.#leave();
    if (this.#closed || this.#isOpened) return;
    this.#isOpened = true;
    this.#owner.handleOpened();
  }

  armed(): void {
    if (this.#closed || this.#isArmed) return;
    this.#isArmed = true;
    this.#owner.handleArmed();
  }

  changed(changes: readonly StorageChange[]): void {
    if (!this.#closed) this.#owner.news.hinted(changes);
  }

  lost(reason: LossReason): void {
    if (!this.#closed) this.#owner.handleLost(reason);
  }

  ended(reason: TidewatchError): void {
    this.#watch = undefined;
    this.#over(reason);
  }

  #over(reason: TidewatchError): void {
    this.#leave();
    if (this.#closed) return;
    void this.close();
    this.#owner.handleEnded(reason);
  }

  /**
   * Reports from below as well from now on. Depth is fixed with the first request on a handle (MS-SMB2
   * 3.3.5.19), so another one is armed before the narrow one is closed: nothing is missed in between.
   */
  widen(): void {
    if (this.#recursive || this.#closed) return;
    this.#recursive = true;
    if (this.#watch === undefined) return;
    const wider = this.#storage.watch(
      { path: this.#path, recursive: true, filter: this.#filter },
      {
        opened: () => undefined,
        armed: () => {
          void this.#watch?.close();
          this.#watch = wider;
          this.#wider = undefined;
          // The narrow one may never have come so far.
          this.opened();
          this.armed();
          if (!this.#closed) this.#owner.handleWidened();
        },
        changed: (changes) => this.changed(changes),
        lost: (reason) => this.lost(reason),
        ended: (reason) => {
          // Before it took the place of the narrow one, that one is still to be closed.
          if (this.#wider === wider) this.#wider = undefined;
          else this.#watch = undefined;
          this.#over(reason);
        },
      },
    );
    this.#wider = wider;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#leave();
    await Promise.all([this.#watch?.close(), this.#wider?.close()]);
  }

  #open(): void {
    const request = { path: this.#path, recursive: this.#recursive, filter: this.#filter };
    this.#watch = this.#storage.watch(request, this);
  }

  #leave(): void {
    if (!this.#isTurn) return;
    this.#isTurn = false;
    this.#arming.leave();
  }
}
