import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeHost } from '../../test/fake-server/fake-host.ts';
import { RecordingSubscriber } from '../../test/support/recording-subscriber.ts';
import type { Subscription } from '../actors/watch-events.ts';
import { createRuntime } from './runtime.ts';
import type { Runtime } from './runtime-face.ts';

const ID = '0b5f9c7e-2f55-4a55-9d43-0a7b5ce0f001';

let host: FakeHost;
let runtime: Runtime;

beforeEach(() => {
  host = new FakeHost({});
  for (const name of ['old', 'new']) host.fileSystem.mkdir(name);
  runtime = createRuntime({
    limits: { connectionLingerMs: 20, patienceMs: 500 },
    network: {
      resolve: () => Promise.resolve('192.0.2.1'),
      dial: ({ signal }) => host.dial(signal),
    },
  });
});
afterEach(async () => {
  await runtime.stop();
  if (host.opens > 0) throw new Error(`${host.opens} handles are left`);
});

function save({ pathPrefix = 'old', password = 'secret', name = 'nas' } = {}): void {
  const logon = { username: 'alice', password };
  const target = { type: 'smb', host: 'nas', port: 445, share: 'data', logon } as const;
  runtime.connections.put({ id: ID, scope: 'private', name, target, pathPrefix });
}

function subscribe(path = ''): { reader: RecordingSubscriber; subscription: Subscription } {
  const reader = new RecordingSubscriber();
  const wanted = { connection: ID, path, recursive: false, detail: 'changes' } as const;
  return { reader, subscription: runtime.subscribe(wanted, reader) };
}

async function untilTold(reader: RecordingSubscriber, what: string): Promise<void> {
  await expect.poll(() => reader.told).toContain(what);
}

describe('who is subscribed through a connection that is edited', () => {
  it('moves to where it leads now, is told to list again, and hears what happens there', async () => {
    save();
    const { reader } = subscribe();
    await untilTold(reader, 'subscribed live');
    reader.take();
    save({ pathPrefix: 'new' });
    await untilTold(reader, 'state live');
    expect(reader.take()).toEqual([
      'state reconnecting',
      'state connecting',
      'resync credentials_changed',
      'state live',
    ]);
    host.fileSystem.writeFile('old/unseen', 'x');
    host.fileSystem.writeFile('new/seen', 'x');
    await expect.poll(() => reader.changes.map(({ path }) => path)).toContain('seen');
    expect(reader.changes.map(({ path }) => path)).not.toContain('unseen');
    await expect.poll(() => host.opens).toBe(1);
  });

  it('hears nothing where only the name is another, and is found by it', async () => {
    save();
    const { reader } = subscribe();
    await untilTold(reader, 'subscribed live');
    save({ name: 'archive' });
    expect(runtime.connections.get(ID)?.name).toBe('archive');
    host.fileSystem.writeFile('old/seen', 'x');
    await expect.poll(() => reader.changes.map(({ path }) => path)).toContain('seen');
    expect(reader.told.filter((what) => what.startsWith('resync'))).toEqual([]);
  });

  it('is told that it may not log on any more, and is live again when that is mended', async () => {
    save();
    const { reader } = subscribe();
    await untilTold(reader, 'subscribed live');
    save({ password: 'wrong' });
    await untilTold(reader, 'state denied');
    expect(reader.states.at(-1)).toMatchObject({ code: 'logon_failure' });
    expect(reader.ends).toEqual([]);
    reader.take();
    save();
    await untilTold(reader, 'state live');
    expect(reader.told).toContain('resync credentials_changed');
  });

  it('is told so, too, when others wait there already', async () => {
    save();
    const { reader } = subscribe();
    const { reader: other } = subscribe();
    await untilTold(reader, 'subscribed live');
    await untilTold(other, 'subscribed live');
    save({ password: 'wrong' });
    await untilTold(reader, 'state denied');
    await untilTold(other, 'state denied');
    expect([...reader.ends, ...other.ends]).toEqual([]);
  });

  it('is answered as ever when it was not answered yet', async () => {
    host.fileSystem.mkdir('later');
    save({ pathPrefix: 'later' });
    const { reader } = subscribe();
    save({ pathPrefix: 'new' });
    await untilTold(reader, 'subscribed live');
    expect(reader.told[0]).toBe('subscribed live');
    expect(reader.told.filter((what) => what.startsWith('resync'))).toEqual([]);
  });

  it('ends when it cannot be followed', async () => {
    save();
    const { reader } = subscribe('photos');
    await untilTold(reader, 'ended not_found');
    const { reader: served } = subscribe();
    await untilTold(served, 'subscribed live');
    runtime.connections.remove(ID);
    expect(served.take().at(-1)).toBe('ended not_found');
    expect(runtime.connections.remove(ID)).toBe(false);
    expect(() => subscribe()).toThrow(expect.objectContaining({ code: 'not_found' }));
    await expect.poll(() => host.opens).toBe(0);
  });

  it('who has left stays away', async () => {
    save();
    const { reader, subscription } = subscribe();
    await untilTold(reader, 'subscribed live');
    subscription.close();
    reader.take();
    save({ pathPrefix: 'new' });
    runtime.connections.remove(ID);
    await expect.poll(() => host.opens).toBe(0);
    expect(reader.take()).toEqual([]);
  });
});
