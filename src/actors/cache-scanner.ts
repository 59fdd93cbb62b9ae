import { ROOT } from '../directory-cache/directory-tree.ts';
import type { DirectoryTree } from '../directory-cache/directory-tree.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { kindOfFailure } from '../machines/failure.ts';
import { joinPaths } from '../storage/paths.ts';
import type { Storage, StorageEntry } from '../storage/storage.ts';
import type { Adopted, CacheContent } from './cache-content.ts';
import type { CacheFailures } from './cache-failures.ts';
import { CacheHints } from './cache-hints.ts';
import { CacheQueue } from './cache-queue.ts';
import type { CacheMarks } from './cache-marks.ts';
import { Mark } from './cache-marks.ts';
import { failureOf } from './failure-of.ts';
import type { Services } from './services.ts';

/** Whose directories are listed. */
export interface ScanOwner {
  readonly services: Services;
  readonly tree: DirectoryTree;
  readonly marks: CacheMarks;
  readonly content: CacheContent;
  readonly failures: CacheFailures;
  /** Of the top, below the root of the storage. */
  readonly path: string;
  /** What the server calls the top, where it says. */
  readonly topId: bigint | undefined;
  readonly storage: Storage | undefined;
  /** Directories in flight. */
  readonly concurrency: number;
  /** The first listing of a scan is in the tree. */
  scanFound(): void;
  /** Nothing is left to be listed. */
  scanFinished(): void;
  /** The top directory could not be listed, or nothing can. */
  scanFailed(error: unknown): void;
  /** A directory was listed. */
  directoryListed(id: number, adopted: Adopted): void;
  /** It could not be listed; what is known of it is kept. */
  directoryFailed(id: number): void;
  /** Directories are too deep below the top to be looked into. */
  tooDeep(path: string): void;
}

interface Listing {
  readonly id: number;
  readonly abort: AbortController;
}

/** Numbers looked at before other work gets its turn. */
const SWEEP = 20_000;
const POINTLESS = new TidewatchError('aborted', 'Nobody needs the answer any more');

/**
 * Lists directories that are in doubt, several at once: those that were heard of first, then all that no
 * listing of this era has shown. What is heard of a directory while it is listed makes it listed again
 * behind that, so no order of words and listings loses anything.
 */
export class CacheScanner {
  readonly #owner: ScanOwner;
  readonly #queue: CacheQueue;
  readonly #hints: CacheHints;
  readonly #inFlight = new Map<number, Listing>();
  #signal: AbortSignal | undefined;
  #isScanning = false;
  #hasFound = false;
  /** Where the search for doubtful directories goes on; undefined: there are no more. */
  #sweepAt: number | undefined;
  #isSweepDue = false;
  /** Ids that were heard of, while somebody wants to know. */
  recorded: Set<number> | undefined;
  /** Failures since something was listed. */
  #failedInRow = 0;
  /** Of the scan that runs, or the last one. */
  listed = 0;

  constructor(owner: ScanOwner) {
    this.#owner = owner;
    this.#queue = new CacheQueue(owner.marks);
    this.#hints = new CacheHints(owner.services, (id) => this.#hintDue(id));
  }

  /** Directories that are known to wait; more may turn up. */
  get waiting(): number {
    return this.#queue.size + this.#inFlight.size;
  }

  /** Nothing waits, is under way, or is about to. */
  get isQuiet(): boolean {
    return this.waiting === 0 && this.#hints.size === 0 && this.#sweepAt === undefined;
  }

  /** From now on directories may be listed. */
  begin(signal: AbortSignal): void {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#abort(signal), { once: true });
  }

  /** Lists whatever is in doubt, and tells when all of it was. */
  scan(): void {
    this.#isScanning = true;
    this.#hasFound = false;
    this.#failedInRow = 0;
    this.listed = 0;
    this.sweep();
  }

  /** Looks for what is in doubt from the begin. */
  sweep(): void {
    this.#sweepAt = 0;
    this.#pump();
  }

  /** Something happened to an entry of a directory: look again. Undefined: to any of them. */
  hint(id: number, name: string | undefined): void {
    this.recorded?.add(id);
    this.#hints.add(id, name);
    if (!this.#hints.isResting(id)) this.#hintDue(id);
  }

  /** It is to be listed, when its turn comes. */
  enqueue(id: number): void {
    this.#queue.add(id);
    this.#pump();
  }

  /** Its number is another's, or it is gone: what was known counts no more. */
  forget(id: number): void {
    this.#queue.forget(id);
    this.#hints.forget(id);
    this.#owner.failures.delete(id);
    this.#inFlight.get(id)?.abort.abort(POINTLESS);
    this.#inFlight.delete(id);
  }

  /** Lists one directory without bringing it into the tree. Complete, or it throws. */
  async read(id: number, signal: AbortSignal): Promise<StorageEntry[]> {
    const { tree, storage, path } = this.#owner;
    const below = tree.pathOf(id);
    if (below === undefined || storage === undefined) throw POINTLESS;
    this.#owner.services.counters.listings += 1;
    const entries: StorageEntry[] = [];
    for await (const page of storage.list(joinPaths(path, below), { signal })) {
      for (const entry of page) entries.push(entry);
    }
    return entries;
  }

  stop(): void {
    this.#hints.clear();
    this.#owner.failures.clear();
  }

  #abort(signal: AbortSignal): void {
    if (this.#signal !== signal) return;
    this.#signal = undefined;
    this.#isScanning = false;
    this.#sweepAt = undefined;
    const interrupted = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const { id, abort } of interrupted) {
      abort.abort(POINTLESS);
      // It was in doubt, and still is.
      this.#queue.add(id);
    }
  }

  #hintDue(id: number): void {
    if (this.#inFlight.has(id) || !this.#hints.has(id)) return;
    this.#queue.addUrgent(id);
    this.#pump();
  }

  #pump(): void {
    if (this.#signal === undefined || this.#owner.storage === undefined) return;
    while (this.#inFlight.size < this.#owner.concurrency) {
      const id = this.#next();
      if (id === undefined) break;
      void this.#list(id, this.#signal);
    }
    if (!this.#isScanning || this.waiting > 0 || this.#sweepAt !== undefined) return;
    if (this.#owner.failures.hopeful > 0) return;
    this.#isScanning = false;
    // Not within the action of a chart that asked for it.
    const signal = this.#signal;
    queueMicrotask(() => {
      if (!signal.aborted) this.#owner.scanFinished();
    });
  }

  #next(): number | undefined {
    const { tree, marks, failures } = this.#owner;
    for (;;) {
      const id = this.#queue.take();
      if (id === undefined) {
        this.#sweepSoon();
        return undefined;
      }
      if (tree.pathOf(id) === undefined) failures.delete(id);
      else if (!marks.has(id, Mark.leaf) && !this.#inFlight.has(id) && this.#isListable(id)) {
        return id;
      }
    }
  }

  /** A tree has a million directories: they are looked through in parts. */
  #sweepSoon(): void {
    if (this.#sweepAt === undefined || this.#isSweepDue) return;
    this.#isSweepDue = true;
    setImmediate(() => {
      this.#isSweepDue = false;
      if (this.#signal === undefined || this.#sweepAt === undefined) return;
      this.#sweepOn();
      this.#pump();
    });
  }

  #sweepOn(): void {
    const { tree, marks, failures } = this.#owner;
    if (this.#sweepAt === 0 && marks.isDoubtful(ROOT) && !failures.has(ROOT)) this.#queue.add(ROOT);
    const { ids, next } = tree.slice(this.#sweepAt ?? 0, SWEEP);
    this.#sweepAt = next;
    for (const id of ids) {
      if (!marks.isDoubtful(id) || marks.has(id, Mark.leaf | Mark.queued)) continue;
      if (this.#inFlight.has(id) || failures.has(id)) continue;
      this.#queue.add(id);
    }
  }

  #isListable(id: number): boolean {
    const { tree, marks, services } = this.#owner;
    if (id === ROOT) return true;
    const { kind, link } = tree.info(id);
    if (kind === 'file' || link) {
      marks.set(id, Mark.leaf);
      return false;
    }
    let depth = 0;
    for (let at = tree.parentOf(id); at !== undefined; at = tree.parentOf(at)) depth += 1;
    if (depth < services.limits.cacheDepth) return true;
    marks.set(id, Mark.leaf);
    this.#owner.tooDeep(tree.pathOf(id) ?? '');
    return false;
  }

  async #list(id: number, signal: AbortSignal): Promise<void> {
    const { marks, services, content, tree } = this.#owner;
    const listing: Listing = { id, abort: new AbortController() };
    this.#inFlight.set(id, listing);
    const era = marks.era;
    const at = services.clock.wall();
    const start = services.clock.now();
    const hinted = this.#hints.take(id);
    const isHinted = hinted !== undefined;
    // Without names anything may have happened to it.
    const names = hinted === 'any' ? undefined : hinted;
    const isCurrent = (): boolean => this.#inFlight.get(id) === listing && !signal.aborted;
    try {
      const circle = await this.#leadsBack(id, listing.abort.signal);
      if (!isCurrent()) return;
      let adopted: Adopted = { added: [], removed: [] };
      if (circle) marks.set(id, Mark.leaf);
      else if (names !== undefined && this.#mayLookUp(id, names)) {
        const found = await this.#lookUp(id, names, listing.abort.signal);
        if (!isCurrent()) return;
        adopted = await content.adoptNames(id, found);
      } else {
        const entries = await this.read(id, listing.abort.signal);
        if (!isCurrent()) return;
        adopted = await content.adopt(id, entries, { at, hinted: names });
        if (!isCurrent()) return;
        marks.listed(id, era);
      }
      this.#inFlight.delete(id);
      this.#owner.failures.delete(id);
      this.#failedInRow = 0;
      this.listed += 1;
      if (tree.pathOf(id) !== undefined) this.#follow(id, adopted);
    } catch (error) {
      if (isCurrent()) this.#failed(id, error, hinted);
    } finally {
      if (this.#inFlight.get(id) === listing) this.#inFlight.delete(id);
      if (isHinted) this.#hints.rest(id, services.clock.now() - start);
      if (this.#hints.has(id) && !this.#hints.isResting(id)) this.#hintDue(id);
      this.#pump();
    }
  }

  #follow(id: number, adopted: Adopted): void {
    const { tree, marks } = this.#owner;
    for (const added of adopted.added) {
      this.forget(added);
      marks.reset(added);
      const { kind, link } = tree.info(added);
      if (kind === 'directory' && !link) this.#queue.add(added);
      else marks.set(added, Mark.leaf);
    }
    this.#owner.directoryListed(id, adopted);
    if (this.#hasFound) return;
    this.#hasFound = true;
    this.#owner.scanFound();
  }

  #failed(id: number, error: unknown, hinted: ReadonlySet<string> | 'any' | undefined): void {
    const { failures, tree, concurrency } = this.#owner;
    const failure = failureOf(error);
    const kind = kindOfFailure(failure);
    if (kind === 'passing') this.#failedInRow += 1;
    // What is not told below one directory is not told below all of them: begin anew.
    if (id === ROOT || this.#failedInRow > Math.max(2, concurrency)) {
      this.#queue.add(id);
      this.#owner.scanFailed(error);
      return;
    }
    // What was heard of it is not settled.
    if (hinted !== undefined) this.#owner.marks.doubt(id);
    failures.add(id, failure, failures.attempts(id));
    tree.markStale(id);
    this.#owner.directoryFailed(id);
    const parent = tree.parentOf(id);
    // The directory above knows whether it is gone, or another stands there now.
    if (kind === 'gone' && parent !== undefined && failures.attempts(id) === 1) {
      this.hint(parent, tree.info(id).name);
    }
  }

  /** In a large directory a few names are looked up one by one. */
  #mayLookUp(id: number, names: ReadonlySet<string>): boolean {
    const { tree, marks, services } = this.#owner;
    const { cacheLookupNames, cacheLookupEntries } = services.limits;
    if (names.size > cacheLookupNames || marks.isDoubtful(id)) return false;
    let count = 0;
    for (const child of tree.children(id)) {
      count += child === 0 ? 0 : 1;
      if (count > cacheLookupEntries) return true;
    }
    return false;
  }

  async #lookUp(
    id: number,
    names: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<Map<string, StorageEntry | undefined>> {
    const { tree, storage, path } = this.#owner;
    const directory = joinPaths(path, tree.pathOf(id) ?? '');
    const found = new Map<string, StorageEntry | undefined>();
    for (const name of names) found.set(name, await storage?.find(directory, name, { signal }));
    return found;
  }

  /**
   * A link on the server that leads to a directory above looks like a directory without end. The same
   * number on another volume below the share is another directory, of another age.
   */
  async #leadsBack(id: number, signal: AbortSignal): Promise<boolean> {
    const { tree, storage, path, topId } = this.#owner;
    const fileId = tree.fileId(id);
    if (fileId === undefined || id === ROOT) return false;
    for (let at = tree.parentOf(id); at !== undefined; at = tree.parentOf(at)) {
      if ((at === ROOT ? topId : tree.fileId(at)) !== fileId) continue;
      const paths = [id, at].map((one) => joinPaths(path, tree.pathOf(one) ?? ''));
      const looks = paths.map((one) => storage!.stat(one, { signal }));
      const [one, other] = await Promise.all(looks);
      return one?.createdAt === other?.createdAt;
    }
    return false;
  }
}
