import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AesCmac } from './cmac.ts';

const KEY = Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex');

/** RFC 4493 word for word: block after block through the bare cipher. */
function plainCmac(message: Buffer): Buffer {
  const { k1, k2 } = new AesCmac(KEY);
  const count = Math.max(1, Math.ceil(message.length / 16));
  const padded = Buffer.alloc(count * 16);
  message.copy(padded);
  const whole = message.length === padded.length;
  if (!whole) padded.writeUInt8(0x80, message.length);
  let state = Buffer.alloc(16);
  for (let at = 0; at < padded.length; at += 16) {
    const last = at + 16 === padded.length;
    const mixed = Buffer.from(state);
    for (let i = 0; i < 16; i++) {
      const subkey = last ? (whole ? k1 : k2).readUInt8(i) : 0;
      mixed.writeUInt8(state.readUInt8(i) ^ padded.readUInt8(at + i) ^ subkey, i);
    }
    state = Buffer.from(createCipheriv('aes-128-ecb', KEY, null).update(mixed));
  }
  return state;
}

describe('AES-CMAC', () => {
  const cmac = new AesCmac(KEY);

  it('agrees with the definition, whatever the length and however the message is cut', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 6 });
    fc.assert(
      fc.property(parts, (arrays) => {
        const buffers = arrays.map((bytes) => Buffer.from(bytes));
        expect(cmac.mac(buffers)).toEqual(plainCmac(Buffer.concat(buffers)));
      }),
    );
  });

  it('agrees with itself around the sizes where it changes its way of working', () => {
    for (const size of [1007, 1008, 1009, 1024, 8191, 8192, 8193, 8208, 20_000]) {
      const message = Buffer.alloc(size, 7);
      expect(cmac.mac([message])).toEqual(plainCmac(message));
      expect(cmac.mac([message.subarray(0, 77), message.subarray(77)])).toEqual(
        cmac.mac([message]),
      );
      expect(cmac.mac([message.subarray(0, size - 3), message.subarray(size - 3)])).toEqual(
        cmac.mac([message]),
      );
    }
  });
});
