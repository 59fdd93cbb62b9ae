import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { SmbTree } from '../../smb/index.ts';
import { normalisePath } from '../paths.ts';
import type {
  FilterName,
  LossReason,
  StorageChange,
  StorageWatch,
  WatchListener,
  WatchRequest,
} from '../storage.ts';
import { directoryAt, proveListable } from './look-at-directory.ts';
import type { BorneWatch, SharedRoot } from './shared-root.ts';
import type { Place } from './watch-index.ts';

/** Where watches find handles. */
export interface RootSource {
  readonly tree: SmbTree;
  /** The handle that reports everything below a directory. Throws for a filter that is none. */
  rootAt(base: string, filter: readonly FilterName[] | undefined): SharedRoot;
  /** This directory may not be listed, and so bears no handle. */
  deny(base: string): void;
  isDenied(base: string): boolean;
}

/**
 * A watch without a handle of its own: one at its directory or above tells what happens there. One
 * object, as there are thousands.
 */
export class TreeWatch implements StorageWatch, BorneWatch {
  readonly path: string;
  readonly recursive: boolean;
  readonly #roots: RootSource;
  #directoryId: bigint | undefined;
  #listener: WatchListener | undefined;
  #root: SharedRoot | undefined;
  #place: Place<BorneWatch> | undefined;
  #isArmed = false;

  constructor(roots: RootSource, request: WatchRequest, listener: WatchListener) {
    this.path = request.path;
    this.recursive = request.recursive;
    this.#roots = roots;
    this.#listener = listener;
    void this.#begin(request).catch((error: unknown) => {
      if (!(error instanceof TidewatchError)) throw error;
      this.ended(error);
    });
  }

  get directoryId(): bigint | undefined {
    return this.#directoryId;
  }

  close(): Promise<void> {
    this.#listener = undefined;
    return this.#leave();
  }

  changed(changes: readonly StorageChange[]): void {
    if (this.#isArmed) this.#tell((listener) => listener.changed(changes));
  }

  lost(reason: LossReason): void {
    if (this.#isArmed) this.#tell((listener) => listener.lost(reason));
  }

  gone(): void {
    const what = `${this.path}, or a directory above it, was removed or renamed`;
    this.ended(new TidewatchError('directory_deleted', what));
  }

  ended(reason: TidewatchError): void {
    const listener = this.#listener;
    this.#listener = undefined;
    void this.#leave();
    if (listener !== undefined) callOut(() => listener.ended(reason));
  }

  /**
   * Finds the handle that reports its directory: the topmost that may be had, unless there is a link
   * on the way. Looks at the directory only once the handle is armed, so that it cannot go unnoticed
   * in between.
   */
  async #begin({ path, filter }: WatchRequest): Promise<void> {
    const steps = stepsTo(normalisePath('smb', path));
    const own = steps.length - 1;
    for (let at = 0; ;) {
      const base = steps[at]!;
      if (at < own && this.#roots.isDenied(base)) {
        at += 1;
        continue;
      }
      const failure = await this.#join(this.#roots.rootAt(base, filter), steps);
      if (this.#listener === undefined) return;
      if (failure !== undefined) {
        if (failure.code !== 'access_denied' || at === own) throw failure;
        this.#roots.deny(base);
        at += 1;
        continue;
      }
      const beyond = await this.#lookBelow(at, steps);
      if (this.#listener === undefined) return;
      if (beyond === undefined) break;
      at = beyond;
    }
    this.#tell((listener) => listener.opened());
    this.#isArmed = true;
    this.#tell((listener) => listener.armed());
  }

  #join(root: SharedRoot, steps: readonly string[]): Promise<TidewatchError | undefined> {
    const path = steps.at(-1)!;
    const place = root.join(root.base === '' ? path : path.slice(root.base.length + 1), this);
    // Only now: the handle so far may be of use to others who are about to come.
    void this.#leave();
    this.#root = root;
    this.#place = place;
    return root.arming;
  }

  /**
   * Makes sure that the directory is there and may be listed, and that the handle reports it. Else
   * gives the number of the lowest step that has to have a handle itself.
   */
  async #lookBelow(at: number, steps: readonly string[]): Promise<number | undefined> {
    const own = steps.length - 1;
    if (at === own) {
      this.#directoryId = this.#root?.directoryId;
      return undefined;
    }
    const { tree } = this.#roots;
    const unknown: { step: number; place: Place<BorneWatch> }[] = [];
    let place = this.#place;
    for (let step = own; step > at && place !== undefined; step -= 1) {
      if (step === own || !place.isPlain) unknown.push({ step, place });
      place = place.parent;
    }
    const looks = unknown.map(({ step }) => directoryAt(tree, steps[step]!));
    const [entries] = await Promise.all([Promise.all(looks), proveListable(tree, steps[own]!)]);
    const odd = entries.indexOf(undefined);
    for (const { place: plain } of unknown.slice(0, odd < 0 ? undefined : odd)) {
      plain.isPlain = true;
    }
    if (odd >= 0) return unknown[odd]!.step;
    this.#directoryId = entries[0]?.fileId;
    return undefined;
  }

  #leave(): Promise<void> {
    const root = this.#root;
    const place = this.#place;
    this.#root = undefined;
    this.#place = undefined;
    if (root === undefined || place === undefined) return Promise.resolve();
    return root.leave(place, this);
  }

  #tell(call: (listener: WatchListener) => void): void {
    const listener = this.#listener;
    if (listener !== undefined) callOut(() => call(listener));
  }
}

/** What a listener throws is no fault of the handle, and no reason for others to hear nothing. */
function callOut(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** The root, each directory on the way, and the path itself. */
function stepsTo(path: string): string[] {
  const steps = [''];
  if (path === '') return steps;
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    steps.push(path.slice(0, slash));
  }
  steps.push(path);
  return steps;
}
