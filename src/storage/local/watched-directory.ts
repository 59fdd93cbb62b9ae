import { childPath } from './local-path.ts';

/** One directory of a tree that is watched. */
export class WatchedDirectory {
  readonly parent: WatchedDirectory | undefined;
  readonly name: string;
  /** Directories below by name; empty when the watch is not recursive. */
  readonly children = new Map<string, WatchedDirectory>();
  /** Which directory it was when it was watched. */
  id: { readonly dev: bigint; readonly ino: bigint } | undefined;
  /** Stops listening; undefined while nobody listens to it. */
  stop: (() => void) | undefined;
  /** It was deleted or moved, though the same number may stand there again. */
  stale = false;
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
