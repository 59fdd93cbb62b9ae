import { fit16 } from '../wire/layout.ts';
import { Reader } from '../wire/reader.ts';

/** Kinds of AV_PAIR (MS-NLMP 2.2.2.1). */
export const AvId = {
  EOL: 0,
  NETBIOS_COMPUTER_NAME: 1,
  NETBIOS_DOMAIN_NAME: 2,
  DNS_COMPUTER_NAME: 3,
  DNS_DOMAIN_NAME: 4,
  DNS_FOREST_NAME: 5,
  FLAGS: 6,
  TIMESTAMP: 7,
  SINGLE_HOST: 8,
  TARGET_NAME: 9,
  CHANNEL_BINDINGS: 10,
} as const;

/** Bit of `AvId.FLAGS`: the AUTHENTICATE message carries a MIC. */
export const AV_FLAG_MIC = 2;

export interface AvPair {
  readonly id: number;
  readonly value: Buffer;
}

/**
 * The pairs in front of the end mark; values are views. A list that simply ends without the mark is
 * taken too, one that ends within a pair throws `protocol_error`.
 */
export function decodeAvPairs(bytes: Buffer): AvPair[] {
  const reader = new Reader(bytes, 'NTLM target information');
  const pairs: AvPair[] = [];
  for (let at = 0; at < bytes.length;) {
    const id = reader.u16(at);
    const length = reader.u16(at + 2);
    if (id === AvId.EOL) break;
    pairs.push({ id, value: reader.slice(at + 4, length) });
    at += 4 + length;
  }
  return pairs;
}

/** The list with its end mark. */
export function encodeAvPairs(pairs: readonly AvPair[]): Buffer {
  const parts: Buffer[] = [];
  for (const { id, value } of [...pairs, { id: AvId.EOL, value: Buffer.alloc(0) }]) {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id, 0);
    head.writeUInt16LE(fit16(value.length, 'NTLM target information'), 2);
    parts.push(head, value);
  }
  return Buffer.concat(parts);
}

/**
 * The list the client signs (MS-NLMP 3.1.5.1.2): the server's pairs, the flag that says a MIC
 * follows, no channel bindings (SMB over TCP has no channel), the service asked for.
 */
export function clientAvPairs(server: readonly AvPair[], spn: string): AvPair[] {
  const replaced: readonly number[] = [AvId.FLAGS, AvId.CHANNEL_BINDINGS, AvId.TARGET_NAME];
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE((avFlags(server) | AV_FLAG_MIC) >>> 0);
  return [
    ...server.filter(({ id }) => !replaced.includes(id)),
    { id: AvId.FLAGS, value: flags },
    { id: AvId.CHANNEL_BINDINGS, value: Buffer.alloc(16) },
    { id: AvId.TARGET_NAME, value: Buffer.from(spn, 'utf16le') },
  ];
}

function avFlags(pairs: readonly AvPair[]): number {
  const value = avValue(pairs, AvId.FLAGS);
  return value === undefined ? 0 : new Reader(value, 'NTLM flags').u32(0);
}

export function avValue(pairs: readonly AvPair[], id: number): Buffer | undefined {
  return pairs.find((pair) => pair.id === id)?.value;
}

/** The server's clock as a FILETIME, where it sent one. */
export function avTimestamp(pairs: readonly AvPair[]): bigint | undefined {
  const value = avValue(pairs, AvId.TIMESTAMP);
  return value === undefined ? undefined : new Reader(value, 'NTLM timestamp').u64(0);
}

/** A name; undefined where the server sent none. */
export function avText(pairs: readonly AvPair[], id: number): string | undefined {
  const value = avValue(pairs, id);
  return value === undefined ? undefined : new Reader(value, 'NTLM name').utf16(0, value.length);
}
