import { afterEach, describe, expect, it } from 'vitest';
import { FakeHost } from '../../test/fake-server/fake-host.ts';
import { RecordingSubscriber } from '../../test/support/recording-subscriber.ts';
import type { AddressPolicy } from '../storage/address-policy.ts';
import { createRuntime } from './runtime.ts';
import type { Runtime } from './runtime-face.ts';

const ID = '0b5f9c7e-2f55-4a55-9d43-0a7b5ce0f001';
const STRICT: AddressPolicy = { allowLoopback: false, allowPrivate: true };

const host = new FakeHost({});
const dialled: string[] = [];
let runtime: Runtime;
afterEach(() => runtime.stop());

/** Subscribes through a connection of a user to a name that leads to these addresses, in turn. */
function subscribe(addresses: readonly string[], policy: AddressPolicy): RecordingSubscriber {
  dialled.length = 0;
  let asked = 0;
  runtime = createRuntime({
    network: {
      resolve: () => Promise.resolve(addresses[Math.min(asked++, addresses.length - 1)] ?? ''),
      ownAddresses: () => ['192.168.1.10'],
      dial: (options) => {
        dialled.push(options.host);
        return host.dial(options.signal);
      },
    },
  });
  const logon = { username: 'alice', password: 'secret' };
  const target = { type: 'smb', host: 'nas', port: 445, share: 'data', logon } as const;
  runtime.connections.put({
    ...{ id: ID, scope: 'private', name: 'nas', pathPrefix: '' },
    target: { ...target, addresses: policy },
  });
  const reader = new RecordingSubscriber();
  runtime.subscribe({ connection: ID, path: '', recursive: false, detail: 'refresh' }, reader);
  return reader;
}

describe('a connection that a user saved', () => {
  it('is made where its policy admits the address', async () => {
    const reader = subscribe(['192.168.1.20'], STRICT);
    await expect.poll(() => reader.told).toContain('subscribed live');
    expect(new Set(dialled)).toEqual(new Set(['192.168.1.20']));
  });

  it.each(['127.0.0.1', '192.168.1.10', '169.254.169.254', '::ffff:127.0.0.1'])(
    'is not made to %s, and says so',
    async (address) => {
      const reader = subscribe([address], STRICT);
      await expect.poll(() => reader.told).toEqual(['ended address_forbidden']);
      expect(dialled).toEqual([]);
    },
  );

  it('is not made to another address than the one that was checked', async () => {
    // A name that leads to a good address when asked first, and to this machine right after.
    const reader = subscribe(['192.168.1.20', '127.0.0.1'], STRICT);
    await expect.poll(() => reader.told).toEqual(['ended address_forbidden']);
    expect(dialled).toEqual([]);
  });

  it('does not share what leads to this machine with those who may connect there', async () => {
    const operators = subscribe(['127.0.0.1'], { allowLoopback: true, allowPrivate: true });
    await expect.poll(() => operators.told).toContain('subscribed live');
    const logon = { username: 'alice', password: 'secret' };
    const target = { type: 'smb', host: 'nas', port: 445, share: 'data', logon } as const;
    const other = 'c9f1a0de-2f55-4a55-9d43-0a7b5ce0f002';
    runtime.connections.put({
      ...{ id: other, scope: 'private', name: 'other', pathPrefix: '' },
      target: { ...target, addresses: STRICT },
    });
    const reader = new RecordingSubscriber();
    const wanted = { connection: other, path: '', recursive: false, detail: 'refresh' } as const;
    runtime.subscribe(wanted, reader);
    await expect.poll(() => reader.told).toEqual(['ended address_forbidden']);
  });
});
