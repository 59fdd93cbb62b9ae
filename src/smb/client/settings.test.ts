import { describe, expect, it } from 'vitest';
import { Cipher, Dialect } from '../wire/negotiate.ts';
import { settingsFrom } from './settings.ts';

const invalid = expect.objectContaining({ code: 'invalid_argument' }) as Error;

describe('the settings of a connection', () => {
  it('offer everything by default, the strongest cipher first', () => {
    const settings = settingsFrom({});
    const { SMB202, SMB210, SMB300, SMB302, SMB311 } = Dialect;
    expect(settings.dialects).toEqual([SMB202, SMB210, SMB300, SMB302, SMB311]);
    expect(settings.ciphers).toEqual([
      Cipher.AES256_GCM,
      Cipher.AES128_GCM,
      Cipher.AES256_CCM,
      Cipher.AES128_CCM,
    ]);
    expect(settings).toMatchObject({ signing: 'auto', encryption: 'auto', timeoutMs: 60_000 });
    expect(settings.clientGuid).toHaveLength(16);
  });

  it('narrow the dialects to a range', () => {
    const { dialects } = settingsFrom({ dialects: { min: '3.0', max: '3.0.2' } });
    expect(dialects).toEqual([Dialect.SMB300, Dialect.SMB302]);
    expect(() => settingsFrom({ dialects: { min: '3.1.1', max: '2.1' } })).toThrow(invalid);
  });

  it('refuse values that cannot work', () => {
    expect(() => settingsFrom({ timeoutMs: 0 })).toThrow(invalid);
    expect(() => settingsFrom({ timeoutMs: -1 })).toThrow(invalid);
    expect(() => settingsFrom({ timeoutMs: Number.NaN })).toThrow(invalid);
    expect(() => settingsFrom({ echoAfterMs: 2 ** 31 })).toThrow(invalid);
    expect(() => settingsFrom({ clientGuid: Buffer.alloc(15) })).toThrow(invalid);
    expect(() => settingsFrom({ ciphers: ['rot13' as 'aes-128-gcm'] })).toThrow(invalid);
    expect(() => settingsFrom({ dialects: { max: '1.0' as '2.1' } })).toThrow(invalid);
  });
});
