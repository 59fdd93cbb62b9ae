import { ROOT } from '../directory-cache/directory-tree.ts';
import type { DirectoryTree } from '../directory-cache/directory-tree.ts';
import type { TidewatchError } from '../errors/tidewatch-error.ts';
import { joinPaths } from '../storage/paths.ts';
import type { FilterName, Storage, StorageChange, StorageWatch } from '../storage/storage.ts';
import type { WatchListener } from '../storage/storage.ts';
import type { CacheMarks } from './cache-marks.ts';
import { Mark } from './cache-marks.ts';
import { Pacer } from './pacer.ts';
import type { Services } from './services.ts';
import type { TimerTask, WheelTimer } from './timer-wheel.ts';

/** Whose handles they are. */
export interface BudgetOwner {
  readonly services: Services;
  readonly tree: DirectoryTree;
  readonly marks: CacheMarks;
  readonly path: string;
  readonly filter: readonly FilterName[];
  readonly storage: Storage | undefined;
  /** Turns of everybody who opens something on this server. */
  readonly arming: Pacer;
  /** Handles at most. */
  readonly watchBudget: number;
  heardIn(id: number, changes: readonly StorageChange[]): void;
  /** It has a handle now: what happened before that, nobody has told. */
  armedOne(id: number): void;
  /** Nobody knows what happened to its entries until now. */
  doubtOne(id: number): void;
  /** What the handle was on is gone, or another. */
  hintAbove(id: number): void;
}

/** So many are opened at once, behind whatever others open. */
const OPENING = 8;
/** What is left of the budget after the server had no room. */
const SHRINK = 0.75;

class Handle implements WatchListener {
  readonly id: number;
  watch: StorageWatch | undefined;
  isClosed = false;
  readonly #budget: CacheBudget;
  #isTurn = false;
  readonly #leave: () => void;

  constructor(id: number, budget: CacheBudget, leave: () => void) {
    this.id = id;
    this.#budget = budget;
    this.#leave = leave;
    this.#isTurn = true;
  }

  opened(): void {
    this.endTurn();
  }

  armed(): void {
    if (!this.isClosed) this.#budget.armed(this);
  }

  changed(changes: readonly StorageChange[]): void {
    if (!this.isClosed) this.#budget.changed(this, changes);
  }

  lost(): void {
    if (!this.isClosed) this.#budget.lost(this);
  }

  ended(reason: TidewatchError): void {
    this.endTurn();
    this.watch = undefined;
    if (!this.isClosed) this.#budget.ended(this, reason);
  }

  endTurn(): void {
    if (!this.#isTurn) return;
    this.#isTurn = false;
    this.#leave();
  }
}

/**
 * Handles on single directories, for servers that report what happens below the first level to nobody
 * (Samba: changes that are not made through it). Those used last have them; whatever is left of the
 * budget goes to the top levels. They are the first to go when the server has no room.
 */
export class CacheBudget implements TimerTask {
  readonly #owner: BudgetOwner;
  readonly #handles = new Map<number, Handle>();
  /** In the order of use, the latest last. */
  readonly #used = new Set<number>();
  readonly #opening = new Pacer(OPENING);
  #closing: Promise<unknown> = Promise.resolve();
  #isOn = false;
  #timer: WheelTimer | undefined;
  #room = Infinity;
  /** Runs until the whole budget is tried again. */
  #recovery: WheelTimer | undefined;

  constructor(owner: BudgetOwner) {
    this.#owner = owner;
  }

  get size(): number {
    return this.#handles.size;
  }

  /** As many as there may be now. */
  get most(): number {
    return Math.min(this.#owner.watchBudget, this.#room);
  }

  has(id: number): boolean {
    return this.#owner.marks.has(id, Mark.watched);
  }

  watched(): number[] {
    return [...this.#handles.keys()].filter((id) => this.has(id));
  }

  /** From now on directories have handles, where the storage needs them. */
  begin(): void {
    this.#isOn = this.#owner.storage?.recursion === 'partial' && this.#owner.watchBudget > 0;
    this.changedPlan();
  }

  /** Somebody has just looked at a directory, or something happened in it. */
  use(id: number): void {
    if (id === ROOT) return;
    this.#used.delete(id);
    this.#used.add(id);
    if (this.#used.size > Math.max(1, this.#owner.watchBudget) * 2) {
      const [oldest] = this.#used;
      if (oldest !== undefined) this.#used.delete(oldest);
    }
    if (this.#isOn && !this.#handles.has(id)) this.changedPlan();
  }

  /** There may be other directories to watch than before. */
  changedPlan(): void {
    if (!this.#isOn || this.#timer !== undefined) return;
    const { wheel, limits } = this.#owner.services;
    this.#timer = wheel.set(this, limits.cachePlanMs);
  }

  /** Others need room: half of what is held is given up. */
  relieve(): void {
    if (this.#handles.size === 0) return;
    this.#shrink(Math.floor(this.#handles.size / 2));
    this.#plan();
  }

  /** It is no longer in the tree, or its number is another's. */
  forget(id: number): void {
    this.#used.delete(id);
    const handle = this.#handles.get(id);
    if (handle !== undefined) this.#close(handle);
  }

  /** Every handle is closed; resolves when that is done. */
  async end(): Promise<void> {
    this.#isOn = false;
    this.#owner.services.wheel.cancel(this.#timer);
    this.#timer = undefined;
    this.#owner.services.wheel.cancel(this.#recovery);
    this.#room = Infinity;
    for (const handle of [...this.#handles.values()]) this.#close(handle);
    await this.#closing;
  }

  due(): void {
    this.#timer = undefined;
    this.#plan();
  }

  armed({ id }: Handle): void {
    this.#owner.marks.set(id, Mark.watched);
    // Armed, then listed: what happened before is told by nobody.
    this.#owner.armedOne(id);
  }

  changed({ id }: Handle, changes: readonly StorageChange[]): void {
    this.use(id);
    this.#owner.heardIn(id, changes);
  }

  lost({ id }: Handle): void {
    this.#owner.doubtOne(id);
  }

  ended(handle: Handle, reason: TidewatchError): void {
    this.#close(handle);
    if (reason.code === 'insufficient_resources') {
      this.#shrink(Math.floor(this.#handles.size * SHRINK));
      this.#plan();
      return;
    }
    this.#used.delete(handle.id);
    this.#owner.hintAbove(handle.id);
  }

  #shrink(room: number): void {
    const { services } = this.#owner;
    const isFirst = this.#room === Infinity;
    this.#room = Math.min(this.#room, room);
    if (!isFirst) return;
    services.logger.warn(
      { event: 'cache.room', handles: this.#room },
      'The server has no room for more watches of single directories',
    );
    this.#recovery = services.wheel.set(
      { due: () => this.#recover() },
      services.limits.upgradeIntervalMs,
    );
  }

  #recover(): void {
    this.#room = Infinity;
    this.changedPlan();
  }

  #plan(): void {
    if (!this.#isOn) return;
    const wanted = this.#wanted();
    for (const handle of [...this.#handles.values()]) {
      if (!wanted.has(handle.id)) this.#close(handle);
    }
    for (const id of wanted) if (!this.#handles.has(id)) void this.#open(id);
  }

  /** Those used last, then level by level from the top. */
  #wanted(): Set<number> {
    const { tree } = this.#owner;
    const { most } = this;
    const wanted = new Set<number>();
    for (const id of [...this.#used].toReversed()) {
      if (wanted.size >= most) break;
      if (this.#isWatchable(id)) wanted.add(id);
    }
    let level = [ROOT];
    while (level.length > 0 && wanted.size < most) {
      const below: number[] = [];
      for (const id of level) {
        for (const child of tree.children(id)) {
          if (wanted.size >= most || below.length >= most) break;
          if (!this.#isWatchable(child)) continue;
          wanted.add(child);
          below.push(child);
        }
      }
      level = below;
    }
    return wanted;
  }

  #isWatchable(id: number): boolean {
    const { tree, marks } = this.#owner;
    if (tree.pathOf(id) === undefined || marks.has(id, Mark.leaf)) return false;
    const { kind, link, stale } = tree.info(id);
    return kind === 'directory' && !link && !stale;
  }

  async #open(id: number): Promise<void> {
    const { arming } = this.#owner;
    const handle = new Handle(id, this, () => {
      arming.leave();
      this.#opening.leave();
    });
    this.#handles.set(id, handle);
    await this.#opening.enter();
    await arming.enter();
    const { storage, tree, path, filter } = this.#owner;
    const below = tree.pathOf(id);
    if (handle.isClosed || storage === undefined || below === undefined) {
      handle.endTurn();
      if (!handle.isClosed) this.#close(handle);
      return;
    }
    const request = { path: joinPaths(path, below), recursive: false, filter };
    handle.watch = storage.watch(request, handle);
  }

  #close(handle: Handle): void {
    handle.isClosed = true;
    if (this.#handles.get(handle.id) === handle) {
      this.#handles.delete(handle.id);
      this.#owner.marks.unset(handle.id, Mark.watched);
    }
    if (handle.watch === undefined) return;
    handle.endTurn();
    this.#closing = Promise.all([this.#closing, handle.watch.close()]);
  }
}
