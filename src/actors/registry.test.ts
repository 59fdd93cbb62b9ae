import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { ActorRegistry } from './registry.ts';
import type { ActorObserver, ActorOwner } from './registry.ts';

type Event = { type: 'GO' } | { type: 'END' } | { type: 'THROW' };

const machine = setup({
  types: { events: {} as Event, context: {} as { name: string }, input: {} as { name: string } },
  actions: {
    fail: () => {
      throw new Error('a mistake');
    },
  },
}).createMachine({
  id: 'traveller',
  context: ({ input }) => ({ name: input.name }),
  initial: 'home',
  states: {
    home: { on: { GO: 'away', END: 'done', THROW: { actions: 'fail' } } },
    away: { on: { GO: 'home' } },
    done: { type: 'final' },
  },
});

class Owner implements ActorOwner<typeof machine> {
  readonly states: unknown[] = [];
  readonly crashes: unknown[] = [];

  actorMoved({ value }: { value: unknown }): void {
    this.states.push(value);
  }

  actorCrashed(error: unknown): void {
    this.crashes.push(error);
  }
}

class Observer implements ActorObserver {
  readonly heard: string[] = [];

  actor(id: string): void {
    this.heard.push(`actor ${id}`);
  }

  event(id: string, _ref: unknown, event: unknown): void {
    this.heard.push(`${id} gets ${(event as Event).type}`);
  }

  snapshot(id: string, _ref: unknown, snapshot: unknown): void {
    this.heard.push(`${id} is ${String((snapshot as { value: unknown }).value)}`);
  }

  gone(id: string): void {
    this.heard.push(`${id} is gone`);
  }
}

function registryOf(...ids: string[]) {
  const clock = new ManualClock();
  const registry = new ActorRegistry(clock);
  const owner = new Owner();
  const spawn = (id: string) => registry.spawn(machine, { id, input: { name: id }, owner });
  return { clock, registry, owner, spawn, actors: ids.map(spawn) };
}

describe('a registry of actors', () => {
  it('tells of each where it is, since when, and what it has heard', () => {
    const { clock, registry, actors } = registryOf('a', 'b');
    clock.advance(1_000);
    actors[0]?.send({ type: 'GO' });
    expect(registry.list().map(({ id, state }) => [id, state])).toEqual([
      ['a', 'away'],
      ['b', 'home'],
    ]);
    expect(registry.get('a')).toEqual({
      ...{ id: 'a', machine: 'traveller', state: 'away', last_event: 'GO' },
      since: new Date(clock.wall()).toISOString(),
      counters: { events: 1, transitions: 2 },
    });
    expect(registry.get('b')).not.toHaveProperty('last_event');
    expect(registry.get('c')).toBeUndefined();
  });

  it('tells the owner each transition', () => {
    const { owner, actors } = registryOf('a');
    actors[0]?.send({ type: 'GO' });
    actors[0]?.send({ type: 'GO' });
    expect(owner.states).toEqual(['home', 'away', 'home']);
  });

  it('forgets those that ended, were stopped or crashed, and they hear nothing any more', () => {
    const { registry, owner, actors } = registryOf('ends', 'stops', 'crashes', 'stays');
    const [ends, stops, crashes] = actors;
    ends?.send({ type: 'END' });
    stops?.stop();
    stops?.stop();
    crashes?.send({ type: 'THROW' });
    expect(registry.list().map(({ id }) => id)).toEqual(['stays']);
    expect(actors.map(({ over }) => over)).toEqual([true, true, true, false]);
    const before = owner.states.length;
    for (const actor of [ends, stops, crashes]) actor?.send({ type: 'GO' });
    expect(owner.states).toHaveLength(before);
  });

  it('tells a crash to the owner, once', () => {
    const { owner, actors } = registryOf('a');
    actors[0]?.send({ type: 'THROW' });
    actors[0]?.send({ type: 'THROW' });
    expect(owner.crashes.map(String)).toEqual(['Error: a mistake']);
  });

  it('keeps a new life of the same name when the old one is over', () => {
    const { registry, spawn, actors } = registryOf('a');
    const second = spawn('a');
    actors[0]?.stop();
    expect(registry.size).toBe(1);
    second.stop();
    expect(registry.size).toBe(0);
  });

  it('shows an observer those that are there, those that come and those that go, to their last state', () => {
    const { registry, spawn, actors } = registryOf('a');
    const observer = new Observer();
    registry.observe(observer);
    const b = spawn('b');
    expect(observer.heard.filter((line) => line.startsWith('actor'))).toEqual([
      'actor a',
      'actor b',
    ]);
    observer.heard.length = 0;
    actors[0]?.send({ type: 'GO' });
    b.send({ type: 'END' });
    expect(observer.heard).toEqual([
      ...['a gets GO', 'a is away', 'b gets END', 'b is done', 'b is gone'],
    ]);
  });

  it('tells an observer that left nothing more, and the others go on', () => {
    const { registry, spawn, actors } = registryOf('a');
    const [one, other] = [new Observer(), new Observer()];
    const stop = registry.observe(one);
    registry.observe(other);
    stop();
    stop();
    one.heard.length = 0;
    actors[0]?.send({ type: 'GO' });
    spawn('b').stop();
    expect(one.heard).toEqual([]);
    expect(other.heard).toContain('a is away');
    expect(other.heard).toContain('b is gone');
  });
});
