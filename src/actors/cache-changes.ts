import type { DirectoryTree } from '../directory-cache/directory-tree.ts';
import { ROOT } from '../directory-cache/directory-tree.ts';
import type { StorageChange } from '../storage/storage.ts';
import type { CacheMoves } from './cache-moves.ts';
import type { Services } from './services.ts';

/** Whose changes they are. */
export interface ChangesOwner {
  readonly services: Services;
  readonly tree: DirectoryTree;
  readonly moves: CacheMoves;
  /** Something happened to an entry of a directory: look again. */
  hint(id: number, name: string): void;
  /** Another directory of the same name may stand there: all below is in doubt. */
  doubtBelow(id: number): void;
}

interface RecentMove {
  readonly from: string;
  readonly id: number;
  readonly until: number;
}

/** More moves than these at once are followed by listing, as anything else. */
const MOST_RECENT = 256;

/** Makes of what servers report which directories have to be looked at: a report is never the truth. */
export class CacheChanges {
  readonly #owner: ChangesOwner;
  #recent: RecentMove[] = [];

  constructor(owner: ChangesOwner) {
    this.#owner = owner;
  }

  /** Paths are relative to a directory; the top one unless said. */
  heard(changes: readonly StorageChange[], base: number = ROOT): void {
    for (const change of changes) {
      const { action, path, oldPath } = change;
      if (action === 'modified' || path === '') continue;
      if (action === 'renamed' && oldPath !== undefined) {
        this.#renamed(base, oldPath, path);
        this.#hint(base, oldPath);
      }
      this.#hint(base, path);
      if (action === 'added') this.#appeared(base, path);
    }
  }

  /** A directory stands elsewhere now; what is still reported of its old path is of the new one. */
  moved(id: number, from: string): void {
    const { clock, limits } = this.#owner.services;
    const now = clock.now();
    this.#recent = this.#recent.filter(({ until }) => until > now).slice(-MOST_RECENT);
    this.#recent.push({ from, id, until: now + limits.cacheMoveGraceMs * 2 });
  }

  forget(): void {
    this.#recent = [];
  }

  /** The directory that an entry is, or was, in, or the lowest that is known above it. */
  #hint(base: number, path: string): void {
    const { tree } = this.#owner;
    const steps = path.split('/');
    let at = base;
    for (const step of steps.slice(0, -1)) {
      const child = tree.child(at, step);
      if (child === undefined) {
        this.#owner.hint(at, step);
        this.#hintMoved(base, path);
        return;
      }
      at = child;
    }
    this.#owner.hint(at, steps.at(-1)!);
  }

  /** The report may be older than a move that is known already. */
  #hintMoved(base: number, path: string): void {
    if (base !== ROOT) return;
    const move = this.#recent.findLast(({ from }) => path.startsWith(`${from}/`));
    if (move === undefined || this.#owner.tree.pathOf(move.id) === undefined) return;
    const steps = path.slice(move.from.length + 1).split('/');
    let at = move.id;
    for (const step of steps.slice(0, -1)) {
      const child = this.#owner.tree.child(at, step);
      if (child === undefined) break;
      at = child;
    }
    this.#owner.doubtBelow(at);
  }

  #appeared(base: number, path: string): void {
    const id = this.#find(base, path);
    if (id !== undefined) this.#owner.doubtBelow(id);
  }

  #renamed(base: number, oldPath: string, path: string): void {
    const { moves, tree } = this.#owner;
    const slash = path.lastIndexOf('/');
    const parent = this.#find(base, slash < 0 ? '' : path.slice(0, slash));
    const id = this.#find(base, oldPath) ?? this.#onItsWayTo(base, oldPath);
    if (parent === undefined || id === undefined || tree.info(id).kind === 'file') return;
    moves.told(id, parent, path.slice(slash + 1));
  }

  #onItsWayTo(base: number, path: string): number | undefined {
    const slash = path.lastIndexOf('/');
    const parent = this.#find(base, slash < 0 ? '' : path.slice(0, slash));
    if (parent === undefined) return undefined;
    return this.#owner.moves.arrivingAt(parent, path.slice(slash + 1));
  }

  #find(base: number, path: string): number | undefined {
    let at: number | undefined = base;
    for (const step of path.split('/')) {
      if (step === '' || at === undefined) continue;
      at = this.#owner.tree.child(at, step);
    }
    return at;
  }
}
