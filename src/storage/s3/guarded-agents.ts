import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import type { AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import { refusalOf } from '../address-policy.ts';
import type { AddressPolicy } from '../address-policy.ts';

/** The network as requests see it; tests bring their own. */
export interface S3Network {
  /** All addresses of a name. */
  readonly lookup: (
    host: string,
    callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
  ) => void;
  /** Of this machine. */
  readonly ownAddresses: () => readonly string[];
}

export const SYSTEM_NETWORK: S3Network = {
  lookup: (host, callback) => systemLookup(host, { all: true }, callback),
  ownAddresses: () =>
    Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []),
};

/**
 * Agents that keep sockets, and connect to no address that the policy refuses: a name is resolved once,
 * and what was checked is what is connected to.
 */
export function guardedAgents(
  options: AgentOptions,
  network: S3Network,
  policy: AddressPolicy | undefined,
): readonly [HttpAgent, HttpsAgent] {
  const refusal = (address: string): Error | undefined =>
    policy === undefined ? undefined : refusalOf(address, policy, network.ownAddresses());
  const lookup: LookupFunction = (host, { all }, callback) => {
    network.lookup(host, (error, addresses) => {
      const admitted = addresses?.filter(({ address }) => refusal(address) === undefined) ?? [];
      const [first] = admitted;
      if (error !== null || first === undefined) {
        const why = error ?? refusal(addresses[0]?.address ?? '') ?? noAddress(host);
        callback(why, '', 0);
      } else if (all === true) callback(null, [...admitted]);
      else callback(null, first.address, first.family);
    });
  };
  const agents = [
    new HttpAgent({ ...options, lookup }),
    new HttpsAgent({ ...options, lookup }),
  ] as const;
  for (const agent of agents) refuseLiterals(agent, refusal);
  return agents;
}

/** An address in place of a name is looked up by nobody. */
function refuseLiterals(agent: HttpAgent, refusal: (address: string) => Error | undefined): void {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const host = options.host ?? '';
    const why = isIP(host) === 0 ? undefined : refusal(host);
    if (why === undefined) return create(options, callback);
    // Told on a later tick, as every failure of a connection is.
    queueMicrotask(() => callback?.(why, undefined as never));
    return undefined;
  };
}

function noAddress(host: string): Error {
  return Object.assign(new Error(`There is no address of ${host}`), { code: 'ENOTFOUND' });
}
