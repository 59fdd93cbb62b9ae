import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditDetails, auditText } from './audit-details.ts';

describe('details for the audit log', () => {
  it.each([
    'password',
    'currentPassword',
    'passphrase',
    'secret',
    'secret_key',
    'client_secret',
    'token',
    'ticket',
    'api_key',
    'apiKey',
    'key',
    'private_key',
    'authorization',
    'cookie',
    'credentials',
  ])('hold nothing that stands under %s, at any depth', (name) => {
    const nested = auditDetails({ a: [{ [name]: 'hunter2' }], [name]: { deep: 'hunter2' } });
    expect(JSON.stringify(nested)).not.toContain('hunter2');
    expect(nested[name]).toBe('[redacted]');
  });

  it('keep ids, names and whether there is a secret', () => {
    const details = {
      ...{ token_id: 'a1', key_id: 'b2', has_password: true, secret_names: ['password'] },
      ...{ password: true, keys: ['retry.max_attempts'], role: 'admin' },
    };
    expect(auditDetails(details)).toEqual(details);
  });

  it('hold no password of a location', () => {
    const details = auditDetails({ at: 'smb://alice:hunter2@nas/projects and smb://bob@nas' });
    expect(details).toEqual({ at: 'smb://alice@nas/projects and smb://bob@nas' });
    expect(auditText('redis://:hunter2@host')).toBe('redis://@host');
  });

  it('are bounded, and can always be stored', () => {
    const property = fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify(auditDetails(value));
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
      expect(text).not.toContain('\\u0000');
    });
    fc.assert(property);
    const large = auditDetails({ names: 'x'.repeat(10_000), count: 1 });
    expect(large).toEqual({ truncated: true, names: ['names', 'count'] });
  });

  it('hold no bytes', () => {
    expect(auditDetails({ file: Buffer.from('hunter2') })).toEqual({ file: '[redacted]' });
  });
});
