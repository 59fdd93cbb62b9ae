import { describe, expect, it } from 'vitest';
import { Cipher, Dialect } from '../wire/negotiate.ts';
import { deriveSessionKeys } from './session-keys.ts';

const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const HASH = Buffer.alloc(64, 9);

describe('session keys', () => {
  it('are the session key itself before SMB 3', () => {
    for (const dialect of [Dialect.SMB202, Dialect.SMB210]) {
      const keys = deriveSessionKeys({ dialect, sessionKey: Buffer.concat([KEY, KEY]) });
      expect(keys).toEqual({ signingKey: KEY, applicationKey: KEY });
    }
  });

  it('pad a short session key with zeros', () => {
    const { signingKey } = deriveSessionKeys({
      dialect: Dialect.SMB210,
      sessionKey: KEY.subarray(0, 8),
    });
    expect(signingKey.toString('hex')).toBe('00010203040506070000000000000000');
  });

  it('use all of a long session key for AES-256 and the first 16 bytes for the rest', () => {
    const long = Buffer.concat([KEY, Buffer.alloc(16, 5)]);
    const derive = (sessionKey: Buffer, cipher: number): ReturnType<typeof deriveSessionKeys> =>
      deriveSessionKeys({ dialect: Dialect.SMB311, cipher, sessionKey, preauthHash: HASH });
    const narrow = derive(long, Cipher.AES128_GCM);
    expect(narrow).toEqual(derive(KEY, Cipher.AES128_GCM));
    expect(narrow.encryptionKey).toHaveLength(16);
    const wide = derive(long, Cipher.AES256_GCM);
    expect(wide.signingKey).toEqual(narrow.signingKey);
    expect(wide.encryptionKey).toHaveLength(32);
    expect(wide.encryptionKey).not.toEqual(derive(KEY, Cipher.AES256_GCM).encryptionKey);
    expect(wide.decryptionKey).not.toEqual(wide.encryptionKey);
  });

  it('hold no cipher keys where nothing can be encrypted', () => {
    const keys = deriveSessionKeys({ dialect: Dialect.SMB302, sessionKey: KEY });
    expect(Object.keys(keys)).toEqual(['signingKey', 'applicationKey']);
  });

  it('ignore the preauthentication hash before 3.1.1 and insist on it there', () => {
    const without = deriveSessionKeys({ dialect: Dialect.SMB300, sessionKey: KEY });
    const dialect = Dialect.SMB300;
    expect(deriveSessionKeys({ dialect, sessionKey: KEY, preauthHash: HASH })).toEqual(without);
    expect(() => deriveSessionKeys({ dialect: Dialect.SMB311, sessionKey: KEY })).toThrow(
      'preauthentication hash',
    );
  });
});
