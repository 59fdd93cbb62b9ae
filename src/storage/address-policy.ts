import { BlockList, isIP } from 'node:net';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** Which addresses a server may be asked to connect to by somebody who is not its operator. */
export interface AddressPolicy {
  /** This machine, under each of its addresses: what listens here trusts those who are here. */
  readonly allowLoopback: boolean;
  /** Networks of houses and companies (RFC 1918, RFC 6598, RFC 4193). */
  readonly allowPrivate: boolean;
}

type Subnet = readonly [address: string, prefix: number];

/** Always refused: what answers there gives secrets away, or nothing can answer there. */
const NEVER: readonly Subnet[] = [
  // "This network" and unspecified: many systems take 0.0.0.0 for this machine (RFC 1122 3.2.1.3).
  ['0.0.0.0', 8],
  // Link-local (RFC 3927), where clouds tell their machines secrets: 169.254.169.254.
  ['169.254.0.0', 16],
  // Such services of Alibaba, Azure and Oracle elsewhere.
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
  // Multicast, reserved and broadcast (RFC 5771, RFC 1112 section 4).
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['fe80::', 10],
  // Site-local, deprecated by RFC 3879.
  ['fec0::', 10],
  ['ff00::', 8],
  // Of AWS.
  ['fd00:ec2::', 32],
  // Of Google.
  ['fd20:ce::254', 128],
];

const LOOPBACK: readonly Subnet[] = [
  ['127.0.0.0', 8],
  ['::1', 128],
];

const PRIVATE: readonly Subnet[] = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['fc00::', 7],
];

const never = listOf(NEVER);
const loopback = listOf(LOOPBACK);
const privates = listOf(PRIVATE);

/**
 * Why a policy refuses an address; undefined when it admits it. `own` are the addresses of this machine.
 * IPv4 addresses that are written inside of IPv6 ones count as what they are.
 */
export function refusalOf(
  address: string,
  policy: AddressPolicy,
  own: readonly string[],
): TidewatchError | undefined {
  for (const one of [address, ...embeddedIpv4(address)]) {
    const why = kindOf(one, policy, own);
    if (why !== undefined) {
      return new TidewatchError('address_forbidden', `${address} is ${why}`);
    }
  }
  return undefined;
}

function kindOf(
  address: string,
  policy: AddressPolicy,
  own: readonly string[],
): string | undefined {
  if (isIP(address) === 0) return 'no address';
  if (isIn(never, address)) return 'an address that nobody may connect to from here';
  if (!policy.allowLoopback && (isIn(loopback, address) || own.includes(bare(address)))) {
    return 'an address of this machine, which the settings do not allow';
  }
  // One's own address in a private network is this machine, which is allowed here.
  if (!policy.allowPrivate && isIn(privates, address) && !own.includes(bare(address))) {
    return 'an address of a private network, which the settings do not allow';
  }
  return undefined;
}

/**
 * IPv4 addresses that packets to this IPv6 address may reach: mapped and compatible (RFC 4291 2.5.5),
 * NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo with its inverted client (RFC 4380).
 */
function embeddedIpv4(address: string): readonly string[] {
  if (isIP(address) !== 6) return [];
  const words = wordsOf(bare(address));
  const at = (index: number): number => words[index] ?? 0;
  const ipv4 = (high: number, low: number): string =>
    [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  const last = ipv4(at(6), at(7));
  const isZero = (from: number, to: number): boolean =>
    words.slice(from, to).every((word) => word === 0);
  if (isZero(0, 5) && (at(5) === 0xffff || at(5) === 0)) return isZero(5, 7) ? [] : [last];
  // ::ffff:0:0:0/96 of translators (RFC 2765).
  if (isZero(0, 4) && at(4) === 0xffff && at(5) === 0) return [last];
  if (at(0) === 0x64 && at(1) === 0xff9b) return [last];
  if (at(0) === 0x2002) return [ipv4(at(1), at(2))];
  if (at(0) === 0x2001 && at(1) === 0) {
    return [ipv4(at(2), at(3)), ipv4(at(6) ^ 0xffff, at(7) ^ 0xffff)];
  }
  return [];
}

/** The eight words of an IPv6 address in any of its spellings. */
function wordsOf(address: string): readonly number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (high: string | undefined, low: string | undefined): string =>
    (Number(high) * 256 + Number(low)).toString(16);
  const plain =
    dotted === null
      ? address
      : `${dotted[1] ?? ''}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [head = '', tail] = plain.split('::');
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  const front = parse(head);
  if (tail === undefined) return front;
  const back = parse(tail);
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
}

/** Without the zone of a link-local address. */
function bare(address: string): string {
  return address.replace(/%.*$/, '');
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(bare(address), isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function listOf(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) {
    list.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
