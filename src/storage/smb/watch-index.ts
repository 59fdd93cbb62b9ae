import type { StorageChange } from '../storage.ts';

/** A directory that is watched, or that leads to one. */
export interface Place<W> {
  readonly parent: Place<W> | undefined;
  readonly key: string;
  below: Map<string, Place<W>> | undefined;
  watches: W[] | undefined;
  /** Looked at: a directory under its real name, not a link, whose changes the handle above tells. */
  isPlain: boolean;
}

/** Who is to be told what, in order; and whose directory is gone, who are in the index no more. */
export interface Dispatch<W> {
  readonly told: ReadonlyMap<W, readonly StorageChange[]>;
  readonly gone: readonly W[];
}

/** As Windows compares names, near enough: which of them are one is never told, only guessed. */
export function keyOf(path: string): string {
  return path.toLowerCase();
}

/**
 * The watches of a tree by their directories. What one change costs depends on how deep it happened,
 * not on how many watch. Paths are relative to the top, `/` between names; their case is of no account.
 */
export class WatchIndex<W extends { readonly recursive: boolean }> {
  readonly #top: Place<W> = newPlace(undefined, '');
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(path: string, watch: W): Place<W> {
    let place = this.#top;
    for (const key of keysOf(path)) {
      place.below ??= new Map();
      let next = place.below.get(key);
      if (next === undefined) {
        next = newPlace(place, key);
        place.below.set(key, next);
      }
      place = next;
    }
    (place.watches ??= []).push(watch);
    this.#size += 1;
    return place;
  }

  /** False when it is there no more. */
  remove(place: Place<W>, watch: W): boolean {
    const at = place.watches?.indexOf(watch) ?? -1;
    if (at < 0) return false;
    place.watches!.splice(at, 1);
    this.#size -= 1;
    prune(place);
    return true;
  }

  all(): W[] {
    return collect(this.#top, []);
  }

  /**
   * What a handle of its own would have told each watch of these changes: names relative to its
   * directory, from below only if it is recursive, and of a move across its border the half that is its own.
   */
  dispatch(changes: readonly StorageChange[]): Dispatch<W> {
    const told = new Map<W, StorageChange[]>();
    const gone: W[] = [];
    for (const change of changes) {
      if (change.oldPath === undefined) this.#tell(change, told);
      else this.#tellRename(change.oldPath, change.path, told);
      const left = leftBy(change);
      if (left !== undefined) for (const watch of this.#cut(left)) gone.push(watch);
    }
    return { told, gone };
  }

  #tell({ action, path }: StorageChange, told: Map<W, StorageChange[]>): void {
    this.#hearers(path, (watch, name) => tell(told, watch, { action, path: name }));
  }

  #tellRename(oldPath: string, path: string, told: Map<W, StorageChange[]>): void {
    const from = new Map<W, string>();
    const to = new Map<W, string>();
    this.#hearers(oldPath, (watch, name) => from.set(watch, name));
    this.#hearers(path, (watch, name) => to.set(watch, name));
    for (const [watch, oldName] of from) {
      const name = to.get(watch);
      if (name === undefined) tell(told, watch, { action: 'removed', path: oldName });
      else tell(told, watch, { action: 'renamed', path: name, oldPath: oldName });
    }
    for (const [watch, name] of to) {
      if (!from.has(watch)) tell(told, watch, { action: 'added', path: name });
    }
  }

  /** Calls with every watch that hears of a path, and the path as seen from its directory. */
  #hearers(path: string, call: (watch: W, name: string) => void): void {
    let place: Place<W> | undefined = this.#top;
    for (let start = 0; ;) {
      const slash = path.indexOf('/', start);
      if (place.watches !== undefined && place.watches.length > 0) {
        const name = path.slice(start);
        for (const watch of place.watches) {
          if (slash < 0 || watch.recursive) call(watch, name);
        }
      }
      if (slash < 0) return;
      place = place.below?.get(keyOf(path.slice(start, slash)));
      if (place === undefined) return;
      start = slash + 1;
    }
  }

  /** Takes a directory and all below it out; gives who watched there. */
  #cut(path: string): W[] {
    let place: Place<W> | undefined = this.#top;
    for (const key of keysOf(path)) place = place?.below?.get(key);
    if (place?.parent === undefined) return [];
    const watches = collect(place, []);
    this.#size -= watches.length;
    empty(place);
    prune(place);
    return watches;
  }
}

function newPlace<W>(parent: Place<W> | undefined, key: string): Place<W> {
  return { parent, key, below: undefined, watches: undefined, isPlain: false };
}

function keysOf(path: string): string[] {
  return path === '' ? [] : path.split('/').map(keyOf);
}

/** The directory that stands under its name no more. One that only changed its case still does. */
function leftBy({ action, path, oldPath }: StorageChange): string | undefined {
  if (action === 'removed') return path;
  return oldPath === undefined || keyOf(oldPath) === keyOf(path) ? undefined : oldPath;
}

function tell<W>(told: Map<W, StorageChange[]>, watch: W, change: StorageChange): void {
  const changes = told.get(watch);
  if (changes === undefined) told.set(watch, [change]);
  else changes.push(change);
}

function collect<W>(place: Place<W>, into: W[]): W[] {
  for (const watch of place.watches ?? []) into.push(watch);
  for (const below of place.below?.values() ?? []) collect(below, into);
  return into;
}

/** Who watched here or below finds that it is taken out already. */
function empty<W>(place: Place<W>): void {
  place.watches = undefined;
  for (const below of place.below?.values() ?? []) empty(below);
  place.below = undefined;
}

/** Forgets a place that is needed no more, and those that only led there. */
function prune<W>(from: Place<W>): void {
  let place = from;
  while (place.parent !== undefined && isUnused(place)) {
    const { parent, key } = place;
    // A place that was cut out before is none of its parent's, and another may have its name by now.
    if (parent.below?.get(key) !== place) return;
    parent.below.delete(key);
    place = parent;
  }
}

function isUnused<W>({ watches, below }: Place<W>): boolean {
  return (watches?.length ?? 0) === 0 && (below?.size ?? 0) === 0;
}
