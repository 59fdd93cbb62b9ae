import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deriveKey, formatSecretKey, parseSecretKey, secretKey } from './secret-key.ts';

describe('a secret key', () => {
  it('is written and read as base64, of either alphabet', () => {
    const bytes = Buffer.alloc(32, 0xfb);
    const key = secretKey(bytes);
    expect(parseSecretKey(formatSecretKey(key))).toEqual(key);
    expect(parseSecretKey(bytes.toString('base64url'))).toEqual(key);
  });

  it.each([
    ['empty', ''],
    ['too short', randomBytes(31).toString('base64')],
    ['too long', randomBytes(33).toString('base64')],
    ['hexadecimal', randomBytes(32).toString('hex')],
    ['no base64', '*'.repeat(43)],
  ])('is refused when it is %s, and not repeated', (_what, text) => {
    let message = '';
    try {
      parseSecretKey(text);
    } catch (error) {
      message = (error as Error).message;
      expect(error).toMatchObject({ code: 'secret_key_wrong' });
    }
    expect(message).toBe('the secret key is not the base64 of 32 bytes');
  });

  it('has an id that stays the same, and is none of its bytes', () => {
    const key = secretKey(Buffer.alloc(32, 7));
    expect(key.id).toBe(secretKey(Buffer.alloc(32, 7)).id);
    expect(key.id).not.toBe(secretKey(Buffer.alloc(32, 8)).id);
    expect(Buffer.from(key.bytes).toString('hex')).not.toContain(key.id);
  });

  it('keeps its bytes when those it was made from are wiped', () => {
    const bytes = Buffer.alloc(32, 7);
    const key = secretKey(bytes);
    bytes.fill(0);
    expect(key.bytes[0]).toBe(7);
  });

  it('derives keys of 32 bytes, another for each purpose, the same each time', () => {
    const key = secretKey(Buffer.alloc(32, 7));
    expect(deriveKey(key, 'a')).toHaveLength(32);
    expect(deriveKey(key, 'a')).toEqual(deriveKey(key, 'a'));
    expect(deriveKey(key, 'a')).not.toEqual(deriveKey(key, 'b'));
  });

  it('derives in less than a millisecond', () => {
    const key = secretKey(randomBytes(32));
    const started = performance.now();
    for (let round = 0; round < 200; round += 1) deriveKey(key, `purpose ${round}`);
    expect((performance.now() - started) / 200).toBeLessThan(1);
  });
});
