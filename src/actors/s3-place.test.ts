import { describe, expect, it } from 'vitest';
import { ActorServices } from '../../test/support/actor-services.ts';
import { FakeS3, sendPage } from '../../test/support/fake-s3.ts';
import type { S3Target } from '../storage/target.ts';
import type { LinkUser } from './connection-actor.ts';
import { Places } from './places.ts';
import type { S3Place } from './s3-place.ts';

const TARGET: S3Target = {
  ...{ type: 's3', bucket: 'photos', endpoint: 'http://127.0.0.1:1', region: 'eu-1' },
  ...{ accessKey: 'KEY', secretKey: 'QZsecretQZ', sessionToken: 'QZtokenQZ' },
};

function newUser(): LinkUser & { ready: number } {
  const user = {
    ready: 0,
    linkReady: (): void => void (user.ready += 1),
    linkTrouble: (): void => undefined,
    linkFailed: (): void => undefined,
  };
  return user;
}

describe('the place of a bucket', () => {
  it('is one for those who mean the same, and tells no secret', () => {
    const places = new Places(new ActorServices());
    const place = places.find(TARGET, undefined);
    expect(places.find({ ...TARGET }, undefined)).toBe(place);
    expect(`${place.key} ${place.display}`).not.toContain('QZ');
    expect(place).toMatchObject({ kind: 's3', display: 's3://photos?endpoint=http://127.0.0.1:1' });
  });

  it.each<[string, Partial<S3Target>]>([
    ['bucket', { bucket: 'other' }],
    ['endpoint', { endpoint: 'http://127.0.0.1:2' }],
    ['region', { region: 'eu-2' }],
    ['style', { pathStyle: true }],
    ['access key', { accessKey: 'OTHER' }],
    ['secret key', { secretKey: 'other' }],
    ['session token', { sessionToken: 'other' }],
    ['policy', { addresses: { allowLoopback: false, allowPrivate: false } }],
  ])('is another one for those who name another %s', (_, wish) => {
    const places = new Places(new ActorServices());
    const [one, other] = [TARGET, { ...TARGET, ...wish }].map((target) =>
      places.find(target, undefined),
    );
    expect(other).not.toBe(one);
    expect(other?.key).not.toBe(one?.key);
  });

  it('holds its sockets as long as somebody uses it, and a little longer', async () => {
    await using fake = await FakeS3.start((_, response) => sendPage(response, {}));
    const services = new ActorServices({ limits: { connectionLingerMs: 1000 } });
    const places = new Places(services);
    const place = places.find(fake.target, undefined) as S3Place;
    const [one, other] = [newUser(), newUser()];
    place.attach(one);
    place.attach(other);
    await services.pass(0);
    expect([one.ready, other.ready]).toEqual([1, 1]);
    const leases = await Promise.all([place.open(), place.open()]);
    expect(leases[0].storage).toBe(leases[1].storage);
    await leases[0].storage.stat('');
    expect(place.sockets).toBe(1);
    for (const user of [one, other]) place.detach(user);
    await services.pass(900);
    place.attach(one);
    place.detach(one);
    await services.pass(900);
    expect(places.find(fake.target, undefined)).toBe(place);
    await services.pass(200);
    await expect.poll(() => place.sockets).toBe(0);
    expect(places.find(fake.target, undefined)).not.toBe(place);
    await expect(leases[0].storage.stat('')).rejects.toMatchObject({ code: 'closed' });
  });

  it('says what is wrong with a target when it is opened', async () => {
    const places = new Places(new ActorServices());
    for (const wish of [{ bucket: 'no/bucket' }, { endpoint: 'ftp://x' }]) {
      const place = places.find({ ...TARGET, ...wish }, undefined) as S3Place;
      await expect(place.open()).rejects.toMatchObject({ code: 'invalid_argument' });
    }
  });

  it('ends with the runtime, whoever uses it', async () => {
    await using fake = await FakeS3.start(() => undefined);
    const places = new Places(new ActorServices());
    const place = places.find(fake.target, undefined) as S3Place;
    place.attach(newUser());
    const { storage } = await place.open();
    const asked = storage.stat('');
    await expect.poll(() => fake.requests.length).toBeGreaterThan(0);
    await places.close();
    await expect(asked).rejects.toMatchObject({ code: 'closed' });
    await expect.poll(() => place.sockets).toBe(0);
  });
});
