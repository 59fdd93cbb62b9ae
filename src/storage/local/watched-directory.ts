import { isSame } from './directory-handle.ts';
import { childPath } from './local-path.ts';

/** Tells directories apart, also those that got the number of one that was deleted. */
export interface DirectoryId {
  readonly dev: bigint;
  readonly ino: bigint;
  /** When it was made; 0 where the file system does not remember. */
  readonly birthtimeNs: bigint;
}

/** One directory of a tree that is watched. */
export class WatchedDirectory {
  readonly parent: WatchedDirectory | undefined;
  readonly name: string;
  /** Directories below by name; empty when the watch is not recursive. */
  readonly children = new Map<string, WatchedDirectory>();
  /** Which directory it was when it was watched. */
  id: DirectoryId | undefined;
  /** Stops listening; undefined while nobody listens to it. */
  stop: (() => void) | undefined;
  /** It may have been deleted, and another one with the same number may stand there. */
  doubtful = false;
  /** It is no longer part of the tree. */
  dropped = false;

  constructor(parent: WatchedDirectory | undefined, name: string) {
    this.parent = parent;
    this.name = name;
  }

  /** Relative to the top of the tree. */
  get path(): string {
    return this.parent === undefined ? '' : childPath(this.parent.path, this.name);
  }

  /** Whether what stands at its place now is what is watched. */
  is(found: DirectoryId): boolean {
    const { id } = this;
    return id !== undefined && isSame(id, found) && id.birthtimeNs === found.birthtimeNs;
  }

  /** Stops listening to it and to everything below. */
  drop(): void {
    const waiting: WatchedDirectory[] = [this];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      one.stop?.();
      one.stop = undefined;
      one.dropped = true;
      for (const child of one.children.values()) waiting.push(child);
      one.children.clear();
    }
    if (this.parent?.children.get(this.name) === this) this.parent.children.delete(this.name);
  }
}
