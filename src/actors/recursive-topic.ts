import type { Failure } from '../machines/failure.ts';
import type { ResyncReason } from '../machines/resync-reason.ts';
import type { WatchState } from '../machines/watch-state.ts';
import type { PackedListing } from '../storage/listing/packed-listing.ts';
import { isBelow, joinPaths, parentOf } from '../storage/paths.ts';
import type { DirectoryActor } from './directory-actor.ts';
import { toChange } from './directory-change.ts';
import type { DirectoryChange } from './directory-change.ts';
import type { DirectoryConsumer } from './directory-consumer.ts';
import type { Place } from './place.ts';
import { changesBetween, joinById } from './resolve-hints.ts';
import type { Services } from './services.ts';
import type { TimerTask, WheelTimer } from './timer-wheel.ts';
import { Topic } from './topic.ts';
import { MovedNodes, TreeNode } from './tree-node.ts';
import type { Inheritance, NodeChange, NodeOwner } from './tree-node.ts';
import type { StateEvent } from './watch-events.ts';

/** Where the directories of a tree come from. */
export interface DirectorySource<Spec> {
  join(spec: Spec, consumer: DirectoryConsumer): DirectoryActor;
  leave(directory: DirectoryActor, consumer: DirectoryConsumer): void;
}

interface TreeSpec {
  readonly place: Place;
  readonly path: string;
}

/**
 * A directory and everything below it: a watch for each subdirectory, joined and left as directories
 * come and go, and one numbering for all. Only that reports what happens at any depth on servers whose
 * recursive watch does not (samba.md 2.1).
 */
export class RecursiveTopic<Spec extends TreeSpec = TreeSpec>
  extends Topic
  implements TimerTask, NodeOwner
{
  readonly wantsBelow = false;
  readonly #source: DirectorySource<Spec>;
  readonly #spec: Spec;
  /** By path below the top; '' is the top. */
  readonly #nodes = new Map<string, TreeNode>();
  #changes: NodeChange[] = [];
  #resync: ResyncReason | undefined;
  #timer: WheelTimer | undefined;
  #resyncSince = 0;
  /** Nodes that have not been listed since they were joined. */
  #unlisted = 0;
  #isReleased = false;
  #tooMany = false;

  constructor(services: Services, source: DirectorySource<Spec>, spec: Spec, onEmpty: () => void) {
    super(services, onEmpty);
    this.#source = source;
    this.#spec = spec;
    this.join('', undefined, false);
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** The one at the top. */
  get directory(): DirectoryActor {
    return this.#top.directory;
  }

  get word(): WatchState {
    return this.#top.directory.status.word;
  }

  get isArmed(): boolean {
    return this.#top.directory.isArmed && this.#unlisted === 0;
  }

  hasBaseline(): boolean {
    return this.isArmed && this.#top.directory.hasBaseline('changes');
  }

  get stateEvent(): StateEvent {
    return this.#top.directory.stateEvent;
  }

  get failure(): Failure | undefined {
    return this.#top.directory.failure;
  }

  get #top(): TreeNode {
    return this.#nodes.get('')!;
  }

  refresh(): void {
    for (const node of this.#nodes.values()) node.directory.refresh();
  }

  detailChanged(): void {
    // A tree always needs to know which directories there are.
  }

  doubt(): void {
    for (const node of this.#nodes.values()) node.directory.content.uncertain = true;
  }

  /** Nobody is subscribed any more. */
  release(): void {
    this.#isReleased = true;
    this.services.wheel.cancel(this.#timer);
    for (const path of [...this.#nodes.keys()]) this.#leave(path);
  }

  due(): void {
    this.#timer = undefined;
    this.#flush();
  }

  /** Watches one more directory; `inheritance` is what readers know of it from under another name. */
  join(path: string, inheritance: Inheritance | undefined, isNews: boolean, fileId?: bigint): void {
    if (this.#isReleased || this.#nodes.has(path) || this.#leadsBack(path, fileId)) return;
    const { recursiveDirectories } = this.services.limits;
    if (this.#nodes.size >= recursiveDirectories) {
      this.#refuse(path, recursiveDirectories, 'has more directories than it may have');
      return;
    }
    this.#unlisted += 1;
    const node = new TreeNode(this, { path, inheritance, isNews, fileId });
    this.#nodes.set(path, node);
    const spec = { ...this.#spec, path: joinPaths(this.#spec.path, path) };
    node.directory = this.#source.join(spec, node);
    // Another watch may have listed it before.
    if (node.directory.hasBaseline('changes') && node.directory.isArmed) {
      queueMicrotask(() => node.listed());
    }
  }

  // What the nodes tell.

  nodeListed(node: TreeNode): void {
    if (this.#nodes.get(node.path) !== node) return;
    node.isSettled = true;
    const { listing, isTooLarge } = node.directory.content;
    if (isTooLarge) {
      const { listingEntries } = this.services.limits;
      this.#refuse(
        node.path,
        listingEntries,
        'has a directory with more entries than are remembered',
      );
    }
    // What turns up in a later listing is news, too.
    const isNews = node.isNews || node.isListed || node.isExcused;
    if (!node.isListed) {
      node.isListed = true;
      if (!node.isExcused) this.#unlisted -= 1;
      if (listing !== undefined) this.#tellFirst(node, listing);
    }
    for (const name of listing?.directories() ?? []) {
      const path = joinPaths(node.path, name);
      if (this.#nodes.has(path)) continue;
      this.join(path, node.inherited(name), isNews, listing?.get(name)?.fileId);
    }
    node.inheritance = undefined;
    this.consider();
    this.#schedule();
  }

  nodeChanged(node: TreeNode, changes: readonly NodeChange[]): void {
    if (this.#nodes.get(node.path) !== node) return;
    // One by one: a call takes no hundred thousand arguments.
    for (const change of changes) this.#changes.push(change);
    this.#schedule();
  }

  nodeResync(node: TreeNode, reason: ResyncReason): void {
    if (this.#nodes.get(node.path) !== node) return;
    if (this.#resync === undefined) this.#resyncSince = this.services.clock.now();
    this.#resync = this.#resync === 'recreated' ? this.#resync : reason;
    this.#schedule();
  }

  nodeStateChanged(node: TreeNode): void {
    if (this.#nodes.get(node.path) !== node) return;
    if (node.path === '') {
      this.stateMoved();
      return;
    }
    const { word } = node.directory.status;
    const isUnreachable = word === 'denied' || word === 'unsupported' || word === 'failed';
    // What may not be read has nothing to list; nobody waits for it.
    if ((isUnreachable || word === 'deleted') && !node.isListed && !node.isExcused) {
      node.isExcused = true;
      this.#unlisted -= 1;
      this.consider();
    }
    // The directory above it knows whether it is gone, or another stands there now.
    if (word === 'deleted') this.#parentOf(node.path)?.directory.relist();
  }

  /** The content of a directory that readers know only by name, or under another one. */
  #tellFirst(node: TreeNode, listing: PackedListing): void {
    // What readers knew of it before it could not be listed is not known here.
    if (node.isExcused) this.nodeResync(node, 'reopened');
    if (!node.isNews) return;
    const before = node.inheritance?.listing;
    const changes: DirectoryChange[] =
      before === undefined
        ? [...listing.entries()].map((entry) => ({ action: 'added', path: entry.name, entry }))
        : changesBetween(before, listing);
    for (const change of changes) this.#changes.push(node.prefixed(change));
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#isReleased) return;
    if (this.#changes.length === 0 && this.#resync === undefined) return;
    this.#timer = this.services.wheel.set(this, this.services.limits.recursiveCoalesceMs);
  }

  #flush(): void {
    const { limits, clock } = this.services;
    const changes = this.#follow(joinById(withoutEchoes(this.#changes)));
    this.#changes = [];
    if (changes.length > 0) this.tell(changes.map(toChange));
    if (this.#resync === undefined) return;
    // While a whole tree comes back, one word at the end does for all; but it is not put off for ever.
    const waits = clock.now() - this.#resyncSince < limits.recursiveSettleMs;
    if (waits && [...this.#nodes.values()].some((node) => isOnItsWay(node.directory.status.word))) {
      this.#schedule();
      return;
    }
    const reason = this.#resync;
    this.#resync = undefined;
    for (const node of this.#nodes.values()) node.isSettled = false;
    // What readers list now may change where nobody watches yet.
    const isOwed = this.isOwing && !this.isArmed;
    this.tellResync(reason);
    if (isOwed) this.owe(reason);
  }

  /** Follows changes with the watches, one after the other, and gives what is to be told of them. */
  #follow(changes: readonly NodeChange[]): DirectoryChange[] {
    const moved = new MovedNodes();
    return changes.flatMap((change) => {
      const isStale = this.#nodes.get(change.node.path) !== change.node;
      return isStale ? moved.renamed(change) : this.#settle(change, moved);
    });
  }

  /**
   * Follows one change with the watches, and gives what is to be told of it. What happened below a
   * directory that has gone since is told by what it has become.
   */
  #settle(change: DirectoryChange, moved: MovedNodes): DirectoryChange[] {
    const { action, path, oldPath, entry } = change;
    const isKnown = this.#parentOf(path) !== undefined;
    if (action === 'renamed' && oldPath !== undefined) {
      const wasKnown = this.#parentOf(oldPath) !== undefined;
      if (!isKnown)
        return wasKnown ? this.#settle({ action: 'removed', path: oldPath }, moved) : [];
      if (!wasKnown) return this.#settle({ action: 'added', path, entry }, moved);
    }
    if (!isKnown) return [];
    const isDirectory = entry?.kind === 'directory';
    // Another directory of the same name, or a file in its place: what was below it is gone.
    if (action === 'modified' && this.#nodes.has(path)) {
      this.#leaveTree(path);
      if (isDirectory) this.join(path, undefined, true, entry.fileId);
      return [
        { action: 'removed', path },
        { action: 'added', path, entry },
      ];
    }
    const source = action === 'renamed' ? oldPath : undefined;
    const inheritance =
      source !== undefined && this.#nodes.has(source) ? this.#inherit(source) : undefined;
    if (source !== undefined) {
      const nodes = this.#at(source);
      // What was heard of them and not looked at yet is lost with their watches.
      if (!nodes.every((node) => node.isCertain)) this.nodeResync(this.#top, 'reopened');
      moved.move(nodes, source, path);
      this.#leaveTree(source);
    }
    if (action !== 'added' || !isDirectory) this.#leaveTree(path);
    if (isDirectory && action !== 'removed') this.join(path, inheritance, true, entry.fileId);
    return [change];
  }

  #inherit(path: string): Inheritance {
    const node = this.#nodes.get(path)!;
    const below = new Map<string, Inheritance>();
    for (const [other] of this.#nodes) {
      if (isBelow(other, path) && !other.slice(path.length + 1).includes('/')) {
        below.set(other.slice(path.length + 1), this.#inherit(other));
      }
    }
    return { listing: node.isListed ? node.directory.content.listing : undefined, below };
  }

  #leaveTree(path: string): void {
    for (const node of this.#at(path)) this.#leave(node.path);
  }

  /** The watches at and below a path. */
  #at(path: string): TreeNode[] {
    if (!this.#nodes.has(path)) return [];
    return [...this.#nodes.values()].filter(
      (node) => node.path === path || isBelow(node.path, path),
    );
  }

  #leave(path: string): void {
    const node = this.#nodes.get(path);
    if (node === undefined) return;
    this.#nodes.delete(path);
    if (!node.isListed && !node.isExcused) this.#unlisted -= 1;
    this.#source.leave(node.directory, node);
  }

  /**
   * A link on the server that leads to a directory above looks like a directory without end: what is in it
   * is told where it is.
   */
  #leadsBack(path: string, fileId: bigint | undefined): boolean {
    if (fileId === undefined) return false;
    for (let at = parentOf(path); at !== undefined; at = parentOf(at)) {
      if (this.#nodes.get(at)?.fileId === fileId) return true;
    }
    return false;
  }

  /** The watch on the directory that a path is in. */
  #parentOf(path: string): TreeNode | undefined {
    const slash = path.lastIndexOf('/');
    return this.#nodes.get(slash < 0 ? '' : path.slice(0, slash));
  }

  /** Never silently: readers are told that not all of it is covered. */
  #refuse(path: string, limit: number, why: string): void {
    if (this.#tooMany) return;
    this.#tooMany = true;
    this.services.logger.warn(
      { event: 'watch.limited', path, limit },
      `A recursive watch ${why}; not everything below it is watched`,
    );
    this.nodeResync(this.#top, 'overflow');
  }
}

/** That a name is gone is told by the listing and by the hint; once is enough. */
function withoutEchoes(changes: readonly NodeChange[]): NodeChange[] {
  const gone = new Set<string>();
  return changes.filter(({ action, path, entry }) => {
    if (action !== 'removed') {
      gone.delete(path);
      return true;
    }
    if (entry === undefined && gone.has(path)) return false;
    gone.add(path);
    return true;
  });
}

const isOnItsWay = (word: WatchState): boolean =>
  word === 'connecting' || word === 'reconnecting' || word === 'resyncing';
