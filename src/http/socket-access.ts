import type { AccessChange, Caller, Clock, Logger } from '../app/index.ts';
import { DEFAULTS } from '../defaults.ts';
import type { Access, AccessMember } from './access.ts';
import { CLOSE } from './close-codes.ts';
import type { CloseReason } from './close-codes.ts';

export interface SocketAccessOptions {
  readonly access: Access;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The caller is another one now, such as one without the role of an administrator. */
  readonly callerChanged: (caller: Caller) => void;
  /** Who may use the connection, or what it leads to. */
  readonly connectionChanged: (connectionId: string) => void;
  readonly end: (reason: CloseReason) => void;
}

/** Who stands behind one socket, for as long as that counts. */
export class SocketAccess implements AccessMember {
  readonly #options: SocketAccessOptions;
  readonly #leave: () => void;
  #caller: Caller | undefined;
  #expiry: unknown;
  #closed = false;

  constructor(options: SocketAccessOptions) {
    this.#options = options;
    this.#leave = options.access.join(this);
  }

  /** Finds out who it is; `then` gets undefined for nobody, and is not called once this is closed. */
  async admit(
    claimed: Promise<Caller | undefined>,
    then: (caller: Caller | undefined) => void,
  ): Promise<void> {
    const { access, logger } = this.#options;
    const known = (caller: Caller | undefined): void => {
      if (this.#closed) return;
      if (caller !== undefined) this.#become(caller);
      if (!this.#closed) then(caller);
    };
    try {
      await access.settle(claimed, known);
    } catch (error) {
      logger.error({ event: 'ws.error', err: error }, 'a socket could not be authenticated');
      known(undefined);
    }
  }

  accessChanged(change: AccessChange): void {
    const caller = this.#caller;
    // While it is not known who it is, `settle` looks at what changed.
    if (caller === undefined || this.#closed) return;
    const { connectionChanged, end } = this.#options;
    switch (change.kind) {
      case 'token_revoked':
        if (change.tokenId === caller.tokenId) end(CLOSE.accessWithdrawn);
        break;
      case 'token_expired':
        if (change.tokenId === caller.tokenId) end(CLOSE.tokenExpired);
        break;
      case 'user_changed':
        if (change.userId === caller.userId) void this.#review(caller);
        break;
      case 'connection_changed':
        connectionChanged(change.connectionId);
        break;
      case 'connection_removed':
        // The runtime ends what is subscribed through it.
        break;
    }
  }

  close(): void {
    this.#closed = true;
    this.#leave();
    this.#options.clock.clearTimeout(this.#expiry);
  }

  async #review(caller: Caller): Promise<void> {
    const { access, callerChanged, end, logger } = this.#options;
    try {
      await access.settle(access.current(caller), (now) => {
        if (this.#closed || this.#caller !== caller) return;
        if (now === undefined) {
          end(CLOSE.accessWithdrawn);
          return;
        }
        this.#become(now);
        if (!this.#closed) callerChanged(now);
      });
    } catch (error) {
      logger.error({ event: 'ws.error', err: error }, 'the access of a socket cannot be checked');
      // Who may come back is checked anew then; nobody goes on unchecked.
      end(CLOSE.unchecked);
    }
  }

  #become(caller: Caller): void {
    this.#caller = caller;
    this.#options.clock.clearTimeout(this.#expiry);
    if (caller.expiresAt !== undefined) this.#watchExpiry(caller.expiresAt);
  }

  /** Looked at again and again: a timer has a longest time, clocks are set, computers sleep. */
  #watchExpiry(expiresAt: number): void {
    const { clock, end } = this.#options;
    const left = expiresAt - clock.wall();
    if (left <= 0) {
      end(CLOSE.tokenExpired);
      return;
    }
    this.#expiry = clock.setTimeout(
      () => this.#watchExpiry(expiresAt),
      Math.min(left, DEFAULTS.wsExpiryCheckMs),
    );
  }
}
