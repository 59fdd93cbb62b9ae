import { DEFAULTS } from '../defaults.ts';
import { DirectoryTree, ROOT } from '../directory-cache/directory-tree.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import type { FilterName, Storage, StorageChange } from '../storage/storage.ts';
import { CacheBudget } from './cache-budget.ts';
import type { BudgetOwner } from './cache-budget.ts';
import { CacheChanges } from './cache-changes.ts';
import type { ChangesOwner } from './cache-changes.ts';
import { CacheContent } from './cache-content.ts';
import type { Adopted, ContentOwner } from './cache-content.ts';
import { CacheFailures } from './cache-failures.ts';
import type { CacheCap } from './cache-info.ts';
import { CacheMarks } from './cache-marks.ts';
import { CacheMoves } from './cache-moves.ts';
import type { MoveOwner } from './cache-moves.ts';
import { CacheSampler } from './cache-sampler.ts';
import type { SampleOwner } from './cache-sampler.ts';
import { CacheScanner } from './cache-scanner.ts';
import type { ScanOwner } from './cache-scanner.ts';
import type { DirectoryChange } from './directory-change.ts';
import type { Pacer } from './pacer.ts';
import type { Services } from './services.ts';
import type { WheelTimer } from './timer-wheel.ts';

export interface IndexOptions {
  readonly services: Services;
  /** For people; without a password. */
  readonly display: string;
  /** Of the top, below the root of the storage. */
  readonly path: string;
  readonly retry: RetryPolicy;
  readonly indexFiles: boolean;
  readonly watchBudget: number;
  /** Directories listed at once. */
  readonly concurrency: number;
  readonly arming: Pacer;
}

/** Who keeps the connection that it needs, and is told what comes of it. */
export interface IndexOwner {
  readonly storage: Storage | undefined;
  /** What happens below the top is reported now, as far as the storage can. */
  readonly isWatching: boolean;
  scanFound(): void;
  scanFinished(): void;
  scanFailed(error: unknown): void;
  /** Something is known that was not before. */
  indexChanged(): void;
  /** A change was told by nobody, though somebody should have. */
  lost(): void;
}

/**
 * What a cache knows, and how that is kept right: reports of changes only say where to look, listings say
 * what there is, and what nothing has shown since the last loss is in doubt.
 */
export class CacheIndex
  implements ScanOwner, MoveOwner, ChangesOwner, BudgetOwner, SampleOwner, ContentOwner
{
  readonly services: Services;
  readonly tree: DirectoryTree;
  readonly marks = new CacheMarks();
  readonly moves: CacheMoves;
  readonly content: CacheContent;
  readonly changes: CacheChanges;
  readonly failures: CacheFailures;
  readonly scanner: CacheScanner;
  readonly budget: CacheBudget;
  readonly sampler: CacheSampler;
  readonly path: string;
  readonly indexFiles: boolean;
  readonly watchBudget: number;
  readonly concurrency: number;
  readonly arming: Pacer;
  readonly filter: readonly FilterName[];
  readonly sliceEntries = DEFAULTS.cacheSliceEntries;
  readonly caps = new Set<CacheCap>();
  /** What the server calls the top, where it says. */
  topId: bigint | undefined;
  divergences = 0;
  readonly #display: string;
  readonly #owner: IndexOwner;
  /** Run until what was armed is in force for certain. */
  readonly #graces = new Set<WheelTimer>();
  #isSettling = false;

  constructor(options: IndexOptions, owner: IndexOwner) {
    const { services, retry } = options;
    this.#owner = owner;
    this.#display = options.display;
    this.services = services;
    this.path = options.path;
    this.indexFiles = options.indexFiles;
    this.watchBudget = options.watchBudget;
    this.concurrency = options.concurrency;
    this.arming = options.arming;
    this.filter = options.indexFiles ? ['dir_name', 'file_name'] : ['dir_name'];
    this.tree = new DirectoryTree({ fileIds: true, maxEntries: services.limits.cacheMaxEntries });
    this.moves = new CacheMoves(this);
    this.content = new CacheContent(this);
    this.changes = new CacheChanges(this);
    this.failures = new CacheFailures(services, retry, (id) => this.scanner.enqueue(id));
    this.scanner = new CacheScanner(this);
    this.budget = new CacheBudget(this);
    this.sampler = new CacheSampler(this);
  }

  get storage(): Storage | undefined {
    return this.#owner.storage;
  }

  /** Somebody has found directories here: they are worth a handle. */
  used(paths: Iterable<string>): void {
    for (const path of paths) {
      const id = this.tree.find(path);
      if (id !== undefined) this.budget.use(id);
    }
  }

  /**
   * Somebody has listed a directory completely; these are the directories in it, where they are known. The
   * path is below the root of the place. What is not known here is looked at.
   */
  seen(path: string, directories: Iterable<string> | undefined): void {
    const id = this.#idOf(path);
    if (id === undefined) return;
    this.budget.use(id);
    if (directories === undefined) return;
    const names = new Set(directories);
    for (const name of names) {
      if (this.tree.child(id, name) !== undefined) continue;
      this.scanner.hint(id, undefined);
      return;
    }
    for (const child of this.tree.children(id)) {
      const { name, kind, link } = this.tree.info(child);
      if (kind === 'file' || link || names.has(name)) continue;
      this.scanner.hint(id, undefined);
      return;
    }
  }

  /** Something happened in a directory that somebody else watches; undefined: nobody knows what. */
  heardOf(path: string, changes: readonly DirectoryChange[] | undefined): void {
    const id = this.#idOf(path);
    if (id === undefined) return;
    // From now on it has a handle of its own, which tells of directories alone.
    this.budget.use(id);
    if (changes === undefined) {
      if (!this.isCovered(id) && this.watchBudget === 0) this.scanner.hint(id, undefined);
      return;
    }
    for (const { action, path: name, oldPath, entry } of changes) {
      for (const one of oldPath === undefined ? [name] : [oldPath, name]) {
        const child = this.tree.child(id, one);
        const isKnown = child !== undefined && this.tree.info(child).kind === 'directory';
        if (isKnown ? action !== 'modified' : entry?.kind === 'directory' || this.indexFiles) {
          this.scanner.hint(id, one);
        }
      }
    }
  }

  /** What was listed until now is in doubt, but for what handles on single directories tell. */
  doubt(): void {
    const { marks, budget } = this;
    // What was lost by the handle of the top is told by those of single directories.
    const covered = budget.watched().filter((id) => !marks.isDoubtful(id));
    marks.nextEra();
    for (const id of covered) marks.listed(id, marks.era);
    this.scanner.sweep();
  }

  directoryListed(id: number, { added, removed }: Adopted): void {
    for (const other of added) this.budget.forget(other);
    if (this.tree.truncated && !this.caps.has('entries')) {
      this.#cap('entries', this.tree.pathOf(id) ?? '', this.services.limits.cacheMaxEntries);
    }
    this.#settle();
    if (added.length + removed.length === 0) return;
    if (removed.length > 0) this.#prune();
    this.budget.changedPlan();
    this.#owner.indexChanged();
  }

  directoryFailed(id: number): void {
    this.moves.unknown(id);
    this.#owner.indexChanged();
  }

  tooDeep(path: string): void {
    this.#cap('depth', path, this.services.limits.cacheDepth);
  }

  hint(id: number, name: string): void {
    this.scanner.hint(id, name);
  }

  moved(id: number, from: string, isCertain: boolean): void {
    this.changes.moved(id, from);
    this.#owner.indexChanged();
    // Numbers of files are used again: only the server's own word vouches for what is below.
    if (isCertain) this.doubtOne(id);
    else this.doubtBelow(id);
    // What was looked for at the old path may be found at the new one.
    for (const missed of this.failures.gone()) this.scanner.enqueue(missed);
  }

  drop(id: number): void {
    if (this.tree.pathOf(id) === undefined) return;
    this.moves.leaving(id);
    this.tree.removeNode(id);
    this.#prune();
    this.#settle();
    this.budget.changedPlan();
    this.#owner.indexChanged();
  }

  doubtOne(id: number): void {
    this.marks.doubt(id);
    this.scanner.enqueue(id);
  }

  doubtBelow(id: number): void {
    const waiting = [id];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (this.tree.info(at).kind === 'file') continue;
      this.doubtOne(at);
      for (const child of this.tree.children(at)) waiting.push(child);
    }
  }

  heardIn(id: number, changes: readonly StorageChange[]): void {
    this.changes.heard(changes, id);
  }

  scanFound(): void {
    this.#owner.scanFound();
  }

  scanFinished(): void {
    this.budget.changedPlan();
    this.#owner.scanFinished();
  }

  scanFailed(error: unknown): void {
    this.#owner.scanFailed(error);
  }

  /** The top is watched, as the server says: what was listed before may have changed before that. */
  armed(topId: bigint | undefined): void {
    this.topId = topId;
    this.marks.nextEra();
    this.#afterGrace(() => this.doubt());
  }

  /** The same of a single directory. */
  armedOne(id: number): void {
    this.doubtOne(id);
    this.#afterGrace(() => {
      if (this.budget.has(id)) this.doubtOne(id);
    });
  }

  /** What was heard until now, by handles that are no more, does not have to be looked at again. */
  disarmed(): void {
    for (const timer of this.#graces) this.services.wheel.cancel(timer);
    this.#graces.clear();
  }

  #afterGrace(work: () => void): void {
    const { wheel, limits } = this.services;
    if (limits.cacheArmGraceMs === 0 || this.storage?.kind !== 'smb') return;
    const due = (timer: WheelTimer): void => {
      this.#graces.delete(timer);
      work();
    };
    this.#graces.add(wheel.set({ due }, limits.cacheArmGraceMs));
  }

  /** Nothing runs any more. */
  end(): void {
    this.disarmed();
    this.scanner.stop();
    this.moves.forgetAll();
    this.changes.forget();
  }

  hintAbove(id: number): void {
    const parent = this.tree.parentOf(id);
    if (parent === undefined || this.tree.pathOf(id) === undefined) return;
    this.scanner.hint(parent, this.tree.info(id).name);
  }

  isCovered(id: number): boolean {
    if (!this.#owner.isWatching) return false;
    return this.storage?.recursion === 'complete' || id === ROOT || this.budget.has(id);
  }

  diverged(path: string): void {
    this.divergences += 1;
    this.services.counters.divergences += 1;
    const { logger } = this.services;
    logger.warn(
      { event: 'cache.diverged', connection: this.#display, path },
      'A change of a directory was told by nobody',
    );
    this.#owner.lost();
  }

  /** A path below the root of the place, here. */
  #idOf(path: string): number | undefined {
    const top = this.path;
    if (path === top) return ROOT;
    if (top === '') return this.tree.find(path);
    return path.startsWith(`${top}/`) ? this.tree.find(path.slice(top.length + 1)) : undefined;
  }

  #prune(): void {
    this.failures.prune((id) => this.tree.pathOf(id) !== undefined);
  }

  #cap(cap: CacheCap, path: string, limit: number): void {
    if (this.caps.has(cap)) return;
    this.caps.add(cap);
    this.services.logger.warn(
      { event: 'cache.capped', connection: this.#display, cap, path, limit },
      'A directory cache is as large as it may be; the rest is not indexed',
    );
  }

  /** Room of what was removed is made free in parts. */
  #settle(): void {
    if (this.#isSettling || !this.tree.leaving) return;
    this.#isSettling = true;
    setImmediate(() => {
      this.#isSettling = false;
      if (!this.tree.settle()) this.#settle();
    });
  }
}
