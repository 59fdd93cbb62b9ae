import { createWebSocketReceiver } from '@statelyai/inspect';
import { assign, createActor, setup } from 'xstate';
import type { AnyActorRef } from 'xstate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoorServer, TOKEN } from '../../test/support/door-server.ts';
import { SocketClient } from '../../test/support/socket-client.ts';

let server: DoorServer;
beforeEach(async () => {
  server = await DoorServer.start({ limits: { inspectMaxActors: 3, inspectQueueBytes: 100_000 } });
});
afterEach(() => server.stop());

const inspectUrl = (): string => `ws://127.0.0.1:${server.port}/api/inspect`;

const machine = setup({
  types: { context: {} as { seen: number; password: string } },
}).createMachine({
  id: 'light',
  context: { seen: 0, password: 'QZsecretQZ' },
  initial: 'off',
  states: {
    off: {
      on: {
        SWITCH: { target: 'on', actions: assign({ seen: ({ context }) => context.seen + 1 }) },
      },
    },
    on: {},
  },
});

/** What the runtime does: tells whoever observes of an actor, its events and its snapshots. */
function liveActor(id: string): AnyActorRef {
  const ref = createActor(machine, {
    id,
    inspect: (event) => {
      for (const observer of server.runtime.observers) {
        if (event.type === '@xstate.event') observer.event(id, event.actorRef, event.event);
        if (event.type === '@xstate.snapshot') {
          observer.snapshot(id, event.actorRef, event.snapshot, event.event);
        }
      }
    },
  });
  ref.start();
  server.runtime.actorList.push({
    ...{ id, machine: 'light', state: 'off', since: '2026-01-01T00:00:00.000Z', counters: {} },
  });
  return ref;
}

async function observed(count = 1): Promise<void> {
  await expect.poll(() => server.runtime.observers.size).toBe(count);
}

function announce(id: string, ref: unknown): void {
  for (const observer of server.runtime.observers) observer.actor(id, ref);
}

const inspector = (query = ''): SocketClient =>
  server.keep(
    new SocketClient(`${inspectUrl()}${query}`, { headers: { Authorization: `Bearer ${TOKEN}` } }),
  );

describe('an inspector', () => {
  it('that is the official receiver gets actors, events and snapshots, without secrets', async () => {
    const actor = liveActor('light/1');
    const received: Record<string, unknown>[] = [];
    createWebSocketReceiver({
      server: `${inspectUrl()}?ticket=${await server.ticket()}`,
    }).subscribe((event) => received.push(event as unknown as Record<string, unknown>));
    await observed();
    announce('light/1', actor);
    actor.send({ type: 'SWITCH', token: 'QZ' });
    await expect.poll(() => received.length).toBeGreaterThanOrEqual(3);
    const common = {
      _version: expect.any(String) as string,
      createdAt: expect.stringMatching(/^\d+$/) as string,
      rootId: actor.sessionId,
      sessionId: actor.sessionId,
    };
    expect(received).toEqual([
      expect.objectContaining({ type: '@xstate.actor', name: 'light/1', ...common }),
      expect.objectContaining({ type: '@xstate.event', ...common }),
      expect.objectContaining({ type: '@xstate.snapshot', ...common }),
    ]);
    const [announced, event, snapshot] = received;
    const definition = JSON.parse(String(announced?.['definition'])) as { states: object };
    expect(Object.keys(definition.states)).toEqual(['off', 'on']);
    expect(announced?.['snapshot']).toMatchObject({ value: 'off', status: 'active' });
    expect(event?.['event']).toEqual({ type: 'SWITCH', token: '[redacted]' });
    expect(snapshot?.['snapshot']).toMatchObject({
      value: 'on',
      context: { seen: 1, password: '[redacted]' },
    });
    expect(JSON.stringify(received)).not.toContain('QZ');
  });

  it('costs nothing before it comes and after it went', async () => {
    expect(server.runtime.observers.size).toBe(0);
    const client = inspector();
    await observed();
    expect(server.doors.counters.inspectors).toBe(1);
    await client.close();
    await observed(0);
    expect(server.doors.counters.inspectors).toBe(0);
  });

  it.each(['', '?ticket=wrong', `?actors=light`])(
    'is accepted and closed with 1008 without a valid ticket or token: %j',
    async (query) => {
      const client = server.keep(new SocketClient(`${inspectUrl()}${query}`));
      expect(await client.closed).toEqual({ code: 1008, reason: 'not authenticated' });
      expect(server.runtime.observers.size).toBe(0);
    },
  );

  it('hears only of as many actors as one can look at, and is told so first', async () => {
    const actors = Array.from({ length: 5 }, (_, index) => liveActor(`light/${index}`));
    const client = inspector();
    await observed();
    actors.forEach((actor, index) => announce(`light/${index}`, actor));
    for (const actor of actors) actor.send({ type: 'SWITCH' });
    expect(await client.next()).toMatchObject({
      type: '@tidewatch.truncated',
      announced: 3,
      total: 5,
    });
    const told = [];
    for (let n = 0; n < 9; n += 1) told.push((await client.next()).type);
    expect(told.filter((type) => type === '@xstate.actor')).toHaveLength(3);
    expect(told.filter((type) => type === '@xstate.snapshot')).toHaveLength(3);
  });

  it('hears of every actor in its own time, however much there is to say', async () => {
    await server.stop();
    server = await DoorServer.start({ limits: { inspectQueueBytes: 200_000 } });
    const client = inspector();
    await observed();
    client.socket.pause();
    const filler = 'x'.repeat(50_000);
    for (let n = 0; n < 400; n += 1) {
      announce(`light/${n}`, { sessionId: `x:${n}`, getSnapshot: () => ({ filler }) });
    }
    client.socket.resume();
    for (let n = 0; n < 400; n += 1) {
      expect(await client.next()).toMatchObject({ type: '@xstate.actor', name: `light/${n}` });
    }
    expect(server.doors.counters.inspectionDrops).toBe(0);
  });

  it('hears of those it asked for', async () => {
    const [a, b] = [liveActor('share/a'), liveActor('directory/b')];
    const client = inspector('?actors=other/,directory/');
    await observed();
    announce('share/a', a);
    announce('directory/b', b);
    a.send({ type: 'SWITCH' });
    expect(await client.next()).toMatchObject({ type: '@xstate.actor', name: 'directory/b' });
    b.send({ type: 'SWITCH' });
    expect(await client.next()).toMatchObject({ type: '@xstate.event', sessionId: b.sessionId });
  });

  it('that does not read misses messages, which are counted and told', async () => {
    const actor = liveActor('light/1');
    const client = inspector();
    await observed();
    announce('light/1', actor);
    expect(await client.next()).toMatchObject({ type: '@xstate.actor' });
    client.socket.pause();
    const [observer] = server.runtime.observers;
    const filler = 'x'.repeat(50_000);
    for (let n = 0; n < 400; n += 1) {
      observer?.event('light/1', actor, { type: 'FILL', filler });
      await new Promise(setImmediate);
    }
    const dropped = server.doors.counters.inspectionDrops;
    expect(dropped).toBeGreaterThan(50);
    client.socket.resume();
    for (let n = 0; n < 400 - dropped; n += 1) {
      expect(await client.next()).toMatchObject({ type: '@xstate.event' });
    }
    observer?.event('light/1', actor, { type: 'LAST' });
    expect(await client.next()).toMatchObject({ type: '@tidewatch.dropped', count: dropped });
    expect(await client.next()).toMatchObject({ event: { type: 'LAST' } });
  });

  it('survives an actor that cannot be shown', async () => {
    const client = inspector();
    await observed();
    const broken = {
      getSnapshot: () => {
        throw new Error('no');
      },
    };
    announce('broken', broken);
    const actor = liveActor('light/1');
    announce('light/1', actor);
    expect(await client.next()).toMatchObject({ name: 'light/1' });
  });
});
