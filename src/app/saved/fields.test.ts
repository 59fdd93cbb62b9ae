import { describe, expect, it } from 'vitest';
import type { ConnectionFields } from '../service-face.ts';
import { applyFields } from './fields.ts';
import type { Draft } from './fields.ts';

const SMB: ConnectionFields = {
  ...{ name: 'nas', type: 'smb', host: 'NAS.example', share_name: 'data' },
  ...{ username: 'alice', password: 'secret', path_prefix: '/photos//2026/' },
};
const saved = (): Draft => applyFields(SMB, undefined);

const fault = (fields: ConnectionFields, before?: Draft): unknown => {
  try {
    return applyFields(fields, before);
  } catch (error) {
    return error;
  }
};

describe('the fields of a connection', () => {
  it('are kept in one spelling, the secret apart from the rest', () => {
    expect(saved()).toEqual({
      ...{ name: 'nas', type: 'smb', scope: 'private', secret: 'secret' },
      config: {
        ...{ host: 'nas.example', share_name: 'data', username: 'alice' },
        path_prefix: 'photos/2026',
      },
    });
  });

  it('stay as they were where a change says nothing, and go where it says null', () => {
    const changed = applyFields({ username: null, path_prefix: null, password: null }, saved());
    expect(changed.config).toEqual({ host: 'nas.example', share_name: 'data' });
    expect(changed.secret).toBeUndefined();
    expect(applyFields({ name: 'archive' }, saved())).toEqual({ ...saved(), name: 'archive' });
  });

  it.each([
    [{ host: undefined }, 'host'],
    [{ share_name: undefined }, 'share_name'],
    [{ name: undefined }, 'name'],
    [{ name: '  ' }, 'name'],
    [{ name: 'a\nb' }, 'name'],
    [{ name: 'x'.repeat(256) }, 'name'],
    [{ host: 'nas/share' }, 'host'],
    [{ host: 'user@nas' }, 'host'],
    [{ host: 'nas:445' }, 'host'],
    [{ host: '-nas' }, 'host'],
    [{ port: 0 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ port: 1.5 }, 'port'],
    [{ share_name: 'data/x' }, 'share_name'],
    [{ share_name: 'data\\x' }, 'share_name'],
    [{ path_prefix: '../up' }, 'path_prefix'],
    [{ password: 'x'.repeat(5_000) }, 'password'],
    [{ scope: 'everybody' }, 'scope'],
    [{ require_signing: 'yes' }, 'require_signing'],
    [{ bucket: 'photos' }, 'bucket'],
    [{ unknown: 1 }, 'unknown'],
    [{ type: 'ftp' }, 'type'],
    [{ type: undefined }, 'type'],
  ])('are refused in %j, by a sentence on %s', (change, field) => {
    const error = fault({ ...SMB, ...change } as ConnectionFields);
    expect(error).toMatchObject({ code: 'invalid_argument' });
    expect(Object.keys((error as { fields: object }).fields)).toContain(field);
    expect(String(error)).not.toContain('secret');
  });

  it('of another type may come as null, as from a form that has them all', () => {
    expect(applyFields({ ...SMB, bucket: null, root_path: null }, undefined)).toEqual(saved());
  });

  it.each([
    ['http://10.0.0.1:9000/', 'http://10.0.0.1:9000'],
    ['https://s3.example/base', 'https://s3.example/base'],
  ])('take an S3 service at %s', (endpoint, kept) => {
    const fields = { name: 's3', type: 's3', bucket: 'photos', endpoint } as const;
    expect(applyFields(fields, undefined).config['endpoint']).toBe(kept);
  });

  it.each(['ftp://x', 'nonsense', 'http://user:pass@host', 'http://host/?x=1', 'file:///etc'])(
    'take no S3 service at %s',
    (endpoint) => {
      const fields = { name: 's3', type: 's3', bucket: 'photos', endpoint } as const;
      expect(fault(fields)).toMatchObject({ fields: { endpoint: expect.any(String) as string } });
    },
  );
});

describe('a change that leads a stored secret elsewhere', () => {
  it.each([
    { host: 'evil.example' },
    { port: 4445 },
    { username: 'bob' },
    { domain: 'OTHER' },
    { username: null },
  ])('as in %j demands the secret anew', (change) => {
    expect(fault(change, saved())).toMatchObject({ code: 'secret_required' });
    expect(applyFields({ ...change, password: 'anew' }, saved()).secret).toBe('anew');
  });

  it.each([{ bucket: 'other' }, { endpoint: 'https://evil.example' }, { access_key: 'x' }])(
    'as in %j of an S3 service demands it, too',
    (change) => {
      const fields = { name: 's3', type: 's3', bucket: 'photos', secret_key: 'secret' } as const;
      const before = applyFields({ ...fields, endpoint: 'https://s3.example' }, undefined);
      expect(fault(change, before)).toMatchObject({ code: 'secret_required' });
    },
  );

  it('does not where it is sent more safely, and does where less', () => {
    const safer = applyFields({ require_encryption: true }, saved());
    expect(safer.secret).toBe('secret');
    expect(fault({ require_encryption: false }, safer)).toMatchObject({ code: 'secret_required' });
  });

  it('does not where nothing of it changes, or there is none', () => {
    expect(applyFields({ host: 'nas.EXAMPLE', share_name: 'other' }, saved()).secret).toBe(
      'secret',
    );
    const open = applyFields({ password: null }, saved());
    expect(applyFields({ host: 'elsewhere' }, open).config['host']).toBe('elsewhere');
  });
});
