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

  constructor(network: SmbNetwork, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  /** At once where it is known; undefined when the name has none now, or is not answered in time. */
  of(host: string): string | Promise<string | undefined> {
    if (isIP(host) !== 0) return host;
    const known = this.#known.get(host);
    if (known !== undefined && known.until > this.#clock.now()) return known.address;
    return this.#ask(host);
  }

  async #ask(host: string): Promise<string | undefined> {
    const giveUp = new AbortController();
    let timer: unknown;
    const tooLate = new Promise<undefined>((resolve) => {
      timer = this.#clock.setTimeout(() => resolve(undefined), DEFAULTS.addressWaitMs);
    });
    try {
      const asked = this.#network.resolve(host, giveUp.signal).catch(() => undefined);
      const address = await Promise.race([asked, tooLate]);
      if (address === undefined) return undefined;
      if (this.#known.size >= DEFAULTS.addressesKnown) this.#known.clear();
      this.#known.set(host, { address, until: this.#clock.now() + DEFAULTS.addressKnownMs });
      return address;
    } finally {
      this.#clock.clearTimeout(timer);
      giveUp.abort();
    }
  }
}
