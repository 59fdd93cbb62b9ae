import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';

describe('what an inspector sees', () => {
  it.each([
    'password',
    'smb_password',
    'secretKey',
    'secret',
    'token',
    'credentials',
    'logon',
    'key',
    'accessKey',
    'Authorization',
    'ticket',
  ])('has nothing that stands under %s', (name) => {
    const shown = redact({ deep: [{ [name]: { inner: 'QZsecretQZ' } }, { [name]: 'QZ' }] });
    expect(JSON.stringify(shown)).not.toContain('QZ');
    expect(redact({ [name]: true })).toEqual({ [name]: true });
  });

  it('has no password of an address', () => {
    expect(redact({ at: 'smb://alice:s3/cret@nas/data' })).toEqual({ at: 'smb://alice@nas/data' });
  });

  it('has everything else as JSON can have it', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;
    const value = {
      id: 10n ** 20n,
      when: new Date(0),
      bytes: new Uint8Array(3),
      map: new Map([['a', 1]]),
      failure: Object.assign(new Error('no'), { code: 'not_found' }),
      run: function run() {},
      circle,
      hidden: { toJSON: () => ({ shown: 1, password: 'QZ' }) },
      broken: {
        get it(): never {
          throw new Error('no');
        },
      },
    };
    expect(redact(value)).toEqual({
      id: '100000000000000000000',
      when: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
      map: [['a', 1]],
      failure: { name: 'Error', code: 'not_found', message: 'no' },
      run: { type: 'run' },
      circle: { name: 'circle', self: '[circular]' },
      hidden: { shown: 1, password: '[redacted]' },
      broken: '[unreadable]',
    });
  });

  it('ends, however deep or wide the value is', () => {
    let deep: object = {};
    for (let level = 0; level < 10_000; level += 1) deep = { deep };
    expect(JSON.stringify(redact(deep)).length).toBeLessThan(200);
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`m${index}`, 1]));
    expect(Object.keys(redact(wide) as object).length).toBeLessThan(300);
    expect(redact(Array.from({ length: 10_000 }, () => 1))).toHaveLength(201);
  });

  it('can always be written as JSON', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withMap: true, withDate: true }), (value) => {
        expect(() => JSON.stringify(redact(value))).not.toThrow();
      }),
    );
  });

  it('hides where things lie on this machine, not what they are called', () => {
    expect(redact({ path: '/var/lib/tidewatch/x', other: 'C:\\data\\x' })).toEqual({
      ...{ path: '[place]', other: '[place]' },
    });
    expect(redact({ path: 'reports/2026', root: '/', type: 'a / b' })).toEqual({
      ...{ path: 'reports/2026', root: '/', type: 'a / b' },
    });
  });
});
