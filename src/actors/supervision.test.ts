import { describe, expect, it } from 'vitest';
import { ActorServices, settle } from '../../test/support/actor-services.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';
import type { Reader } from '../../test/support/watch-stage.ts';
import { FakeHost } from '../../test/fake-server/fake-host.ts';
import type { SmbTarget } from '../storage/target.ts';
import type { Failure } from '../machines/failure.ts';
import { ConnectionActor } from './connection-actor.ts';
import type { LinkUser } from './connection-actor.ts';

/** Reaching for the connection is a mistake from now on; gives how to mend it. */
function breakAttach(stage: WatchStage): () => void {
  const { place } = stage;
  const attach = place.attach.bind(place);
  place.attach = () => {
    throw new Error('a mistake');
  };
  return () => {
    place.attach = attach;
  };
}

/** A directory that was served, whose actor has crashed. */
async function crashed(): Promise<{ stage: WatchStage; reader: Reader; mend: () => void }> {
  const stage = new WatchStage();
  const reader = await stage.watch();
  const mend = breakAttach(stage);
  stage.place.down();
  await settle();
  return { stage, reader, mend };
}

describe('a directory whose actor crashed', () => {
  it('is told as reconnecting, and logged as a mistake', async () => {
    const { stage, reader } = await crashed();
    expect(reader.told).toEqual(['state reconnecting']);
    expect(stage.services.log).toContainEqual({
      ...{ level: 'error', event: 'actor.crashed' },
      message: expect.stringContaining('a mistake') as string,
    });
    expect(stage.services.registry.size).toBe(0);
  });

  it('lives again after a while, with all its subscribers, who are told a gap', async () => {
    const { stage, reader, mend } = await crashed();
    mend();
    stage.place.isUp = true;
    stage.storage.put('dir/meanwhile');
    expect(stage.storage.open()).toHaveLength(0);
    await stage.services.pass(1_000);
    expect(reader.take().slice(1).toSorted()).toEqual([
      ...['change +meanwhile', 'resync restarted', 'state live'],
    ]);
    stage.storage.put('dir/a');
    stage.storage.tell('dir', { action: 'added', path: 'a' });
    await stage.services.pass(100);
    expect(reader.take()).toEqual(['change +a']);
    expect(stage.storage.open()).toHaveLength(1);
    reader.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('waits longer each time when it crashes again and again', async () => {
    const { stage } = await crashed();
    await stage.services.pass(600_000);
    const crashes = stage.services.log.filter(({ event }) => event === 'actor.crashed').length;
    // 0.25 s, 0.5 s, 1 s and so on, up to half a minute.
    expect(crashes).toBeGreaterThan(20);
    expect(crashes).toBeLessThan(35);
  });

  it('is joined by those who come while it waits', async () => {
    const { stage, mend } = await crashed();
    const late = stage.subscribe();
    mend();
    stage.place.isUp = true;
    await stage.services.pass(1_000);
    expect(late.told).toContain('subscribed live');
    expect(stage.storage.open()).toHaveLength(1);
  });

  it('leaves nothing behind when the last one leaves while it waits', async () => {
    const { stage, reader } = await crashed();
    reader.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('does not keep the runtime from stopping', async () => {
    const { stage, reader } = await crashed();
    let isOver = false;
    void stage.hub.stop().then(() => (isOver = true));
    await settle();
    expect(isOver).toBe(true);
    expect(reader.told.at(-1)).toBe('ended closed');
    expect(stage.leftovers).toEqual({});
  });

  it('serves those who asked for it first when it crashed at its first step', async () => {
    const stage = new WatchStage();
    const mend = breakAttach(stage);
    const reader = stage.subscribe();
    await settle();
    mend();
    await stage.services.pass(1_000);
    expect(reader.told).toContain('subscribed live');
    reader.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });
});

const TARGET: SmbTarget = {
  ...{ type: 'smb', host: 'host', port: 445, share: 'data' },
  logon: { username: 'alice', password: 'secret' },
};

/** Writes down what it is told; makes a mistake when it is told so. */
class User implements LinkUser {
  readonly told: string[] = [];
  isBroken = false;

  linkReady(): void {
    this.told.push('ready');
    if (this.isBroken) throw new Error('a mistake');
  }

  linkTrouble({ code }: Failure): void {
    this.told.push(`trouble ${code}`);
  }

  linkFailed({ code }: Failure): void {
    this.told.push(`failed ${code}`);
  }
}

interface Connected {
  readonly host: FakeHost;
  readonly services: ActorServices;
  readonly connection: ConnectionActor;
  readonly user: User;
  readonly ended: () => boolean;
}

/** A connection whose actor crashes when it is there. */
async function crashedConnection(): Promise<Connected> {
  const host = new FakeHost();
  const services: ActorServices = new ActorServices({
    network: {
      resolve: () => Promise.resolve('192.0.2.1'),
      dial: ({ signal }) => host.dial(signal),
    },
  });
  let isOver = false;
  const connection = new ConnectionActor('c', TARGET, services, () => (isOver = true));
  const user = new User();
  user.isBroken = true;
  connection.attach(user);
  await quiet();
  return { host, services, connection, user, ended: () => isOver };
}

/** The handshake takes its turns of the event loop. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await settle();
}

describe('a connection whose actor crashed', () => {
  it('tells its users, lets go of the server and connects again after a while', async () => {
    const { host, services, connection, user } = await crashedConnection();
    expect(user.told).toEqual(['ready', 'trouble internal_error']);
    expect(host.connections.size).toBe(0);
    user.isBroken = false;
    await services.pass(1_000);
    await quiet();
    expect(user.told.slice(2)).toEqual(['ready']);
    expect([connection.state, host.connections.size]).toEqual(['ready', 1]);
    await connection.close();
    expect([services.registry.size, services.wheel.pending]).toEqual([0, 0]);
  });

  it('is not there for those who come while it waits', async () => {
    const { services, connection, user } = await crashedConnection();
    const late = new User();
    connection.attach(late);
    await settle();
    expect(late.told).toEqual(['trouble internal_error']);
    user.isBroken = false;
    await services.pass(1_000);
    await quiet();
    expect(late.told.at(-1)).toBe('ready');
    await connection.close();
  });

  it('is over at once when nobody needs it any more', async () => {
    const { services, connection, user, ended } = await crashedConnection();
    connection.detach(user);
    expect([ended(), connection.isLeaving]).toEqual([true, true]);
    expect(services.wheel.pending).toBe(0);
  });

  it('can be closed though users have not left', async () => {
    const { host, services, connection, ended } = await crashedConnection();
    await connection.close();
    expect(ended()).toBe(true);
    await services.pass(600_000);
    expect([host.connections.size, services.registry.size]).toEqual([0, 0]);
  });
});
