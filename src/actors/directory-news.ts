import type { ResyncReason } from '../machines/resync-reason.ts';
import type { StorageChange, StorageEntry } from '../storage/storage.ts';
import type { DirectoryChange } from './directory-change.ts';
import type { DirectoryConsumer } from './directory-consumer.ts';
import { failureOf } from './failure-of.ts';
import { readDirectory } from './directory-content.ts';
import type { DirectoryContent, Reading } from './directory-content.ts';
import { Hints, LateHints } from './hints.ts';
import type { StorageLease } from './place.ts';
import type { Services } from './services.ts';
import type { TimerTask, WheelTimer } from './timer-wheel.ts';

/** Names that servers report as they are on disk and list under another name (samba.md 2.2). */
const LISTED_OTHERWISE = /[\\:*?"<>|\u0000-\u001f]|[. ]$/;

/** The directory whose news it is. */
export interface NewsOwner {
  readonly options: {
    readonly id: string;
    readonly path: string;
    readonly place: { readonly display: string };
  };
  readonly content: DirectoryContent;
  readonly consumers: readonly DirectoryConsumer[];
  readonly wantsDetail: boolean;
  readonly keepUpTo: number;
  readonly lease: StorageLease | undefined;
  lastEventAt: number | undefined;
  handleLost(reason: ResyncReason): void;
  relist(): void;
  announceResync(reason: ResyncReason): void;
}

/**
 * Makes news of hints: the first is told at once, what follows within a short time together, and
 * where readers want detail somebody looks first.
 */
export class DirectoryNews implements TimerTask {
  readonly #owner: NewsOwner;
  readonly #services: Services;
  #hints: Hints | undefined;
  /** More names than are remembered: list. */
  #tooMany = false;
  #below: StorageChange[] | undefined;
  /** The same of changes below. */
  #tooManyBelow = false;
  #dirty = false;
  /** What was heard since the listing that is under way began, which may lack it. */
  #late: LateHints | undefined;
  #timer: WheelTimer | undefined;
  #notBefore = 0;
  #resolving = false;
  /** Grows when what was heard before counts no more. */
  #life = 0;
  /** What happened in the directory itself, as far as it was said; counted. */
  heard = 0;
  /** Names that were hinted or told while somebody checks whether anything was missed. */
  recorded: Set<string> | undefined;

  constructor(owner: NewsOwner, services: Services) {
    this.#owner = owner;
    this.#services = services;
  }

  /** Something was said that nobody has looked at yet. */
  get pending(): boolean {
    return this.#hints !== undefined || this.#tooMany || this.#dirty || this.#resolving;
  }

  get #hasUntold(): boolean {
    return this.#dirty || this.#below !== undefined || this.#tooManyBelow;
  }

  hinted(changes: readonly StorageChange[]): void {
    const hadNothing = !this.#hasUntold;
    for (const change of changes) this.#sort(change);
    if (!this.#hasUntold) return;
    if (hadNothing) this.#owner.lastEventAt = this.#services.clock.wall();
    this.#schedule();
  }

  /** A whole listing begins: what is heard from now on may not show in it. */
  listing(): void {
    this.#late = new LateHints();
  }

  /**
   * A whole listing was made: what it shows is told, and so is what was hinted before it began. Returns
   * whether anything was heard since, which is looked at anew.
   */
  adopt(reading: Reading, { isNews }: { isNews: boolean }): boolean {
    const { content, wantsDetail } = this.#owner;
    const hints = this.#hints;
    const tooMany = this.#tooMany;
    const late = this.#late;
    const isLate = late?.isHeard === true;
    // Heard while nobody wanted names, and not told yet.
    const isUntold = this.#dirty && hints === undefined && !tooMany;
    const hadListing = content.listing !== undefined;
    const changes = content.adopt(reading, hints);
    this.#late = undefined;
    if (reading.listing === undefined && !wantsDetail) {
      if (isNews || isUntold || (isLate && this.#dirty)) {
        this.#tellUndetailed();
        // Whoever lists now lists later than this was read, but that may lack what is known already.
        content.uncertain = isLate;
      }
      this.#keep(undefined, false);
      return isLate;
    }
    // Of a directory too large to be remembered names are told only when they are looked up.
    const isTold = reading.listing !== undefined || isNews || isUntold;
    if (isTold) this.#keep(late?.hints, tooMany && isLate);
    // A name that is missing in what is older than the hint is not gone.
    this.#tell(changes.filter((change) => late?.explains(change) !== true));
    // Something is known to have changed, but not what.
    const isNameless = isNews && (reading.listing === undefined || !hadListing);
    if (isUntold || isNameless) this.#owner.announceResync('recheck');
    else if (tooMany && isTold && !hadListing) this.#owner.announceResync('overflow');
    if (this.#hasUntold) this.#schedule();
    return isLate;
  }

  /** Only that waits to be looked at. */
  #keep(hints: Hints | undefined, tooMany: boolean): void {
    this.#hints = tooMany ? undefined : hints;
    this.#tooMany = tooMany;
    this.#dirty = tooMany || hints !== undefined;
  }

  /** What was heard belongs to a watch that is gone: the next one tells a gap. */
  forget(): void {
    this.#life += 1;
    this.#hints = undefined;
    this.#tooMany = false;
    this.#below = undefined;
    this.#tooManyBelow = false;
    this.#dirty = false;
    this.#late = undefined;
    this.#services.wheel.cancel(this.#timer);
    this.#timer = undefined;
  }

  due(): void {
    this.#timer = undefined;
    this.#flush();
  }

  #sort(change: StorageChange): void {
    const { path, oldPath } = change;
    const isBelow = path.includes('/');
    const wasBelow = oldPath?.includes('/') ?? isBelow;
    if (!isBelow || !wasBelow) this.heard += 1;
    if (isBelow || wasBelow) {
      if (this.#owner.consumers.some((consumer) => consumer.wantsBelow)) this.#hearBelow(change);
      // Half of a move across the border is the directory's own.
      if (!isBelow) this.#hint({ action: 'added', path });
      else if (!wasBelow && oldPath !== undefined) {
        this.#hint({ action: 'removed', path: oldPath });
      }
      return;
    }
    // Noise: what changes in the directory shows in its own times.
    if (path !== '') this.#hint(change);
  }

  #hearBelow(change: StorageChange): void {
    if (this.#tooManyBelow) return;
    this.#below ??= [];
    this.#below.push(change);
    if (this.#below.length <= this.#services.limits.pendingHints) return;
    this.#below = undefined;
    this.#tooManyBelow = true;
  }

  #hint(change: StorageChange): void {
    this.#dirty = true;
    if (this.#services.logsChanges) this.#log(change);
    this.recorded?.add(change.path);
    if (change.oldPath !== undefined) this.recorded?.add(change.oldPath);
    this.#late?.hear();
    if (!this.#owner.wantsDetail || this.#tooMany) return;
    this.#hints ??= new Hints();
    this.#hints.add(change);
    this.#late?.add(change);
    if (this.#hints.size <= this.#services.limits.pendingHints) return;
    this.#hints = undefined;
    this.#tooMany = true;
  }

  #log({ action, path: name }: StorageChange): void {
    const { path, place } = this.#owner.options;
    this.#services.logger.debug(
      { event: 'watch.change', connection: place.display, path, action, name },
      'Something changed',
    );
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#resolving) return;
    const wait = this.#notBefore - this.#services.clock.now();
    if (wait <= 0) this.#flush();
    else this.#timer = this.#services.wheel.set(this, wait);
  }

  #flush(): void {
    const { clock, limits } = this.#services;
    this.#notBefore = clock.now() + limits.coalesceMs;
    this.#tellBelow();
    if (!this.#dirty) return;
    if (!this.#owner.wantsDetail) {
      this.#hints = undefined;
      this.#tellUndetailed();
    } else if (this.#owner.content.known) void this.#resolve();
    // Else the first listing is under way, and tells what was hinted until it was complete.
  }

  #tellBelow(): void {
    const below = this.#below;
    const isTooMuch = this.#tooManyBelow;
    this.#below = undefined;
    this.#tooManyBelow = false;
    for (const consumer of [...this.#owner.consumers]) {
      if (!consumer.wantsBelow) continue;
      if (isTooMuch) consumer.resync('overflow');
      else if (below !== undefined) consumer.changedBelow(below);
    }
  }

  #tellUndetailed(): void {
    this.#dirty = false;
    this.#owner.content.uncertain = true;
    this.#services.counters.changes += 1;
    this.#passOn(undefined);
    for (const consumer of [...this.#owner.consumers]) consumer.changed([]);
  }

  async #resolve(): Promise<void> {
    const life = this.#life;
    this.#resolving = true;
    const start = this.#services.clock.now();
    try {
      await this.#owner.content.exclusively(() => this.#look(life));
    } catch (error) {
      // Nobody could look, so nobody knows: the listing that follows tells.
      if (life === this.#life) {
        this.#services.logger.debug(
          { event: 'lookup.failed', directory: this.#owner.options.id, err: error },
          'Changes could not be looked up',
        );
        // Of a directory that is gone its own state tells.
        if (failureOf(error).code === 'not_found') this.#owner.relist();
        else this.#owner.handleLost('reopened');
      }
    } finally {
      this.#resolving = false;
      // A directory that takes long to list is listed less often.
      const { clock, limits } = this.#services;
      const took = clock.now() - start;
      const pause = took > limits.coalesceMs * 2 ? Math.min(took, limits.pollMaxMs) : 0;
      this.#notBefore = Math.max(this.#notBefore, clock.now() + pause);
      // Whatever came meanwhile, for whoever wants it, and to whichever life.
      if (this.#hasUntold) this.#schedule();
    }
  }

  async #look(life: number): Promise<void> {
    const { limits } = this.#services;
    const { content, options, lease } = this.#owner;
    const hints = this.#hints;
    const tooMany = this.#tooMany;
    const isDirty = this.#dirty;
    this.#hints = undefined;
    this.#tooMany = false;
    this.#dirty = false;
    // Whatever listing was under way has been given up.
    this.#late = undefined;
    if (lease === undefined) return;
    if (hints === undefined && !tooMany) {
      // Heard while nobody wanted names; else a listing that came in between has told everything.
      if (isDirty) this.#owner.announceResync('recheck');
      return;
    }
    const { storage } = lease;
    const size = content.listing?.size ?? Infinity;
    // A server lists an entry in a fraction of the time that it takes to look one up.
    const most = Math.max(limits.relistEntries, (hints?.size ?? 0) * limits.relistEntriesPerName);
    const isSmall = size <= most;
    const isMany = hints === undefined || hints.size > limits.lookupNames;
    const isOdd = (): boolean =>
      storage.kind === 'smb' && [...(hints?.names() ?? [])].some((n) => LISTED_OTHERWISE.test(n));
    const signal = new AbortController().signal;
    if (content.listing !== undefined && (isSmall || isMany || isOdd())) {
      this.#services.counters.listings += 1;
      const keepUpTo = this.#owner.keepUpTo;
      const { heard } = this;
      const reading = await readDirectory(storage, options.path, { keepUpTo, signal, heard });
      if (life !== this.#life) return;
      const isNews = content.differsFrom(reading);
      const changes = content.adopt(reading, hints);
      if (reading.listing !== undefined) this.#tell(changes);
      else if (isNews) this.#owner.announceResync('overflow');
      return;
    }
    if (isMany) {
      // Too large a directory to be remembered, and too much of it changed to be looked up.
      content.uncertain = true;
      this.#owner.announceResync('overflow');
      return;
    }
    const found = await this.#find(hints, signal);
    if (life !== this.#life) return;
    if (content.listing === undefined) content.uncertain = true;
    this.#tell(content.adoptNames(found, hints));
  }

  async #find(hints: Hints, signal: AbortSignal): Promise<Map<string, StorageEntry | undefined>> {
    const { options, lease } = this.#owner;
    const names = [...hints.names()];
    const entries = await Promise.all(
      names.map((name) => lease!.storage.find(options.path, name, { signal })),
    );
    return new Map(names.map((name, i) => [name, entries[i]]));
  }

  #passOn(changes: readonly DirectoryChange[] | undefined): void {
    const { place, path } = this.#owner.options;
    this.#services.feed?.changed(place, path, changes);
  }

  #tell(changes: readonly DirectoryChange[]): void {
    if (changes.length === 0) return;
    this.#services.counters.changes += changes.length;
    if (this.recorded !== undefined) {
      for (const { path, oldPath } of changes) {
        this.recorded.add(path);
        if (oldPath !== undefined) this.recorded.add(oldPath);
      }
    }
    this.#passOn(changes);
    for (const consumer of [...this.#owner.consumers]) consumer.changed(changes);
  }
}
