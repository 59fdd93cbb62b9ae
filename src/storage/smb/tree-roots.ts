import type { SmbTree } from '../../smb/index.ts';
import type { FilterName, StorageWatch, WatchListener, WatchRequest } from '../storage.ts';
import { SharedRoot } from './shared-root.ts';
import { TreeWatch } from './tree-watch.ts';
import type { RootSource } from './tree-watch.ts';
import { keyOf } from './watch-index.ts';

/**
 * The watches of a share on a Windows server. It keeps few requests pending on a connection (511, or 63
 * on client editions: MS-SMB2 3.3.5.19), and an open handle keeps every directory above it from being
 * renamed (MS-FSA 2.1.5.15.12). But it reports whole trees completely, so one handle at the root of the
 * share bears all watches of a filter. Where the root may not be listed, the topmost directory that may
 * be takes its place.
 */
export class TreeRoots implements RootSource {
  readonly tree: SmbTree;
  readonly #roots = new Map<string, SharedRoot>();
  /** Directories that may not be listed, known for as long as something is watched. */
  readonly #denied = new Set<string>();

  constructor(tree: SmbTree) {
    this.tree = tree;
  }

  /** As that of a storage: never throws, what is wrong is told by `ended`. */
  watch(request: WatchRequest, listener: WatchListener): StorageWatch {
    return new TreeWatch(this, request, listener);
  }

  rootAt(base: string, filter: readonly FilterName[] | undefined): SharedRoot {
    const key = `${filterKey(filter)}:${keyOf(base)}`;
    const existing = this.#roots.get(key);
    if (existing !== undefined) return existing;
    const root = new SharedRoot({
      tree: this.tree,
      base,
      filter,
      onOver: (over) => this.#forget(key, over),
    });
    this.#roots.set(key, root);
    return root;
  }

  deny(base: string): void {
    this.#denied.add(keyOf(base));
  }

  isDenied(base: string): boolean {
    return this.#denied.has(keyOf(base));
  }

  #forget(key: string, root: SharedRoot): void {
    if (this.#roots.get(key) === root) this.#roots.delete(key);
    if (this.#roots.size === 0) this.#denied.clear();
  }
}

/** The same names in another order are the same filter. */
function filterKey(filter: readonly FilterName[] | undefined): string {
  return filter === undefined ? 'default' : [...new Set(filter)].sort().join();
}
