import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DoorServer } from '../../test/support/door-server.ts';
import { EPOCH } from '../../test/support/fake-runtime.ts';
import type { SocketClient } from '../../test/support/socket-client.ts';
import type { ChangeEvent, StateEvent } from '../app/index.ts';
import type { DoorLimits } from './limits.ts';

const QUEUE = 200_000;
const FRAME = 60_000;
const EVENTS = 400;

let server: DoorServer;
let streams: Socket[];
afterEach(() => server.stop());

async function start(limits: Partial<DoorLimits> = {}): Promise<SocketClient> {
  server = await DoorServer.start({ limits: { queueBytes: QUEUE, ...limits } });
  streams = [];
  server.server.on('connection', (stream) => streams.push(stream));
  const client = server.client();
  const subscribe = { action: 'subscribe', connection_id: 'data', detail: 'changes' };
  await client.ask({ ...subscribe, path: 'a' });
  await client.ask({ ...subscribe, path: 'b' });
  return client;
}

const change = (seq: number): ChangeEvent => ({
  type: 'change',
  seq,
  changes: [{ action: 'added', path: 'x'.repeat(FRAME) }],
});

const state = (word: StateEvent['state']): StateEvent => ({
  ...{ type: 'state', state: word, since: '2026-01-01T00:00:00.000Z' },
});

function tell(event: ChangeEvent | StateEvent): void {
  for (const { subscriber } of server.runtime.open()) {
    if (event.type === 'state') subscriber.state(event);
    else subscriber.numbered(event, EPOCH);
  }
}

/** Makes many times what the operating system and the server keep; gives the most that waited. */
async function flood(): Promise<number> {
  let most = 0;
  for (let seq = 1; seq <= EVENTS; seq += 1) {
    tell(change(seq));
    most = Math.max(most, streams[0]?.writableLength ?? 0);
    await new Promise(setImmediate);
  }
  return most;
}

describe('a client that does not read', () => {
  it('has little waiting, and one resync for each directory when it reads again', async () => {
    const client = await start();
    client.socket.pause();
    expect(await flood()).toBeLessThan(QUEUE + 2 * FRAME);
    tell(state('reconnecting'));
    tell(state('live'));
    client.socket.resume();
    const told: Record<string, unknown>[] = [];
    while (told.filter(({ reason }) => reason === 'slow_consumer').length < 2) {
      told.push(await client.next());
    }
    for (const path of ['a', 'b']) {
      const events = told.filter((one) => one['path'] === path);
      const changes = events.filter(({ reason }) => reason === 'change');
      // Whole and in order up to a point, then one that stands for all that were left out.
      expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, index) => index + 1));
      expect(changes.length).toBeLessThan(EVENTS);
      expect(events.slice(changes.length)).toEqual([
        expect.objectContaining({ type: 'watch_state', state: 'live' }),
        expect.objectContaining({ reason: 'slow_consumer', seq: EVENTS, epoch: EPOCH }),
      ]);
    }
    expect(server.doors.counters.slowResyncs).toBe(2);
    tell(change(EVENTS + 1));
    expect(await client.next()).toMatchObject({ reason: 'change', seq: EVENTS + 1, path: 'a' });
    // The deadline has no power over it any more.
    server.clock.advance(31_000);
    expect(server.doors.counters.slowCloses).toBe(0);
  });

  it('for 30 s is closed with 4008, and may come back', async () => {
    const client = await start();
    client.socket.pause();
    await flood();
    server.clock.advance(30_000);
    expect(server.doors.counters.slowCloses).toBe(1);
    expect(server.runtime.subscriptions.map(({ closed }) => closed)).toEqual([
      { linger: true },
      { linger: true },
    ]);
    client.socket.resume();
    expect(await client.closed).toEqual({ code: 4008, reason: 'too slow' });
  });

  it('at all is cut off, and nothing of it is kept', async () => {
    const client = await start({ closeMs: 20 });
    client.socket.pause();
    await flood();
    server.clock.advance(30_000);
    await expect.poll(() => server.doors.counters.sockets).toBe(0);
    expect(streams[0]?.destroyed).toBe(true);
  });

  it('and asks on and on is not read any more, until it reads', async () => {
    const client = await start({ messageBurst: 1e9 });
    client.socket.pause();
    // Every answer repeats the text: what waits for the client would grow with each message.
    const text = 'x'.repeat(FRAME);
    for (let n = 0; n < EVENTS; n += 1) {
      await client.send({ action: 'unsubscribe', connection_id: text, request_id: n });
      await new Promise(setImmediate);
    }
    expect(streams[0]?.writableLength).toBeLessThan(QUEUE + 4 * FRAME);
    expect(client.socket.bufferedAmount).toBeGreaterThan(0);
    client.socket.resume();
    for (let n = 0; n < EVENTS; n += 1) {
      expect(await client.next()).toMatchObject({ type: 'unsubscribed', request_id: n });
    }
  });

  it('does not delay another', async () => {
    const slow = await start();
    const quick = server.client();
    await quick.ask({ action: 'subscribe', connection_id: 'data', path: 'c' });
    slow.socket.pause();
    await flood();
    for (let seq = 1; seq <= EVENTS; seq += 1) {
      expect(await quick.next()).toMatchObject({ seq, reason: 'change' });
    }
  });
});
