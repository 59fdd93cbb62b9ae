import { ROOT } from '../directory-cache/directory-tree.ts';
import type { DirectoryTree } from '../directory-cache/directory-tree.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Storage, StorageEntry } from '../storage/storage.ts';
import { treeEntry } from './cache-entry.ts';
import type { CacheMarks } from './cache-marks.ts';
import { Mark } from './cache-marks.ts';
import type { CacheScanner } from './cache-scanner.ts';
import type { Services } from './services.ts';

/** Whose directories are checked. */
export interface SampleOwner {
  readonly services: Services;
  readonly tree: DirectoryTree;
  readonly marks: CacheMarks;
  readonly scanner: CacheScanner;
  readonly indexFiles: boolean;
  readonly path: string;
  /** What the server calls the top, where it says. */
  readonly topId: bigint | undefined;
  readonly storage: Storage | undefined;
  scanFailed(error: unknown): void;
  /** Somebody tells what happens in this directory. */
  isCovered(id: number): boolean;
  /** A change was told by nobody, though somebody should have. */
  diverged(path: string): void;
}

/**
 * Lists directories taken at random again, and compares: losses that no server signals. A notification
 * may be under way while a listing shows the change already, so a difference counts only when it is
 * still there, and still unheard of, after a while.
 */
export class CacheSampler {
  readonly #owner: SampleOwner;
  #isBusy = false;
  /** Directories that were checked. */
  samples = 0;

  constructor(owner: SampleOwner) {
    this.#owner = owner;
  }

  /** One round at a time; a slow server gets no more. */
  async sample(signal: AbortSignal): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const heard = new Set<number>();
    this.#owner.scanner.recorded = heard;
    try {
      await this.#checkTop(signal);
      const suspects: number[] = [];
      for (const id of this.#choose()) {
        if (signal.aborted) return;
        if (await this.#differs(id, signal)) suspects.push(id);
      }
      if (suspects.length === 0) return;
      await this.#grace(signal);
      for (const id of suspects) {
        if (signal.aborted || heard.has(id)) continue;
        if (await this.#differs(id, signal)) this.#found(id, heard);
      }
    } catch {
      // Whatever it is that fails, those who need it are told.
    } finally {
      this.#isBusy = false;
      if (this.#owner.scanner.recorded === heard) this.#owner.scanner.recorded = undefined;
    }
  }

  /** Is what stands at the path still what is watched? */
  async #checkTop(signal: AbortSignal): Promise<void> {
    const { path, topId, storage } = this.#owner;
    if (path === '' || topId === undefined) return;
    const entry = await storage?.stat(path, { signal }).catch(() => undefined);
    if (signal.aborted || entry?.fileId === undefined || entry.fileId === topId) return;
    const message = 'Another directory stands at the path now';
    this.#owner.scanFailed(new TidewatchError('watch_ended', message));
  }

  #found(id: number, heard: ReadonlySet<number>): void {
    const { tree, scanner } = this.#owner;
    if (heard.has(id)) return;
    const path = tree.pathOf(id);
    if (path === undefined) return;
    if (this.#owner.isCovered(id)) this.#owner.diverged(path);
    scanner.hint(id, undefined);
  }

  #choose(): Set<number> {
    const { tree, marks, services } = this.#owner;
    const chosen = new Set<number>();
    const { size } = tree.nodes;
    const wanted = Math.min(services.limits.cacheSampleDirectories, size);
    // Slots of files and of what was removed are drawn, too.
    for (let tries = 0; chosen.size < wanted && tries < wanted * 8; tries += 1) {
      const id = Math.floor(services.random() * size);
      if (marks.has(id, Mark.leaf) || marks.isDoubtful(id)) continue;
      if (id !== ROOT && tree.pathOf(id) === undefined) continue;
      chosen.add(id);
    }
    return chosen;
  }

  async #differs(id: number, signal: AbortSignal): Promise<boolean> {
    const { tree, scanner, indexFiles } = this.#owner;
    let entries: StorageEntry[];
    try {
      entries = await scanner.read(id, signal);
    } catch {
      // It may be gone or not to be read: the directory above, or another try, tells.
      return false;
    }
    this.samples += 1;
    if (tree.pathOf(id) === undefined) return false;
    let listed = 0;
    for (const entry of entries) {
      const wanted = treeEntry(entry, indexFiles);
      if (wanted === undefined) continue;
      listed += 1;
      if (tree.child(id, wanted.name) === undefined) return true;
    }
    let known = 0;
    for (const child of tree.children(id)) known += child === 0 ? 0 : 1;
    return listed !== known;
  }

  #grace(signal: AbortSignal): Promise<void> {
    const { wheel, limits } = this.#owner.services;
    return new Promise((resolve) => {
      const timer = wheel.set({ due: () => resolve() }, limits.verifyGraceMs);
      signal.addEventListener(
        'abort',
        () => {
          wheel.cancel(timer);
          resolve();
        },
        { once: true },
      );
    });
  }
}
