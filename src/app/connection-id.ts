import { createHash } from 'node:crypto';

/** Of this product: ids derived from names in other programs never meet ours. */
const NAMESPACE = Buffer.from('5d1f2c0a8f6e4b63a7c1e0947b2d8f35', 'hex');
const UUID_BYTES = 16;

/**
 * The id of a connection that has only a name: a UUID version 5 (RFC 9562 section 5.5), so that it is the
 * same after each start. Names compare in Unicode normalisation form C, capitals matter.
 */
export function connectionId(name: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(name.normalize('NFC')).digest();
  const bytes = hash.subarray(0, UUID_BYTES);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/**
 * A UUID as ids are compared: lower case, with hyphens (RFC 9562 section 4). Also takes capitals, braces
 * around it, no hyphens at all, and `urn:uuid:` in front; undefined for any other text.
 */
export function canonicalUuid(text: string): string | undefined {
  const bare = /^(?:urn:uuid:)?(?:\{([^{}]+)\}|([^{}]+))$/i.exec(text);
  const uuid = (bare?.[1] ?? bare?.[2] ?? '').toLowerCase();
  const groups = /^([0-9a-f]{8})(-?)([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{12})$/;
  return groups.test(uuid) ? uuid.replace(groups, '$1-$3-$4-$5-$6') : undefined;
}
