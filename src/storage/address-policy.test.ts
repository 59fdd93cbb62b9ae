import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalOf } from './address-policy.ts';

const ALL = { allowLoopback: true, allowPrivate: true };
const LAN = { allowLoopback: false, allowPrivate: true };
const WORLD = { allowLoopback: false, allowPrivate: false };
const OWN = ['192.168.1.10', '2001:db8::10', '203.0.113.7'];

const isAdmitted = (address: string, policy = ALL): boolean =>
  refusalOf(address, policy, OWN) === undefined;

describe('what users name is connected to', () => {
  it.each([
    ...['169.254.169.254', '169.254.0.1', '0.0.0.0', '0.1.2.3', '224.0.0.1', '239.255.255.250'],
    ...['255.255.255.255', '240.0.0.1', '100.100.100.200', '168.63.129.16', '::', 'fe80::1'],
    ...['fe80::1%eth0', 'ff02::1', 'fd00:ec2::254', 'fd20:ce::254', 'fec0::1'],
  ])('never at %s', (address) => {
    expect(refusalOf(address, ALL, [])).toMatchObject({ code: 'address_forbidden' });
  });

  it.each([
    ...['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:a9fe:a9fe'],
    ...['::169.254.169.254', '64:ff9b::169.254.169.254', '64:ff9b::a9fe:a9fe'],
    ...['2002:a9fe:a9fe::1', '2001:0:a9fe:a9fe::1', '2001:0:102:304:0:0:5601:5601'],
    ...['64:ff9b:1::a9fe:a9fe', '::ffff:0:169.254.169.254', '::ffff:0.0.0.0'],
  ])('never at %s, in which such an address is hidden', (address) => {
    expect(isAdmitted(address)).toBe(false);
  });

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::7f00:1', ...OWN])(
    'at %s, which is this machine, only where that is allowed',
    (address) => {
      expect(isAdmitted(address, LAN)).toBe(false);
      expect(isAdmitted(address, ALL)).toBe(true);
    },
  );

  it.each(['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1', 'fd12::1'])(
    'at %s of a private network only where that is allowed',
    (address) => {
      expect(isAdmitted(address, WORLD)).toBe(false);
      expect(isAdmitted(address, LAN)).toBe(true);
    },
  );

  it.each(['8.8.8.8', '172.32.0.1', '192.169.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'at %s of the world',
    (address) => {
      expect(isAdmitted(address, WORLD)).toBe(true);
    },
  );

  it('at nothing that is no address', () => {
    for (const text of ['', 'localhost', '127.1', '0x7f000001', '2130706433', '[::1]']) {
      expect(isAdmitted(text)).toBe(false);
    }
  });

  it('in whatever form an address is written', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
        const high = (a * 256 + b).toString(16);
        const low = (c * 256 + d).toString(16);
        for (const policy of [ALL, LAN, WORLD]) {
          const plain = isAdmitted(address, policy);
          for (const mapped of [`::ffff:${address}`, `::ffff:${high}:${low}`]) {
            expect(isAdmitted(mapped, policy)).toBe(plain);
          }
          if (!plain) expect(isAdmitted(`64:ff9b::${high}:${low}`, policy)).toBe(false);
        }
      }),
    );
    fc.assert(fc.property(fc.ipV6(), (address) => void isAdmitted(address)));
  });
});
