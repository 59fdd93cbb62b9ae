import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { KeyRing } from './key-ring.ts';
import { SecretBox, keyIdOf } from './secret-box.ts';
import { secretKey } from './secret-key.ts';

const KEY = secretKey(Buffer.alloc(32, 1));
const OTHER = secretKey(Buffer.alloc(32, 2));
const PLACE = { table: 'connection', column: 'secrets', row: 'a1' };
const box = new SecretBox(new KeyRing([KEY]));

function failure(work: () => unknown): TidewatchError {
  try {
    work();
  } catch (error) {
    if (error instanceof TidewatchError) return error;
    throw error;
  }
  throw new Error('it opened');
}

describe('what is sealed', () => {
  it('opens to the same bytes, whatever they are', () => {
    const open = fc.property(fc.uint8Array({ maxLength: 300 }), (plain) => {
      expect(box.open(box.seal(plain, PLACE), PLACE)).toEqual(Buffer.from(plain));
    });
    fc.assert(open);
    expect(box.openText(box.seal('pässwörd 🔑', PLACE), PLACE)).toBe('pässwörd 🔑');
  });

  it('has a nonce of its own each time, and nothing of the text', () => {
    const sealed = Array.from({ length: 200 }, () => box.seal('hunter2hunter2', PLACE));
    const nonces = new Set(sealed.map((one) => one.subarray(9, 21).toString('hex')));
    expect(nonces.size).toBe(200);
    expect(sealed.some((one) => one.includes('hunter2'))).toBe(false);
  });

  it('names its key without telling it', () => {
    const sealed = box.seal('x', PLACE);
    expect(keyIdOf(sealed)).toBe(KEY.id);
    expect(KEY.id).toMatch(/^[0-9a-f]{16}$/);
    expect(sealed.includes(Buffer.from(KEY.bytes).subarray(0, 8))).toBe(false);
  });

  it('opens out of a larger buffer, as a driver may hand it out', () => {
    const sealed = box.seal('x', PLACE);
    const large = Buffer.concat([randomBytes(7), sealed, randomBytes(7)]);
    const view = new Uint8Array(large.buffer, large.byteOffset + 7, sealed.byteLength);
    expect(box.openText(view, PLACE)).toBe('x');
  });

  it('opens no more after any one bit of it changed', () => {
    const sealed = box.seal('a password', PLACE);
    const property = fc.property(fc.nat(sealed.byteLength * 8 - 1), (bit) => {
      const altered = Buffer.from(sealed);
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      const { code } = failure(() => box.open(altered, PLACE));
      // Within the key id it names another key.
      expect(code).toBe(bit >= 8 && bit < 72 ? 'secret_key_missing' : 'secret_unreadable');
    });
    fc.assert(property);
  });

  it('opens no more when it was cut short anywhere, or when something follows', () => {
    const sealed = box.seal('a password', PLACE);
    for (let length = 0; length < sealed.byteLength; length += 1) {
      const { code } = failure(() => box.open(sealed.subarray(0, length), PLACE));
      expect(code).toBe('secret_unreadable');
    }
    const longer = Buffer.concat([sealed, Buffer.alloc(1)]);
    expect(failure(() => box.open(longer, PLACE)).code).toBe('secret_unreadable');
  });

  it.each([
    ['row', { ...PLACE, row: 'a2' }],
    ['column', { ...PLACE, column: 'config' }],
    ['table', { ...PLACE, table: 'system_setting' }],
  ])('does not open in another %s', (_what, place) => {
    const sealed = box.seal('a password', PLACE);
    expect(failure(() => box.open(sealed, place)).code).toBe('secret_unreadable');
  });

  it('takes no place whose names could be read in two ways', () => {
    expect(failure(() => box.seal('x', { ...PLACE, row: 'a\0b' })).code).toBe('invalid_argument');
    expect(failure(() => box.seal('x', { ...PLACE, column: '' })).code).toBe('invalid_argument');
  });

  it('says nothing of the secret or the key when it does not open', () => {
    const sealed = box.seal('hunter2', PLACE);
    const wrong = new SecretBox(new KeyRing([OTHER]));
    const error = failure(() => wrong.open(sealed, PLACE));
    expect(error.code).toBe('secret_key_missing');
    expect(error.message).toContain(KEY.id);
    expect(error.message).not.toContain('hunter2');
  });
});

describe('a ring of several keys', () => {
  it('opens what any of them sealed, and seals with the newest', () => {
    const old = new SecretBox(new KeyRing([KEY]));
    const sealed = old.seal('before', PLACE);
    const ring = new KeyRing([OTHER, KEY]);
    const both = new SecretBox(ring);
    expect(both.openText(sealed, PLACE)).toBe('before');
    expect(keyIdOf(both.seal('after', PLACE))).toBe(OTHER.id);
  });

  it('takes a newer key in while it is used', () => {
    const ring = new KeyRing([KEY]);
    const one = new SecretBox(ring);
    const sealed = one.seal('before', PLACE);
    ring.addNewest(OTHER);
    expect(ring.keys.map(({ id }) => id)).toEqual([OTHER.id, KEY.id]);
    expect(keyIdOf(one.seal('after', PLACE))).toBe(OTHER.id);
    expect(one.openText(sealed, PLACE)).toBe('before');
  });

  it('forgets the old ones when it is told to, and opens nothing of theirs any more', () => {
    const ring = new KeyRing([OTHER, KEY]);
    const one = new SecretBox(ring);
    const old = new SecretBox(new KeyRing([KEY])).seal('before', PLACE);
    expect(one.openText(old, PLACE)).toBe('before');
    ring.keepNewest();
    expect(failure(() => one.open(old, PLACE)).code).toBe('secret_key_missing');
    expect(one.openText(one.seal('after', PLACE), PLACE)).toBe('after');
  });

  it('derives each key once', () => {
    const ring = new KeyRing([KEY, KEY]);
    expect(ring.keys).toHaveLength(1);
    expect(ring.derived(KEY.id, 'a')).toBe(ring.derived(KEY.id, 'a'));
    expect(ring.derived(KEY.id, 'a')).not.toEqual(ring.derived(KEY.id, 'b'));
    expect(ring.derived(OTHER.id, 'a')).toBeUndefined();
  });

  it('is never empty', () => {
    expect(failure(() => new KeyRing([])).code).toBe('invalid_argument');
  });
});
