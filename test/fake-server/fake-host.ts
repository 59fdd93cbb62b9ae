import { memoryTransportPair } from '../../src/smb/net/memory-transport.ts';
import type { MemoryTransport } from '../../src/smb/net/memory-transport.ts';
import type { Transport } from '../../src/smb/net/transport.ts';
import { SmbError } from '../../src/smb/smb-error.ts';
import { FakeServer } from './fake-server.ts';
import { FaultRules } from './fault-rules.ts';
import type { FaultRule } from './faults.ts';
import { FakeFileSystem } from './file-system.ts';
import type { FakeNode } from './file-system.ts';
import { HostFiles } from './host-files.ts';
import { traitsOf } from './host-options.ts';
import type { FakeHostOptions } from './host-options.ts';
import { fakeServerOptions } from './options.ts';
import type { PendingNotify } from './protocol.ts';

/** What a client left open when its connection ended. */
export interface LeftBehind {
  readonly opens: number;
  readonly sessions: number;
}

/**
 * A whole SMB server in memory: every `dial` is a connection of its own, all of them see the same
 * files and accounts. Everything that may go wrong with a server or a network is a method.
 */
export class FakeHost {
  readonly kind: 'samba' | 'windows';
  readonly fileSystem: FakeFileSystem;
  readonly connections = new Set<FakeServer>();
  /** The files as another client, and as a program of the server, may change them. */
  readonly client: HostFiles;
  readonly local: HostFiles;
  /** What goes wrong with requests, on whichever connection they come. */
  readonly faults = new FaultRules();
  /** Of each connection that ended, in order. */
  readonly leftBehind: LeftBehind[] = [];
  /** What clients did that no client may do. */
  readonly violations: string[] = [];
  #options: FakeHostOptions;
  #transports = new Map<FakeServer, MemoryTransport>();
  #passwords: Map<string, string>;
  #denied = new Set<FakeNode>();
  #isUp = true;
  #isFrozen = false;
  #lost: PromiseWithResolvers<void> | undefined;
  #dials = 0;

  constructor(options: FakeHostOptions = {}) {
    this.#options = options;
    this.kind = options.kind ?? 'samba';
    const { now } = options;
    this.fileSystem = new FakeFileSystem({
      ...(now !== undefined && { now }),
      tellsDirectoryTimes: this.kind === 'windows',
    });
    this.client = new HostFiles(this.fileSystem, 'client', this.kind);
    this.local = new HostFiles(this.fileSystem, 'server', this.kind);
    const { username, password } = fakeServerOptions(options.server);
    this.#passwords = new Map([[username, password]]);
  }

  /** The client's end of a new connection. Rejects with `unreachable`, or `aborted`. */
  async dial(signal?: AbortSignal): Promise<Transport> {
    if (this.#lost !== undefined) await this.#found(this.#lost.promise, signal);
    const { maxConnections = Infinity, beyondConnections = 'no_logon' } = this.#options;
    const isOneTooMany = this.connections.size >= maxConnections;
    if (!this.#isUp || (isOneTooMany && beyondConnections === 'refused')) {
      this.#trace('a dial is refused');
      throw new SmbError('unreachable', 'Cannot connect to the fake host: refused');
    }
    const { toClient } = this.#options;
    const [near, far] = memoryTransportPair(toClient === undefined ? {} : { toClient });
    this.#dials += 1;
    const name = `c${this.#dials}`;
    const server = new FakeServer(far, {
      ...traitsOf(this.kind),
      denied: (node) => this.#denied.has(node),
      ...this.#options.server,
      fileSystem: this.fileSystem,
      faults: this.faults,
      passwordOf: (user) => this.#passwords.get(user),
      acceptsSessions: () => !isOneTooMany,
      trace: (what) => this.#trace(`${name} ${what}`),
    });
    this.#trace(`${name} is connected`);
    this.connections.add(server);
    this.#transports.set(server, far);
    if (this.#isFrozen) server.freeze();
    void server.disconnected.then(() => this.#onDisconnected(server, name));
    return near;
  }

  /** Handles of all connections. */
  get opens(): number {
    return sum(this.connections, ({ opens }) => opens.size);
  }

  get sessions(): number {
    return sum(this.connections, ({ sessions }) => sessions.size);
  }

  get pendingNotifies(): PendingNotify[] {
    return [...this.connections].flatMap(({ pendingNotifies }) => pendingNotifies);
  }

  /** From now on something goes wrong with a request of any connection. */
  inject(rule: FaultRule): void {
    this.faults.add(rule);
  }

  up(): void {
    this.#isUp = true;
  }

  /** Every connection is cut and none is taken until `up`. */
  down(): void {
    this.#isUp = false;
    this.cut();
  }

  /** Connections are taken, and nothing is read or said until `thaw`. */
  freeze(): void {
    this.#isFrozen = true;
    for (const server of this.connections) server.freeze();
  }

  /** As `freeze`, and dials wait: nothing of the network reaches the host until `thaw`. */
  vanish(): void {
    this.freeze();
    this.#lost ??= Promise.withResolvers();
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#lost?.resolve();
    this.#lost = undefined;
    for (const server of this.connections) server.thaw();
  }

  /** Every connection is reset. */
  cut(): void {
    for (const transport of this.#transports.values()) {
      transport.destroy(new Error('read ECONNRESET'));
    }
  }

  /** All sessions are gone, without a word. */
  deleteSessions(): void {
    for (const server of this.connections) server.deleteSessions();
  }

  /** All sessions have to log on again. */
  expireSessions(): void {
    for (const server of this.connections) server.expireSessions();
  }

  /** Handles and trees are gone: notifies end with NOTIFY_CLEANUP, the tree is no more. */
  closeShare(): void {
    for (const server of this.connections) server.closeShare();
  }

  setPassword(user: string, password: string): void {
    this.#passwords.set(user, password);
  }

  /** Requests that wait for changes are never answered. */
  forgetNotifies(): void {
    for (const server of this.connections) server.forgetNotifies();
  }

  /** What is changed within is told to nobody. */
  loseChanges<T>(action: () => T): T {
    return this.fileSystem.silently(action);
  }

  /** Every watch has missed something and is told so. */
  overflowAll(): void {
    for (const server of this.connections) server.overflowAll();
  }

  /** Nobody may list the directory. */
  deny(path: string): void {
    const node = this.fileSystem.find(path);
    if (node !== undefined) this.#denied.add(node);
  }

  /** Everybody may list all directories again. */
  allowAll(): void {
    this.#denied.clear();
  }

  #found(found: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    this.#trace('a dial waits');
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(new SmbError('aborted', 'Nobody waits for the dial'));
      signal?.addEventListener('abort', onAbort, { once: true });
      void found.then(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }

  #onDisconnected(server: FakeServer, name: string): void {
    const { opens, sessions, violations } = server;
    this.#trace(`${name} is gone`);
    this.leftBehind.push({ opens: opens.size, sessions: sessions.size });
    this.violations.push(...violations.map((what) => `${name} ${what}`));
    server.forgetClient();
    this.connections.delete(server);
    this.#transports.delete(server);
  }

  #trace(what: string): void {
    this.#options.trace?.(what);
  }
}

function sum<T>(items: Iterable<T>, numberOf: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += numberOf(item);
  return total;
}
