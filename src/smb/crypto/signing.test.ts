import { createCipheriv, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigner, verifySignature } from './signing.ts';
import type { SigningAlgorithmName } from './signing.ts';

const ALGORITHMS = ['hmac-sha256', 'aes-cmac', 'aes-gmac'] as const;
const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const REQUEST = { response: false, cancel: false };

function messageOf(size: number): Buffer {
  const message = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7) & 0xff));
  return message.fill(0, 48, 64);
}

function signed(algorithm: SigningAlgorithmName, size: number): Buffer {
  const message = messageOf(size);
  createSigner(algorithm, KEY).sign([message], 5, REQUEST).copy(message, 48);
  return message;
}

describe.each(ALGORITHMS)('signing with %s', (algorithm) => {
  const signer = createSigner(algorithm, KEY);

  it('gives 16 bytes that do not depend on how the message is cut', () => {
    for (const size of [64, 65, 128, 4096, 4097, 100_000]) {
      const message = messageOf(size);
      const whole = signer.sign([message], 5, REQUEST);
      expect(whole).toHaveLength(16);
      for (const cut of [64, 65, size]) {
        const parts = [message.subarray(0, cut), message.subarray(cut)];
        expect(signer.sign(parts, 5, REQUEST)).toEqual(whole);
      }
      const three = [message.subarray(0, 64), message.subarray(64, 64), message.subarray(64)];
      expect(signer.sign(three, 5, REQUEST)).toEqual(whole);
    }
  });

  it('accepts its own signature and changes nothing in the message', () => {
    const message = signed(algorithm, 200);
    const before = Buffer.from(message);
    expect(verifySignature(signer, [message], 5, REQUEST)).toBe(true);
    expect(message).toEqual(before);
  });

  it('refuses a message of which any one bit was changed', () => {
    const message = signed(algorithm, 80);
    for (let bit = 0; bit < message.length * 8; bit++) {
      const damaged = Buffer.from(message);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(verifySignature(signer, [damaged], 5, REQUEST)).toBe(false);
    }
  });

  it('refuses a message that is longer, shorter or shorter than a header', () => {
    const message = signed(algorithm, 80);
    expect(verifySignature(signer, [message, Buffer.alloc(1)], 5, REQUEST)).toBe(false);
    expect(verifySignature(signer, [message.subarray(0, 79)], 5, REQUEST)).toBe(false);
    expect(verifySignature(signer, [message.subarray(0, 63)], 5, REQUEST)).toBe(false);
    expect(verifySignature(signer, [], 5, REQUEST)).toBe(false);
  });

  it('refuses the signature of another key', () => {
    const other = createSigner(algorithm, Buffer.alloc(16, 1));
    expect(verifySignature(other, [signed(algorithm, 80)], 5, REQUEST)).toBe(false);
  });

  it('copies the key', () => {
    const key = Buffer.from(KEY);
    const early = createSigner(algorithm, key);
    key.fill(0);
    expect(verifySignature(early, [signed(algorithm, 80)], 5, REQUEST)).toBe(true);
  });

  it('shows no key to an inspection', () => {
    expect(JSON.stringify(signer)).toBe(`{"algorithm":"${algorithm}"}`);
  });
});

describe('the nonce of AES-GMAC', () => {
  const signer = createSigner('aes-gmac', KEY);
  const message = messageOf(100);

  function gmac(nonce: string): Buffer {
    const cipher = createCipheriv('aes-128-gcm', KEY, Buffer.from(nonce, 'hex'));
    cipher.setAAD(message).final();
    return cipher.getAuthTag();
  }

  it('holds the message id, the direction and whether it is a CANCEL', () => {
    const flags = { response: false, cancel: true };
    expect(signer.sign([message], 1, REQUEST)).toEqual(gmac('010000000000000000000000'));
    expect(signer.sign([message], 1, flags)).toEqual(gmac('010000000000000002000000'));
    const response = { response: true, cancel: false };
    expect(signer.sign([message], 1, response)).toEqual(gmac('010000000000000001000000'));
  });

  it('takes message ids above 32 bits and the one of unsolicited messages', () => {
    const large = 0x12_3456_789a;
    expect(signer.sign([message], large, REQUEST)).toEqual(gmac('9a7856341200000000000000'));
    expect(signer.sign([message], -1, REQUEST)).toEqual(gmac('ffffffffffffffff00000000'));
  });
});

describe('signing with hmac-sha256', () => {
  it('takes the first half of the code', () => {
    const message = messageOf(90);
    const code = createHmac('sha256', KEY).update(message).digest().subarray(0, 16);
    expect(createSigner('hmac-sha256', KEY).sign([message], 9, REQUEST)).toEqual(code);
  });
});
