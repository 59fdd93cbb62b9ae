import type { ResyncReason } from '../machines/resync-reason.ts';
import type { PackedListing } from '../storage/listing/packed-listing.ts';
import { isBelow, joinPaths } from '../storage/paths.ts';
import type { DirectoryActor } from './directory-actor.ts';
import type { DirectoryChange } from './directory-change.ts';
import type { DirectoryConsumer } from './directory-consumer.ts';

/** What readers know of a directory that was moved, so that only differences are told. */
export interface Inheritance {
  readonly listing: PackedListing | undefined;
  readonly below: ReadonlyMap<string, Inheritance>;
}

/** A change with the watch that it came from, which may be gone when it is told. */
export interface NodeChange extends DirectoryChange {
  readonly node: TreeNode;
}

/** The tree that a node belongs to. */
export interface NodeOwner {
  nodeListed(node: TreeNode): void;
  nodeChanged(node: TreeNode, changes: readonly NodeChange[]): void;
  nodeResync(node: TreeNode, reason: ResyncReason): void;
  nodeStateChanged(node: TreeNode): void;
}

export interface NodeOptions {
  readonly path: string;
  /** What readers know of it from under another name. */
  readonly inheritance: Inheritance | undefined;
  /** Readers do not know what is in it: its first listing is told. */
  readonly isNews: boolean;
  /** Of the directory, where a listing has told it. */
  readonly fileId?: bigint | undefined;
}

/** The watch on one directory of a tree. */
export class TreeNode implements DirectoryConsumer {
  readonly wantsDetail = true;
  readonly wantsBelow = false;
  /** Below the top of the tree. */
  readonly path: string;
  readonly isNews: boolean;
  inheritance: Inheritance | undefined;
  isListed = false;
  /** It could not be listed, so nobody waits for it; what it shows one day is news. */
  isExcused = false;
  /** It was listed since readers last listed by themselves, so nobody knows more of it. */
  isSettled = false;
  directory!: DirectoryActor;
  readonly #owner: NodeOwner;
  readonly #fileId: bigint | undefined;

  constructor(owner: NodeOwner, { path, inheritance, isNews, fileId }: NodeOptions) {
    this.#owner = owner;
    this.path = path;
    this.inheritance = inheritance;
    this.isNews = isNews;
    this.#fileId = fileId;
  }

  /** Which directory it is; the top of a tree is in no listing. */
  get fileId(): bigint | undefined {
    return this.#fileId ?? this.directory.directoryId;
  }

  inherited(name: string): Inheritance | undefined {
    return this.inheritance?.below.get(name);
  }

  /** Everything that readers may know of it is known here, too. */
  get isCertain(): boolean {
    return this.isSettled && !this.directory.news.pending;
  }

  /** A change of this directory as one of the tree. */
  prefixed(change: DirectoryChange): NodeChange {
    const { oldPath } = change;
    return {
      ...change,
      node: this,
      path: joinPaths(this.path, change.path),
      ...(oldPath !== undefined && { oldPath: joinPaths(this.path, oldPath) }),
    };
  }

  changed(changes: readonly DirectoryChange[]): void {
    this.#owner.nodeChanged(
      this,
      changes.map((change) => this.prefixed(change)),
    );
  }

  changedBelow(): void {
    // Each directory below has a watch of its own.
  }

  resync(reason: ResyncReason): void {
    this.#owner.nodeResync(this, reason);
  }

  stateChanged(): void {
    this.#owner.nodeStateChanged(this);
  }

  listed(): void {
    this.#owner.nodeListed(this);
  }
}

/** Directories that got another name while changes of theirs were waiting to be told. */
export class MovedNodes {
  readonly #paths = new Map<TreeNode, string>();

  /** `nodes` are those at and below `from`. */
  move(nodes: Iterable<TreeNode>, from: string, to: string): void {
    for (const [node, path] of this.#paths) this.#paths.set(node, movePath(path, from, to));
    for (const node of nodes) this.#paths.set(node, movePath(node.path, from, to));
  }

  /**
   * What a watch that is gone has told, under the name that its directory has now: it is part of what the
   * watch under the new name inherits. Nothing when the directory is gone as well.
   */
  renamed(change: NodeChange): DirectoryChange[] {
    const to = this.#paths.get(change.node);
    if (to === undefined) return [];
    const { action, oldPath, entry } = change;
    const path = movePath(change.path, change.node.path, to);
    const from = oldPath === undefined ? undefined : movePath(oldPath, change.node.path, to);
    if (action !== 'renamed' || from === undefined || entry?.kind !== 'directory') {
      return [{ action, path, entry, ...(from !== undefined && { oldPath: from }) }];
    }
    // Of what is in it nobody remembers anything under its new name, so it is told anew.
    return [
      { action: 'removed', path: from },
      { action: 'added', path, entry },
    ];
  }
}

function movePath(path: string, from: string, to: string): string {
  return path === from || isBelow(path, from) ? `${to}${path.slice(from.length)}` : path;
}
