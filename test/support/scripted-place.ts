import type { LinkUser } from '../../src/actors/connection-actor.ts';
import type { Place, StorageLease } from '../../src/actors/place.ts';
import type { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import type { Failure } from '../../src/machines/failure.ts';
import { limitsFrom } from '../../src/actors/limits.ts';
import { newTurns } from '../../src/actors/turns.ts';
import { ScriptedStorage } from './scripted-storage.ts';

/** A place whose connection and whose files a test holds in its hands. */
export class ScriptedPlace implements Place {
  readonly kind = 'smb';
  readonly key: string;
  readonly display: string;
  readonly turns = newTurns(limitsFrom());
  readonly storage: ScriptedStorage;
  readonly users = new Set<LinkUser>();
  /** Storages that are in use. */
  leases = 0;
  /** The connection is there. */
  isUp = true;
  /** What `open` is to throw. */
  openError: TidewatchError | undefined;
  /** Users for whom there is room on another connection. */
  otherConnections = 0;

  constructor(name = 'place', storage = new ScriptedStorage()) {
    this.key = name;
    this.display = `scripted://${name}`;
    this.storage = storage;
  }

  attach(user: LinkUser): void {
    this.users.add(user);
    queueMicrotask(() => {
      if (this.isUp && this.users.has(user)) user.linkReady();
    });
  }

  detach(user: LinkUser): void {
    this.users.delete(user);
  }

  async open(): Promise<StorageLease> {
    await Promise.resolve();
    if (this.openError !== undefined) throw this.openError;
    this.leases += 1;
    let isReleased = false;
    return {
      storage: this.storage,
      release: () => {
        if (!isReleased) this.leases -= 1;
        isReleased = true;
        return Promise.resolve();
      },
    };
  }

  moveOn(): boolean {
    this.otherConnections -= 1;
    return this.otherConnections >= 0;
  }

  /** The connection is lost: watches on it are told nothing any more. */
  down(failure: Failure = { code: 'disconnected', message: 'The connection is lost' }): void {
    this.isUp = false;
    for (const user of [...this.users]) user.linkTrouble(failure, 1_000);
  }

  up(): void {
    this.isUp = true;
    for (const user of [...this.users]) user.linkReady();
  }
}
