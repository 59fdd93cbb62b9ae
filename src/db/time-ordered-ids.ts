import { randomBytes } from 'node:crypto';

/** Bits of a UUID of version 7 that count ids of one millisecond (RFC 9562 section 6.2, method 1). */
const COUNTER_LIMIT = 0x1000;

/**
 * Makes UUIDs of version 7 (RFC 9562 section 5.7), each greater than the one before, also when the
 * clock is set back.
 *
 * @param wall Milliseconds since 1970.
 */
export function timeOrderedIds(wall: () => number): () => string {
  let time = 0;
  let counter = 0;
  return () => {
    const now = Math.floor(wall());
    if (now > time) {
      time = now;
      counter = 0;
    } else if (++counter === COUNTER_LIMIT) {
      // More than 4,096 in one millisecond: time is borrowed from the next.
      time++;
      counter = 0;
    }
    const bytes = randomBytes(16);
    bytes.writeUIntBE(time, 0, 6);
    bytes.writeUInt16BE(0x7000 | counter, 6);
    bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
    const hex = bytes.toString('hex');
    const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
    return [...parts, hex.slice(20)].join('-');
  };
}
