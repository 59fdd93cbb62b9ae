import { BlockList, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** Where a request comes from, and where it was sent to, as far as that can be believed. */
export interface RequestSource {
  /** Of the client; of the last proxy that is not trusted. */
  readonly address: string;
  /** It came through TLS; undefined when nobody who is believed says so. */
  readonly secure: boolean | undefined;
  /** Name and port that the client asked for. */
  readonly host: string | undefined;
}

/** Proxies whose word counts about those that they speak for. */
export class TrustedProxies {
  /** As they were given. */
  readonly named: readonly string[];
  readonly #list = new BlockList();

  /**
   * @param trusted addresses and networks such as `10.0.0.0/8`.
   * @throws TidewatchError `invalid_argument` for one that is neither.
   */
  constructor(trusted: readonly string[]) {
    this.named = trusted;
    for (const one of trusted) this.#add(one);
  }

  /**
   * Walks `X-Forwarded-For` from its end, where the nearest proxy wrote, for as long as what speaks is
   * trusted; everything further left anybody may have written.
   */
  source(request: IncomingMessage): RequestSource {
    const { headers, socket } = request;
    const peer = plainAddress(socket.remoteAddress ?? '');
    if (!this.#trusts(peer)) {
      return {
        address: peer,
        secure: 'encrypted' in socket ? true : undefined,
        host: headers.host,
      };
    }
    let address = peer;
    for (const hop of listed(headers['x-forwarded-for']).toReversed()) {
      const next = addressOfHop(hop);
      if (next === undefined) break;
      address = next;
      if (!this.#trusts(address)) break;
    }
    const proto = listed(headers['x-forwarded-proto']).at(-1)?.toLowerCase();
    return {
      address,
      secure: proto === undefined ? undefined : proto === 'https' || proto === 'wss',
      host: listed(headers['x-forwarded-host']).at(-1) ?? headers.host,
    };
  }

  #trusts(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }

  #add(text: string): void {
    const [address = '', bits, more] = text.split('/');
    const plain = plainAddress(address);
    const family = isIP(plain);
    const most = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
    if (family === 0 || more !== undefined || prefix > most) {
      throw new TidewatchError(
        'invalid_argument',
        `${text} is neither an address nor a network such as 10.0.0.0/8`,
      );
    }
    this.#list.addSubnet(plain, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** An IPv4 address that a socket for both families shows as `::ffff:192.0.2.1`, and no zone. */
function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return mapped ?? bare;
}

/** One member of `X-Forwarded-For`: an address, which some proxies send with a port. */
function addressOfHop(hop: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
  const address = plainAddress(bare);
  return isIP(address) === 0 ? undefined : address;
}

function listed(header: string | readonly string[] | undefined): string[] {
  if (header === undefined) return [];
  const text = typeof header === 'string' ? header : header.join(',');
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
