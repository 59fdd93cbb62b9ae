import type { DirectoryTree } from '../directory-cache/directory-tree.ts';
import type { TreeEntry } from '../directory-cache/entry.ts';
import type { Services } from './services.ts';
import type { TimerTask, WheelTimer } from './timer-wheel.ts';

/** Whose directories move. */
export interface MoveOwner {
  readonly tree: DirectoryTree;
  readonly services: Services;
  /** To be listed soon, since it may have lost or gained a child. */
  hint(id: number, name: string): void;
  /** It stands elsewhere now, with all below it; `isCertain`: the server said that it was renamed. */
  moved(id: number, from: string, isCertain: boolean): void;
  /** It is gone, proven by a listing, and turned up nowhere. */
  drop(id: number): void;
}

interface Arrival {
  readonly parent: number;
  readonly name: string;
  /** The server said so. */
  readonly isTold: boolean;
  /** A listing of the new parent shows it. */
  entry: TreeEntry | undefined;
  readonly since: number;
}

interface Missing {
  /** It is kept until then. */
  readonly until: number;
  readonly fileId: bigint | undefined;
}

/** More directories on the way than these are scanned at their new place instead. */
const MOST_ARRIVALS = 10_000;

/**
 * Directories that may have moved. Servers tell of a move in one piece or in two, the half of the new
 * place first or last; a directory is moved once listings have shown both that it is gone from its
 * old place and that it stands at the new one. What is gone and turns up nowhere is dropped after a
 * short grace.
 */
export class CacheMoves implements TimerTask {
  readonly #owner: MoveOwner;
  /** By the number of the directory. */
  readonly #arrivals = new Map<number, Arrival>();
  /** By new place. */
  readonly #places = new Map<string, number>();
  /** Gone from their old place. */
  readonly #missing = new Map<number, Missing>();
  readonly #missingByFile = new Map<bigint, number>();
  /** Places whose directory looks like one that is still elsewhere, and is another. */
  readonly #others = new Set<string>();
  #timer: WheelTimer | undefined;

  constructor(owner: MoveOwner) {
    this.#owner = owner;
  }

  get pending(): number {
    return this.#arrivals.size + this.#missing.size;
  }

  /** The server says that a directory was renamed. */
  told(id: number, parent: number, name: string): void {
    this.#expect(id, { parent, name, isTold: true, entry: undefined });
    this.#schedule();
  }

  /** The directory that is said to be on its way to a place. */
  arrivingAt(parent: number, name: string): number | undefined {
    return this.#places.get(keyOf(parent, name));
  }

  /**
   * A listing shows a directory where none was known. True when it may be one that is known elsewhere:
   * either it stands here now, or the listing of its old place will tell.
   */
  appeared(parent: number, entry: TreeEntry, isHinted: boolean): boolean {
    const { tree } = this.#owner;
    if (this.#others.delete(keyOf(parent, entry.name))) return false;
    const told = this.arrivingAt(parent, entry.name);
    const { fileId } = entry;
    const byFile = fileId === undefined ? undefined : this.#missingByFile.get(fileId);
    const known = byFile ?? told ?? (isHinted && fileId ? tree.byFileId(fileId) : undefined);
    if (known === undefined || known === 0 || tree.pathOf(known) === undefined) return false;
    const knownFile = tree.fileId(known);
    if (knownFile !== undefined && fileId !== undefined && knownFile !== fileId) return false;
    if (this.#isAbove(known, parent) || tree.info(known).kind !== 'directory') return false;
    if (told === undefined && this.#arrivals.size >= MOST_ARRIVALS) return false;
    const isTold = told === known;
    this.#expect(known, { parent, name: entry.name, isTold, entry });
    if (this.#missing.has(known)) this.#complete(known);
    else if (!isTold) this.#owner.hint(tree.parentOf(known)!, tree.info(known).name);
    this.#schedule();
    return true;
  }

  /**
   * A listing shows that a directory is gone from its place. True when it is kept for now; where it was
   * moved, it already stands elsewhere.
   */
  vanished(id: number): boolean {
    const { tree, services } = this.#owner;
    const arrival = this.#arrivals.get(id);
    if (arrival?.entry !== undefined) return this.#complete(id);
    const fileId = tree.fileId(id);
    const hasChildren = tree.children(id).next().done !== true;
    if (arrival === undefined && (fileId === undefined || !hasChildren)) return false;
    if (!this.#missing.has(id)) {
      const until = services.clock.now() + services.limits.cacheMoveGraceMs;
      this.#missing.set(id, { until, fileId });
      if (fileId !== undefined) this.#missingByFile.set(fileId, id);
    }
    this.#schedule();
    return true;
  }

  /** A listing shows that it is still where it was: whatever looked like it elsewhere is another. */
  stayed(id: number): void {
    this.#unmiss(id);
    const arrival = this.#arrivals.get(id);
    if (arrival?.entry === undefined) return;
    this.#settleAsNew(id, arrival);
  }

  /** Nobody could tell whether it is still where it was. */
  unknown(parent: number): void {
    for (const [id, arrival] of this.#arrivals) {
      if (arrival.entry !== undefined && this.#owner.tree.parentOf(id) === parent) {
        this.#settleAsNew(id, arrival);
      }
    }
  }

  /** It is about to be removed with all below it; what has a new place elsewhere is moved there first. */
  leaving(id: number): void {
    for (const [moving, arrival] of [...this.#arrivals]) {
      if (!this.#isAbove(id, moving)) continue;
      if (arrival.entry === undefined || !this.#complete(moving)) this.forget(moving);
    }
    for (const missing of [...this.#missing.keys()]) {
      if (this.#isAbove(id, missing)) this.forget(missing);
    }
  }

  forget(id: number): void {
    this.#unexpect(id);
    this.#unmiss(id);
  }

  forgetAll(): void {
    this.#arrivals.clear();
    this.#places.clear();
    this.#missing.clear();
    this.#missingByFile.clear();
    this.#others.clear();
    this.#owner.services.wheel.cancel(this.#timer);
    this.#timer = undefined;
  }

  due(): void {
    this.#timer = undefined;
    const { clock, limits } = this.#owner.services;
    const now = clock.now();
    for (const [id, arrival] of [...this.#arrivals]) {
      if (now - arrival.since < limits.cacheMoveGraceMs * 2) continue;
      if (arrival.entry === undefined) this.#unexpect(id);
      else this.#settleAsNew(id, arrival);
    }
    for (const [id, { until }] of [...this.#missing]) {
      if (now < until) continue;
      this.#unmiss(id);
      this.#unexpect(id);
      this.#owner.drop(id);
    }
    this.#schedule();
  }

  #complete(id: number): boolean {
    const { tree } = this.#owner;
    const arrival = this.#arrivals.get(id);
    this.#unexpect(id);
    this.#unmiss(id);
    if (arrival?.entry === undefined) return false;
    const { parent, name, isTold } = arrival;
    if (tree.pathOf(parent) === undefined) return false;
    const from = tree.pathOf(id);
    const there = tree.child(parent, name);
    if (from === undefined) return false;
    if (there !== undefined && there !== id) this.leaving(there);
    if (tree.moveNode(id, parent, name) === undefined) return false;
    this.#owner.moved(id, from, isTold);
    return true;
  }

  /** What stands at the new place is a directory of its own. */
  #settleAsNew(id: number, { parent, name }: Arrival): void {
    this.#unexpect(id);
    if (this.#owner.tree.pathOf(parent) === undefined) return;
    this.#others.add(keyOf(parent, name));
    // It was left out of the listing that showed it.
    this.#owner.hint(parent, name);
  }

  #expect(id: number, arrival: Omit<Arrival, 'since'>): void {
    this.#unexpect(id);
    this.#arrivals.set(id, { ...arrival, since: this.#owner.services.clock.now() });
    this.#places.set(keyOf(arrival.parent, arrival.name), id);
  }

  #unexpect(id: number): void {
    const arrival = this.#arrivals.get(id);
    if (arrival === undefined) return;
    this.#arrivals.delete(id);
    const key = keyOf(arrival.parent, arrival.name);
    if (this.#places.get(key) === id) this.#places.delete(key);
  }

  #unmiss(id: number): void {
    const fileId = this.#missing.get(id)?.fileId;
    this.#missing.delete(id);
    if (fileId !== undefined && this.#missingByFile.get(fileId) === id) {
      this.#missingByFile.delete(fileId);
    }
  }

  #isAbove(id: number, other: number): boolean {
    const { tree } = this.#owner;
    for (let at: number | undefined = other; at !== undefined; at = tree.parentOf(at)) {
      if (at === id) return true;
    }
    return false;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.pending === 0) return;
    const { wheel, limits } = this.#owner.services;
    this.#timer = wheel.set(this, limits.cacheMoveGraceMs);
  }
}

function keyOf(parent: number, name: string): string {
  return `${parent}/${name}`;
}
