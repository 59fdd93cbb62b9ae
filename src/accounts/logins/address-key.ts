import { isIPv6 } from 'node:net';

/**
 * What counts as one address among the failures of logins: IPv4 by itself, also within IPv6
 * (RFC 4291 section 2.5.5.2); of IPv6 the first 64 bits, since one customer has all of those behind.
 */
export function addressKey(address: string): string {
  const bare = address.replace(/%.*$/s, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(bare)) return bare.slice(0, 64);
  const [head = '', tail] = bare.split('::');
  const groups = (text: string): string[] => text.split(':').filter((one) => one !== '');
  const first = groups(head);
  // A dotted quad at the end stands for two groups; it lies behind the first 64 bits.
  const last = groups(tail ?? '').flatMap((one) => (one.includes('.') ? ['0', '0'] : [one]));
  const missing = tail === undefined ? 0 : 8 - first.length - last.length;
  const all = [...first, ...Array.from({ length: missing }, () => '0'), ...last];
  const network = all.slice(0, 4).map((one) => Number.parseInt(one, 16).toString(16));
  return `${network.join(':')}::/64`;
}
