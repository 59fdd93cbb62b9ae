import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustedProxies } from './proxies.ts';
import type { RequestSource } from './proxies.ts';

const sourceOf = (
  trusted: readonly string[],
  remoteAddress: string,
  headers: IncomingMessage['headers'] = {},
): RequestSource => {
  const request = { headers: { host: 'inside', ...headers }, socket: { remoteAddress } };
  return new TrustedProxies(trusted).source(request as IncomingMessage);
};
const FORWARDED = {
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'files.example',
};

describe('a request', () => {
  it('is believed nothing about where it comes from', () => {
    expect(sourceOf([], '192.0.2.1', FORWARDED)).toEqual({
      ...{ address: '192.0.2.1', secure: undefined, host: 'inside' },
    });
    expect(sourceOf(['10.0.0.1'], '192.0.2.1', FORWARDED).address).toBe('192.0.2.1');
  });

  it('is where a trusted proxy says', () => {
    expect(sourceOf(['10.0.0.0/8'], '10.1.2.3', FORWARDED)).toEqual({
      ...{ address: '203.0.113.7', secure: true, host: 'files.example' },
    });
    const plain = { ...FORWARDED, 'x-forwarded-proto': 'http' };
    expect(sourceOf(['10.0.0.0/8'], '10.1.2.3', plain).secure).toBe(false);
  });

  it.each([
    ['203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['198.51.100.1, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['10.0.0.9, 10.0.0.2', '10.0.0.9'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['203.0.113.7, unknown', '10.0.0.1'],
    ['203.0.113.7, <script>, 10.0.0.2', '10.0.0.2'],
    ['', '10.0.0.1'],
    [', ,', '10.0.0.1'],
  ])('that names %j comes from %s', (header, address) => {
    const source = sourceOf(['10.0.0.0/8'], '::ffff:10.0.0.1', { 'x-forwarded-for': header });
    expect(source.address).toBe(address);
  });

  it('comes from nobody that a client made up in front of what a proxy wrote', () => {
    const names = fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: 'grapheme-ascii' })));
    fc.assert(
      fc.property(names, (invented) => {
        const header = [...invented, '203.0.113.7'].join(', ');
        const source = sourceOf(['10.0.0.1'], '10.0.0.1', { 'x-forwarded-for': header });
        expect(source.address).toBe('203.0.113.7');
      }),
    );
  });

  it('of IPv6 is trusted by networks, too', () => {
    expect(sourceOf(['fd00::/8'], 'fd12::1', FORWARDED).address).toBe('203.0.113.7');
    expect(sourceOf(['::1'], '::1', FORWARDED).address).toBe('203.0.113.7');
    expect(sourceOf(['fd00::/8'], 'fe80::1%eth0', FORWARDED).address).toBe('fe80::1');
  });
});

describe('a trusted proxy', () => {
  it.each(['proxy', '10.0.0.0/33', '::1/129', '10.0.0.0/8/8', '10.0.0.0/x', '10.0.0.0/', ''])(
    'is an address or a network, not %j',
    (text) => {
      const error = expect.objectContaining({ code: 'invalid_argument' }) as Error;
      expect(() => new TrustedProxies([text])).toThrow(error);
    },
  );
});
