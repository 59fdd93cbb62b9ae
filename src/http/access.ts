import type { AccessChange, Caller, Services } from '../app/index.ts';

/** Somebody whose access may change while it is there. */
export interface AccessMember {
  accessChanged(change: AccessChange): void;
}

/** What callers may do now; without accounts, whoever was let in may do everything. */
export class Access {
  readonly #services: Services | undefined;
  readonly #members = new Set<AccessMember>();
  readonly #stop: (() => void) | undefined;
  /** How often something became of anybody's access. */
  #changes = 0;

  constructor(services: Services | undefined) {
    this.#services = services;
    this.#stop = services?.accounts.onAccessChange((change) => {
      this.#changes += 1;
      for (const member of [...this.#members]) member.accessChanged(change);
    });
  }

  mayUse(caller: Caller, connectionId: string): boolean {
    return this.#services?.connections.mayUse(caller, connectionId) ?? true;
  }

  /** The same caller as of now; undefined when nobody may be that any more. */
  async current(caller: Caller): Promise<Caller | undefined> {
    const hasAccount = caller.userId !== undefined || caller.tokenId !== undefined;
    if (this.#services === undefined || !hasAccount) return caller;
    const now = await this.#services.accounts.stillValid(caller);
    return now === undefined ? undefined : { ...now, address: caller.address };
  }

  /**
   * Finds out who somebody is and calls `then` with it, in one go with the last look at what changed: no
   * change falls between the two. Rejects with what finding out failed with.
   */
  async settle(
    claimed: Promise<Caller | undefined>,
    then: (caller: Caller | undefined) => void,
  ): Promise<void> {
    let before = this.#changes;
    let caller = await claimed;
    while (caller !== undefined && before !== this.#changes) {
      before = this.#changes;
      caller = await this.current(caller);
    }
    then(caller);
  }

  /** The member hears of every change from now on. Returns how to stop. */
  join(member: AccessMember): () => void {
    this.#members.add(member);
    return () => void this.#members.delete(member);
  }

  close(): void {
    this.#stop?.();
    this.#members.clear();
  }
}
