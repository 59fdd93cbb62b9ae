import { describe, expect, it } from 'vitest';
import { ActorServices } from '../../test/support/actor-services.ts';
import type { SmbTarget } from '../storage/target.ts';
import { Places } from './places.ts';

type Wish = Partial<Omit<SmbTarget, 'logon'>> & { readonly logon?: SmbTarget['logon'] };

const LOGON = { username: 'alice', password: 'secret', domain: 'WORK' };

const target = (wish: Wish = {}): SmbTarget => ({
  ...{ type: 'smb', host: 'server', port: 445, share: 'data', logon: LOGON },
  ...wish,
});

describe('places', () => {
  it.each<[string, Wish]>([
    ['the same', {}],
    ['another case of the host', { host: 'SERVER' }],
    ['another case of the share', { share: 'Data' }],
    ['another case of the user', { logon: { ...LOGON, username: 'Alice' } }],
    ['another case of the domain', { logon: { ...LOGON, domain: 'work' } }],
  ])('are one place for those who name %s', (_, wish) => {
    const places = new Places(new ActorServices());
    expect(places.find(target(wish), undefined)).toBe(places.find(target(), undefined));
    expect(places.endpoints).toHaveLength(1);
  });

  it.each<[string, Wish]>([
    ['host', { host: 'other' }],
    ['port', { port: 1445 }],
    ['user', { logon: { ...LOGON, username: 'bob' } }],
    ['password', { logon: { ...LOGON, password: 'Secret' } }],
    ['domain', { logon: { ...LOGON, domain: 'HOME' } }],
    ['account, none at all', { logon: { anonymous: true } }],
    ['policy for guests', { logon: { ...LOGON, allowGuest: true } }],
    ['policy for signing', { requireSigning: true }],
    ['policy for encryption', { requireEncryption: true }],
  ])('share no connection with those who name another %s', (_, wish) => {
    const places = new Places(new ActorServices());
    const [one, other] = [places.find(target(), undefined), places.find(target(wish), undefined)];
    expect(other).not.toBe(one);
    expect(other.key).not.toBe(one.key);
    expect(other.turns).not.toBe(one.turns);
    expect(places.endpoints).toHaveLength(2);
  });

  it('on two shares of one server share the connections', () => {
    const places = new Places(new ActorServices());
    const [one, other] = [
      places.find(target(), undefined),
      places.find(target({ share: 'more' }), undefined),
    ];
    expect(other.key).not.toBe(one.key);
    expect(places.endpoints).toHaveLength(1);
  });

  it('are one place for all names of one address, where it is known', () => {
    const places = new Places(new ActorServices());
    const place = places.find(target({ host: 'server' }), '192.0.2.1');
    expect(places.find(target({ host: 'server.example.org' }), '192.0.2.1')).toBe(place);
    expect(places.find(target({ host: 'server' }), '192.0.2.2')).not.toBe(place);
  });

  it('tell no secret', () => {
    const places = new Places(new ActorServices());
    const { key, display } = places.find(
      target({ logon: { ...LOGON, password: 'hunter2' } }),
      undefined,
    );
    expect(`${key} ${display} ${places.endpoints[0]?.id}`).not.toContain('hunter2');
    expect(display).toBe('smb://server:445/data');
  });

  it('tell an empty password from none', () => {
    const places = new Places(new ActorServices());
    const empty = places.find(target({ logon: { username: 'alice', password: '' } }), undefined);
    expect(places.find(target({ logon: { username: 'alice' } }), undefined)).not.toBe(empty);
  });

  it('of this machine are one for each root', () => {
    const places = new Places(new ActorServices());
    const place = places.find({ type: 'local', root: '/srv/data' }, undefined);
    expect(places.find({ type: 'local', root: '/srv/data' }, undefined)).toBe(place);
    expect(places.find({ type: 'local', root: '/srv/DATA' }, undefined)).not.toBe(place);
    expect(place).toMatchObject({ kind: 'local', display: '/srv/data' });
    expect(places.endpoints).toHaveLength(0);
  });
});
