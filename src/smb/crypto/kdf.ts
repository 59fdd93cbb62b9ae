import { createHmac } from 'node:crypto';

/**
 * SP 800-108 in counter mode with HMAC-SHA256 and r = 32, as MS-SMB2 3.1.4.2 uses it. One round is
 * enough for the 128 or 256 bits ever asked for.
 *
 * `label` and `context` include their trailing NUL where the specification prints one.
 */
export function deriveKey(
  key: Buffer,
  label: Buffer | string,
  context: Buffer | string,
  bits: 128 | 256,
): Buffer {
  const counter = Buffer.from([0, 0, 0, 1]);
  const separator = Buffer.alloc(1);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bits);
  const digest = createHmac('sha256', key)
    .update(counter)
    .update(label)
    .update(separator)
    .update(context)
    .update(length)
    .digest();
  return Buffer.from(digest.subarray(0, bits / 8));
}
