import { TidewatchError } from '../errors/tidewatch-error.ts';
import { SmbStorage } from '../storage/smb/smb-storage.ts';
import { isDropped } from '../storage/smb/tree-leases.ts';
import type { SmbTree, TreeLease } from '../storage/smb/tree-leases.ts';
import type { SmbTarget } from '../storage/target.ts';
import { ConnectionActor } from './connection-actor.ts';
import type { LinkUser } from './connection-actor.ts';
import type { Place, StorageLease } from './place.ts';
import type { Services } from './services.ts';
import { newTurns } from './turns.ts';
import type { Turns } from './turns.ts';

/**
 * One server with one account: a connection that bears all watches, one more for listings and reading,
 * so that they never delay a notification, and further ones for watches only when the server takes no
 * more on those that there are.
 */
export class SmbEndpoint {
  readonly id: string;
  readonly #target: SmbTarget;
  readonly #services: Services;
  /** Everything that is not closed yet, those that linger included. */
  readonly #connections = new Set<ConnectionActor>();
  /** Those that bear watches. */
  readonly #links: ConnectionActor[] = [];
  readonly #linkOf = new Map<LinkUser, ConnectionActor>();
  readonly #bulkTrees = new Map<string, Promise<TreeLease>>();
  #bulk: ConnectionActor | undefined;
  #bulkWaiting: (() => void)[] = [];
  #bulkUser: LinkUser | undefined;
  readonly #onIdle: () => void;
  readonly #turns: Turns;
  #count = 0;

  /** `onIdle`: nothing is left of it, and nobody uses it. */
  constructor(id: string, target: SmbTarget, services: Services, onIdle: () => void) {
    this.id = id;
    this.#target = target;
    this.#services = services;
    this.#onIdle = onIdle;
    this.#turns = newTurns(services.limits);
  }

  get connections(): readonly ConnectionActor[] {
    return [...this.#connections];
  }

  place(share: string, key: string, display: string): Place {
    return {
      key,
      kind: 'smb',
      display,
      turns: this.#turns,
      attach: (user) => this.#attach(user),
      detach: (user) => this.#detach(user),
      open: (user) => this.#open(user, share),
      moveOn: (user) => this.#moveOn(user),
    };
  }

  /** Ends every connection, needed or not. */
  async close(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
  }

  #attach(user: LinkUser): void {
    const current = this.#linkOf.get(user);
    if (current !== undefined && !current.isLeaving) {
      current.attach(user);
      return;
    }
    const link = this.#linkWithRoom() ?? this.#newLink();
    this.#linkOf.set(user, link);
    link.attach(user);
  }

  #detach(user: LinkUser): void {
    const link = this.#linkOf.get(user);
    this.#linkOf.delete(user);
    link?.detach(user);
    if (this.#linkOf.size === 0) this.#releaseBulk();
  }

  async #open(user: LinkUser, share: string): Promise<StorageLease> {
    const link = this.#linkOf.get(user);
    if (link === undefined) throw new TidewatchError('closed', 'The directory was given up');
    const lease = await link.leaseTree(share);
    const storage = new SmbStorage({
      watchTree: lease.tree,
      bulkTree: () => this.#bulkTree(share, lease.tree),
      watchRoots: lease.watchRoots,
    });
    return {
      storage,
      release: async (reason) => {
        // What dropped the share here has dropped it there, too; it is connected anew when needed.
        if (isDropped(reason)) this.#forgetBulkTree(share, reason);
        await lease.release(reason).catch(() => undefined);
      },
    };
  }

  /** MS-SMB2 3.3.5.19: the server refuses more pending requests on one connection than it allows. */
  #moveOn(user: LinkUser): boolean {
    const full = this.#linkOf.get(user);
    if (full === undefined) return false;
    // On Windows one slot bears any number of watches, so the limit says nothing of how many fit.
    if (full.link.session?.serverKind !== 'windows') {
      const limit = full.link.connection?.diagnostics().asyncSlots.limit;
      full.capacity = Math.min(full.capacity, limit ?? Math.max(1, full.users - 1));
    }
    const other = this.#linkWithRoom(full);
    const next = other ?? (this.#mayGrow() ? this.#newLink() : undefined);
    if (next === undefined) return false;
    full.detach(user);
    this.#linkOf.set(user, next);
    next.attach(user);
    return true;
  }

  #linkWithRoom(except?: ConnectionActor): ConnectionActor | undefined {
    return this.#links.find(
      (link) => link !== except && !link.isLeaving && link.users < link.capacity,
    );
  }

  #mayGrow(): boolean {
    return this.#links.length < this.#services.limits.watchConnections;
  }

  #newLink(): ConnectionActor {
    this.#count += 1;
    const name = this.#count === 1 ? this.id : `${this.id}#${this.#count}`;
    const link = this.#connection(name, () => {
      const at = this.#links.indexOf(link);
      if (at >= 0) this.#links.splice(at, 1);
    });
    this.#links.push(link);
    return link;
  }

  #connection(name: string, onOver: () => void): ConnectionActor {
    const connection = new ConnectionActor(name, this.#target, this.#services, () => {
      this.#connections.delete(connection);
      onOver();
      if (this.#connections.size === 0 && this.#linkOf.size === 0) this.#onIdle();
    });
    this.#connections.add(connection);
    return connection;
  }

  /** The share on the connection for bulk data; on that of the watches while there is no other. */
  async #bulkTree(share: string, watchTree: SmbTree): Promise<SmbTree> {
    const bulk = this.#bulkLink();
    if (bulk.state !== 'ready' && bulk.state !== 'reauthenticating') {
      // It is tried again by itself; nobody has to wait for it.
      if (bulk.failure !== undefined) return watchTree;
      await new Promise<void>((resolve) => this.#bulkWaiting.push(resolve));
      if (bulk.state !== 'ready' && bulk.state !== 'reauthenticating') return watchTree;
    }
    const key = share.toLowerCase();
    let leasing = this.#bulkTrees.get(key);
    if (leasing === undefined) {
      leasing = bulk.leaseTree(share);
      this.#bulkTrees.set(key, leasing);
      const failed = leasing;
      failed.catch(() => {
        // Another may have been asked for meanwhile.
        if (this.#bulkTrees.get(key) === failed) this.#bulkTrees.delete(key);
      });
    }
    try {
      return (await leasing).tree;
    } catch {
      return watchTree;
    }
  }

  #forgetBulkTree(share: string, reason: Error | undefined): void {
    const key = share.toLowerCase();
    const leasing = this.#bulkTrees.get(key);
    this.#bulkTrees.delete(key);
    leasing?.then(
      (lease) => lease.release(reason),
      () => undefined,
    );
  }

  #bulkLink(): ConnectionActor {
    if (this.#bulk !== undefined) return this.#bulk;
    const bulk = this.#connection(`${this.id}#bulk`, () => {
      if (this.#bulk === bulk) this.#bulk = undefined;
    });
    const decided = (): void => {
      for (const resolve of this.#bulkWaiting.splice(0)) resolve();
    };
    const lost = (): void => {
      this.#bulkTrees.clear();
      decided();
    };
    this.#bulkUser = { linkReady: decided, linkTrouble: lost, linkFailed: lost };
    this.#bulk = bulk;
    bulk.attach(this.#bulkUser);
    return bulk;
  }

  #releaseBulk(): void {
    const bulk = this.#bulk;
    const user = this.#bulkUser;
    this.#bulk = undefined;
    this.#bulkUser = undefined;
    this.#bulkTrees.clear();
    if (bulk !== undefined && user !== undefined) bulk.detach(user);
    for (const resolve of this.#bulkWaiting.splice(0)) resolve();
  }
}
