import { isIP } from 'node:net';
import type { Clock } from '../actors/clock.ts';
import { DEFAULTS } from '../defaults.ts';
import type { SmbNetwork } from '../storage/smb/smb-link.ts';

/**
 * Addresses of servers, so that connections are shared by those whose names lead to one address, and by
 * nobody whose name leads elsewhere. The network may refuse an address; then there is none.
 */
export class Addresses {
  readonly #network: SmbNetwork;
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly address: string; readonly until: number }>();
  /** Asked for and not answered: a thousand who come at once ask once. */
  readonly #asking = new Map<string, Promise<string | undefined>>();

  constructor(network: SmbNetwork, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  /** At once where it is known; undefined when the name has none now, or is not answered in time. */
  of(host: string): string | Promise<string | undefined> {
    if (isIP(host) !== 0) return host;
    const known = this.#known.get(host);
    if (known !== undefined && known.until > this.#clock.now()) return known.address;
    let asking = this.#asking.get(host);
    if (asking === undefined) {
      asking = this.#ask(host).finally(() => this.#asking.delete(host));
      this.#asking.set(host, asking);
    }
    return asking;
  }

  async #ask(host: string): Promise<string | undefined> {
    const giveUp = new AbortController();
    let timer: unknown;
    const tooLate = new Promise<undefined>((resolve) => {
      timer = this.#clock.setTimeout(() => resolve(undefined), DEFAULTS.addressWaitMs);
    });
    try {
      const address = await Promise.race([this.#resolved(host, giveUp.signal), tooLate]);
      if (address === undefined) return undefined;
      if (this.#known.size >= DEFAULTS.addressesKnown) this.#known.clear();
      this.#known.set(host, { address, until: this.#clock.now() + DEFAULTS.addressKnownMs });
      return address;
    } finally {
      this.#clock.clearTimeout(timer);
      giveUp.abort();
    }
  }

  async #resolved(host: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      return await this.#network.resolve(host, signal);
    } catch {
      return undefined;
    }
  }
}
