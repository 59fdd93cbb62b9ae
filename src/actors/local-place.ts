import type { LinkUser } from './connection-actor.ts';
import type { Place, StorageLease } from './place.ts';
import type { Storage } from '../storage/storage.ts';
import type { Turns } from './turns.ts';

/** A directory of this machine: always there, or the storage says why not. */
export class LocalPlace implements Place {
  readonly kind = 'local';
  readonly key: string;
  readonly display: string;
  readonly turns: Turns;
  readonly #open: () => Promise<Storage>;

  constructor(root: string, turns: Turns, open: () => Promise<Storage>) {
    this.turns = turns;
    this.key = `file://${root}`;
    this.display = root;
    this.#open = open;
  }

  attach(user: LinkUser): void {
    queueMicrotask(() => user.linkReady());
  }

  detach(): void {
    // Nothing is shared.
  }

  async open(): Promise<StorageLease> {
    return { storage: await this.#open(), release: () => Promise.resolve() };
  }

  moveOn(): boolean {
    return false;
  }
}
