import { describe, expect, it } from 'vitest';
import { ActorServices, settle } from '../../test/support/actor-services.ts';
import type { ServicesOptions } from '../../test/support/actor-services.ts';
import { RecordingSubscriber } from '../../test/support/recording-subscriber.ts';
import { failWith } from '../../test/fake-server/faults.ts';
import { FakeHost } from '../../test/fake-server/fake-host.ts';
import type { FakeHostOptions } from '../../test/fake-server/host-options.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { Status } from '../smb/index.ts';
import { Command } from '../smb/wire/header.ts';
import type { Failure } from '../machines/failure.ts';
import type { SmbTarget } from '../storage/target.ts';
import type { LinkUser } from './connection-actor.ts';
import type { Place } from './place.ts';
import { Places } from './places.ts';
import { WatchHub } from './watch-hub.ts';

const target = (password = 'secret'): SmbTarget => ({
  ...{ type: 'smb', host: 'host', port: 445, share: 'data' },
  logon: { username: 'alice', password },
});

class User implements LinkUser {
  readonly told: string[] = [];

  linkReady(): void {
    this.told.push('ready');
  }

  linkTrouble({ code }: Failure): void {
    this.told.push(code);
  }

  linkFailed({ code }: Failure): void {
    this.told.push(`failed ${code}`);
  }
}

/** Messages between client and host take their turns of the event loop. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await settle();
}

class Stage {
  readonly host: FakeHost;
  readonly services: ActorServices;
  readonly places: Places;

  constructor(host: FakeHostOptions = {}, options: ServicesOptions = {}) {
    this.host = new FakeHost(host);
    this.services = new ActorServices({
      network: {
        resolve: () => Promise.resolve('192.0.2.1'),
        dial: ({ signal }) => this.host.dial(signal),
      },
      ...options,
    });
    this.places = new Places(this.services);
  }

  async attached(place: Place): Promise<User> {
    const user = new User();
    place.attach(user);
    await quiet();
    return user;
  }

  /** Time passes, and what follows from it arrives. */
  async pass(ms: number): Promise<void> {
    await this.services.pass(ms);
    await quiet();
  }

  async close(): Promise<void> {
    await this.places.close();
    // The host has yet to hear of it.
    await quiet();
  }
}

/** Shares that are connected, for each connection. */
function trees({ host }: Stage): number[] {
  return [...host.connections].map(({ sessions }) =>
    [...sessions.values()].reduce((count, session) => count + session.trees.size, 0),
  );
}

function expectClosed({ host, services }: Stage): void {
  expect(host.connections.size).toBe(0);
  expect([services.registry.size, services.wheel.pending]).toEqual([0, 0]);
  expect(host.leftBehind.filter(({ opens }) => opens > 0)).toEqual([]);
}

function expectNothingLeft(stage: Stage): void {
  expectClosed(stage);
  expect(stage.places.endpoints).toEqual([]);
}

describe('the connections of a server', () => {
  it('are one for all watches of an account, whatever share they are on', async () => {
    const stage = new Stage();
    const place = stage.places.find(target(), undefined);
    const users = [await stage.attached(place), await stage.attached(place)];
    expect(users.map(({ told }) => told)).toEqual([['ready'], ['ready']]);
    expect(stage.host.connections.size).toBe(1);
    for (const user of users) place.detach(user);
    await stage.pass(10_000);
    expectNothingLeft(stage);
  });

  it('never let a wrong password in beside a session that lives', async () => {
    const stage = new Stage();
    const right = await stage.attached(stage.places.find(target(), undefined));
    const wrong = await stage.attached(stage.places.find(target('wrong'), undefined));
    expect([right.told, wrong.told]).toEqual([['ready'], ['logon_failure']]);
    expect(stage.places.endpoints).toHaveLength(2);
    await stage.close();
    expectClosed(stage);
  });

  it('linger for those who come back, and are gone after that', async () => {
    const stage = new Stage();
    const place = stage.places.find(target(), undefined);
    const first = await stage.attached(place);
    place.detach(first);
    await stage.pass(stage.services.limits.connectionLingerMs - 100);
    expect(stage.host.connections.size).toBe(1);
    const again = stage.places.find(target(), undefined);
    const second = await stage.attached(again);
    expect([new Set(second.told), stage.host.connections.size]).toEqual([new Set(['ready']), 1]);
    await stage.pass(60_000);
    expect(stage.host.connections.size).toBe(1);
    again.detach(second);
    await stage.pass(10_000);
    expectNothingLeft(stage);
  });

  it('are made anew for those who come after all of them are gone', async () => {
    const stage = new Stage();
    const before = stage.places.find(target(), undefined);
    before.detach(await stage.attached(before));
    await stage.pass(10_000);
    const after = stage.places.find(target(), undefined);
    expect(after).not.toBe(before);
    const user = await stage.attached(after);
    expect(user.told).toEqual(['ready']);
    await stage.close();
    expectClosed(stage);
  });

  it('grow by one when one is full, and newcomers go where there is room', async () => {
    const stage = new Stage();
    const place = stage.places.find(target(), undefined);
    const users: User[] = [];
    for (let i = 0; i < 4; i += 1) users.push(await stage.attached(place));
    const [, , , last] = users;
    expect(place.moveOn(last!)).toBe(true);
    await quiet();
    expect([stage.host.connections.size, last!.told]).toEqual([2, ['ready', 'ready']]);
    const newcomer = await stage.attached(place);
    const [endpoint] = stage.places.endpoints;
    expect(endpoint?.connections.map(({ users: count }) => count)).toEqual([3, 2]);
    for (const user of [...users, newcomer]) place.detach(user);
    await stage.pass(10_000);
    expectNothingLeft(stage);
  });

  it('bear more watches than the server takes on one of them', async () => {
    const stage = new Stage({ server: { asyncSlots: 2 } });
    const hub = new WatchHub(stage.services);
    const place = stage.places.find(target(), undefined);
    const readers: RecordingSubscriber[] = [];
    for (let i = 0; i < 5; i += 1) {
      stage.host.client.mkdir(`d${i}`);
      const reader = new RecordingSubscriber();
      const spec = { place, path: `d${i}`, recursive: false } as const;
      hub.subscribe(spec, reader, { detail: 'changes', patienceMs: 15_000 });
      readers.push(reader);
    }
    await quiet();
    for (let i = 0; i < 10; i += 1) await stage.pass(100);
    for (const { told } of readers) expect(told).toEqual(['subscribed live']);
    // Three that bear watches, and one for the listings.
    expect(stage.host.connections.size).toBe(4);
    expect([...stage.host.connections].map((server) => server.pendingNotifies.length)).toEqual(
      expect.arrayContaining([2, 2, 1, 0]),
    );
    const stopping = hub.stop();
    for (let i = 0; i < 10; i += 1) await stage.pass(1_000);
    await stopping;
    expectNothingLeft(stage);
  });

  it('grow only so far', async () => {
    const stage = new Stage({}, {});
    const most = stage.services.limits.watchConnections;
    const place = stage.places.find(target(), undefined);
    const user = await stage.attached(place);
    const others: User[] = [];
    let moves = 0;
    while (place.moveOn(user)) {
      moves += 1;
      others.push(await stage.attached(place));
      if (moves > 2 * most) break;
    }
    expect(stage.host.connections.size).toBeLessThanOrEqual(most);
    expect(moves).toBeLessThanOrEqual(most);
    await stage.close();
    expectClosed(stage);
  });

  it('have no other for one who is not attached', () => {
    const stage = new Stage();
    expect(stage.places.find(target(), undefined).moveOn(new User())).toBe(false);
    expect(stage.places.endpoints[0]?.connections).toEqual([]);
  });

  it('are begun for nobody who left in the same breath, and for whoever came after', async () => {
    const stage = new Stage();
    const place = stage.places.find(target(), undefined);
    const [gone, stays] = [new User(), new User()];
    place.attach(gone);
    place.detach(gone);
    expectNothingLeft(stage);
    place.attach(gone);
    place.attach(stays);
    place.detach(gone);
    await quiet();
    expect([gone.told, stays.told]).toEqual([[], ['ready']]);
    expect(stage.host.connections.size).toBe(1);
    place.detach(stays);
    place.attach(stays);
    await quiet();
    expect(new Set(stays.told)).toEqual(new Set(['ready']));
    await stage.pass(60_000);
    expect(stage.host.connections.size).toBe(1);
    place.detach(stays);
    await stage.pass(10_000);
    expectClosed(stage);
  });

  it('can be closed before they have begun', async () => {
    const stage = new Stage();
    const user = new User();
    stage.places.find(target(), undefined).attach(user);
    await stage.close();
    expectClosed(stage);
    expect([user.told, stage.services.registry.size]).toEqual([[], 0]);
  });

  it('can all be closed though they are in use', async () => {
    const stage = new Stage();
    await stage.attached(stage.places.find(target(), undefined));
    await stage.close();
    expectClosed(stage);
  });
});

describe('a connection for bulk data', () => {
  it('comes with the first listing and goes with the last user', async () => {
    const stage = new Stage();
    stage.host.client.mkdir('dir');
    stage.host.client.write('dir/file', 'content');
    const place = stage.places.find(target(), undefined);
    const user = await stage.attached(place);
    const lease = await place.open(user);
    const { storage } = lease;
    expect(stage.host.connections.size).toBe(1);
    const names: string[] = [];
    for await (const page of storage.list('dir')) names.push(...page.map(({ name }) => name));
    expect([names, stage.host.connections.size]).toEqual([['file'], 2]);
    await lease.release();
    place.detach(user);
    await stage.pass(10_000);
    expectNothingLeft(stage);
  });

  it('is done without when the server takes no further connection', async () => {
    const stage = new Stage({ maxConnections: 1, beyondConnections: 'refused' });
    stage.host.client.write('file', 'content');
    const place = stage.places.find(target(), undefined);
    const user = await stage.attached(place);
    const lease = await place.open(user);
    const { storage } = lease;
    expect(await storage.stat('file')).toMatchObject({ kind: 'file', size: 7 });
    expect(stage.host.connections.size).toBe(1);
    await lease.release();
    place.detach(user);
    await stage.pass(10_000);
    expectNothingLeft(stage);
  });

  it('is one for all who list at once', async () => {
    const stage = new Stage();
    stage.host.client.write('file', 'content');
    const place = stage.places.find(target(), undefined);
    const user = await stage.attached(place);
    const { storage } = await place.open(user);
    const found = await Promise.all(Array.from({ length: 10 }, () => storage.find('', 'file')));
    expect(found.every((entry) => entry?.size === 7)).toBe(true);
    expect(stage.host.connections.size).toBe(2);
    await stage.close();
    expectClosed(stage);
  });

  it('connects the share anew for the next one when that failed', async () => {
    const stage = new Stage();
    stage.host.client.write('file', 'content');
    const place = stage.places.find(target(), undefined);
    const lease = await place.open(await stage.attached(place));
    expect(trees(stage)).toEqual([1]);
    for (const status of [Status.INSUFFICIENT_RESOURCES, Status.ACCESS_DENIED]) {
      stage.host.inject({ command: Command.TREE_CONNECT, fault: failWith(status) });
      // Meanwhile the share that bears the watches does.
      expect(await lease.storage.stat('file')).toMatchObject({ size: 7 });
      expect(trees(stage)).toEqual([1, 0]);
    }
    const both = await Promise.all([lease.storage.stat('file'), lease.storage.stat('file')]);
    expect(both.map(({ size }) => size)).toEqual([7, 7]);
    expect(trees(stage)).toEqual([1, 1]);
    await stage.close();
    expectClosed(stage);
  });

  it('is made anew, and the share on it, when it is lost', async () => {
    const stage = new Stage();
    stage.host.client.write('file', 'content');
    const place = stage.places.find(target(), undefined);
    const user = await stage.attached(place);
    const before = await place.open(user);
    await before.storage.stat('file');
    stage.host.cut();
    await stage.pass(10_000);
    expect(user.told).toEqual(['ready', 'disconnected', 'ready']);
    const after = await place.open(user);
    expect(await after.storage.stat('file')).toMatchObject({ size: 7 });
    expect(trees(stage)).toEqual([1, 1]);
    await before.release();
    await stage.close();
    expectClosed(stage);
  });

  it('connects the share anew when the server has dropped it, whoever says so', async () => {
    const stage = new Stage();
    stage.host.client.write('file', 'content');
    const place = stage.places.find(target(), undefined);
    const user = await stage.attached(place);
    const before = await place.open(user);
    await before.storage.stat('file');
    stage.host.closeShare();
    const reason = await before.storage.stat('file').catch((error: unknown) => error);
    expect(reason).toBeInstanceOf(TidewatchError);
    await before.release(reason as TidewatchError);
    const after = await place.open(user);
    expect(await after.storage.stat('file')).toMatchObject({ size: 7 });
    expect(trees(stage)).toEqual([1, 1]);
    await stage.close();
    expectClosed(stage);
  });

  it('is no obstacle for a directory that came back after the server had dropped the share', async () => {
    const stage = new Stage();
    stage.host.client.mkdir('dir');
    // Nobody hears of what happens beside it.
    stage.host.deny('');
    const hub = new WatchHub(stage.services);
    const place = stage.places.find(target(), undefined);
    const reader = new RecordingSubscriber();
    const spec = { place, path: 'dir', recursive: false } as const;
    hub.subscribe(spec, reader, { detail: 'changes', patienceMs: 15_000 });
    for (let round = 0; round < 5; round += 1) await stage.pass(100);
    stage.host.client.remove('dir');
    for (let round = 0; round < 5; round += 1) await stage.pass(100);
    expect(reader.take()).toEqual(['subscribed live', 'state deleted']);
    stage.host.closeShare();
    stage.host.client.mkdir('dir');
    for (let round = 0; round < 40; round += 1) await stage.pass(1_000);
    expect(reader.told).toContain('resync recreated');
    expect(reader.states.at(-1)?.state).toBe('live');
    const stopping = hub.stop();
    for (let round = 0; round < 10; round += 1) await stage.pass(1_000);
    await stopping;
    expectNothingLeft(stage);
  });

  it('refuses a storage to one who was given up', async () => {
    const stage = new Stage();
    const place = stage.places.find(target(), undefined);
    await expect(place.open(new User())).rejects.toMatchObject({ code: 'closed' });
  });
});
