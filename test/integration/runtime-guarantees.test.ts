import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/defaults.ts';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { decodeNegotiateRequest } from '../../src/smb/wire/negotiate.ts';
import { failWith, loseAnswer } from '../fake-server/faults.ts';
import { LiveStage } from '../support/live-stage.ts';
import type { Ear } from '../support/live-stage.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** No number is left out, and none comes twice. */
function expectInOrder({ answers, events }: Ear): void {
  const first = answers[0]?.seq ?? 0;
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => first + 1 + i));
}

describe('a runtime that nobody asked anything of', () => {
  it('has no connection, no watch and no timer', async () => {
    await using stage = new LiveStage();
    await stage.runtime.start();
    await stage.world.advance(HOUR);
    expect(stage.world.host.connections.size).toBe(0);
    expect(stage.world.clock.pendingOf('client')).toBe(0);
    expect(stage.runtime.watches()).toEqual([]);
    expect(stage.runtime.actors.list()).toEqual([]);
  });
});

describe('connections of one runtime', () => {
  it('are two for any number of directories, and two clients for the server', async () => {
    await using stage = new LiveStage();
    const { host } = stage.world;
    for (let i = 0; i < 100; i += 1) {
      host.fileSystem.mkdir(`a/${i}`);
      stage.subscribe({ path: `a/${i}` });
    }
    await stage.world.advance(5 * SECOND);
    expect(host.pendingNotifies).toHaveLength(100);
    const guids = [...host.connections].map(({ requests }) =>
      decodeNegotiateRequest(requests[0]!.message).clientGuid.toString('hex'),
    );
    expect(guids).toHaveLength(2);
    expect(new Set([...guids, '0'.repeat(32)]).size).toBe(3);
  });
});

describe('those who subscribe to one directory', () => {
  it('at once have one watch, which is closed when the last has left', async () => {
    await using stage = new LiveStage();
    const ears = Array.from({ length: 5 }, () => stage.subscribe());
    await stage.world.advance(SECOND);
    expect(stage.runtime.watches()).toMatchObject([{ path: 'a', subscribers: 5, state: 'live' }]);
    expect(stage.world.host.pendingNotifies).toHaveLength(1);
    for (const [left, ear] of ears.entries()) {
      ear.subscription.close();
      ear.subscription.close();
      expect(stage.runtime.counters().subscribers).toBe(4 - left);
    }
    await stage.world.settle();
    expect(stage.world.host.pendingNotifies).toEqual([]);
    expect(stage.runtime.watches()).toEqual([]);
    await stage.world.advance(DEFAULTS.connectionLingerMs + SECOND);
    expect(stage.world.host.connections.size).toBe(0);
  });

  it('hear the same in the same order, each from where they came in', async () => {
    await using stage = new LiveStage();
    const first = await stage.listen();
    const ears = [first];
    for (let i = 0; i < 30; i += 1) {
      stage.world.host.local.write(`a/file-${i % 7}`, 'x'.repeat(i));
      if (i % 3 === 0) stage.world.host.client.rename(`a/file-${i % 7}`, `a/other-${i}`);
      if (i === 9 || i === 20) ears.push(stage.subscribe());
      await stage.world.advance(30);
    }
    for (const ear of ears) {
      expectInOrder(ear);
      const missed = first.events.findIndex(({ seq }) => seq === ear.events[0]?.seq);
      expect(ear.events).toEqual(first.events.slice(missed));
    }
    expect(first.resyncs).toEqual([]);
  });

  it('may let go of each other while they are told', async () => {
    await using stage = new LiveStage();
    const [first, second, third] = [
      await stage.listen(),
      await stage.listen(),
      await stage.listen(),
    ];
    first.onEvent = () => {
      second.subscription.close();
      first.subscription.close();
    };
    stage.world.host.local.mkdir('a/new');
    await stage.world.advance(SECOND);
    expect(first.changes).toEqual(['added new']);
    expect(second.changes).toEqual([]);
    expect(third.changes).toEqual(['added new']);
    expect(stage.runtime.counters().subscribers).toBe(1);
  });
});

describe('one who comes back', () => {
  it('within 30 s is told all that was missed, in order, and no resync', async () => {
    await using stage = new LiveStage();
    const before = await stage.listen();
    stage.world.host.local.mkdir('a/seen');
    await stage.world.advance(SECOND);
    const resume = before.resumePoint;
    before.subscription.close({ linger: true });
    for (const name of ['one', 'two', 'three']) {
      stage.world.host.local.mkdir(`a/${name}`);
      await stage.world.advance(9 * SECOND);
    }
    expect(before.changes).toEqual(['added seen']);
    const after = stage.subscribe({ resume });
    await stage.world.settle();
    expect(after.answers).toMatchObject([{ ...resume, resumed: true }]);
    expect(after.changes).toEqual(['added one', 'added two', 'added three']);
    expectInOrder(after);
    stage.world.host.local.mkdir('a/four');
    await stage.world.advance(SECOND);
    expect(after.changes.at(-1)).toBe('added four');
    expectInOrder(after);
  });

  it.each([
    ['when more was missed than is kept', { files: 4, awayMs: SECOND }, 'replay_gap'],
    ['when nobody kept it', { files: 1, awayMs: 31 * SECOND }, 'restarted'],
    ['from another numbering', { files: 1, awayMs: SECOND, epoch: 'another' }, 'restarted'],
    ['from the future', { files: 1, awayMs: SECOND, seq: 99 }, 'replay_gap'],
  ] as const)('%s is told a resync instead, never silence', async (_when, missed, reason) => {
    await using stage = new LiveStage({ limits: { replayEvents: 3 } });
    const before = await stage.listen();
    const { files, awayMs, ...claimed } = missed;
    const resume = { ...before.resumePoint, ...claimed };
    before.subscription.close({ linger: true });
    for (let i = 0; i < files; i += 1) {
      stage.world.host.local.write(`a/${i}`, 'x');
      await stage.world.advance(SECOND / 2);
    }
    await stage.world.advance(awayMs);
    const after = await stage.listen({ resume });
    expect(after.answers).toMatchObject([{ resumed: false }]);
    expect(after.resyncs).toEqual([reason]);
    expect(after.changes).toEqual([]);
  });
});

describe('a server that cannot be reached', () => {
  it('lets a door be answered after 15 s, and what is missed is told when it can', async () => {
    await using stage = new LiveStage();
    stage.world.host.down();
    const ear = stage.subscribe();
    await stage.world.advance(14 * SECOND);
    expect(ear.answers).toEqual([]);
    await stage.world.advance(SECOND + 100);
    expect(ear.answers).toMatchObject([{ state: 'reconnecting', resumed: false }]);
    stage.world.host.local.write('a/unheard', 'x');
    stage.world.host.up();
    // It is looked for every 5 s, whatever the next try waits for.
    await stage.world.advance(DEFAULTS.probeIntervalMs + SECOND);
    expect(ear.latest).toBe('live');
    expect(ear.resyncs).toEqual(['reconnected']);
  });

  it('is tried again for ever', async () => {
    await using stage = new LiveStage();
    const ear = await stage.listen();
    stage.world.host.down();
    await stage.world.advance(24 * HOUR);
    expect(ear.ending).toBeUndefined();
    stage.world.host.up();
    await stage.world.advance(DEFAULTS.retryCapMs);
    expect(ear.latest).toBe('live');
    expect(ear.resyncs).toEqual(['reconnected']);
  });
});

describe('a watch that the server has forgotten', () => {
  it.each([
    ['changes', 'samba'],
    ['refresh', 'samba'],
    ['changes', 'windows'],
  ] as const)(
    'is found out within 10 minutes of the first change, and made anew; detail %s, on %s',
    async (detail, kind) => {
      await using stage = new LiveStage({ host: { kind } });
      const ear = await stage.listen({ detail });
      // Listed once more, so that it is known what was there before.
      await stage.world.advance(DEFAULTS.verifyIntervalMs);
      stage.world.host.forgetNotifies();
      stage.world.host.local.write('a/unheard', 'x');
      await stage.world.advance(DEFAULTS.verifyIntervalMs + 2 * SECOND);
      expect(ear.resyncs).toEqual(['diverged']);
      expect(ear.latest).toBe('live');
      const told = ear.events.length;
      stage.world.host.local.mkdir('a/heard');
      await stage.world.advance(SECOND);
      expect(ear.events.length).toBe(told + 1);
      expect(ear.resyncs).toEqual(['diverged']);
    },
  );
});

describe('what is not seen to be gone', () => {
  it.each([
    ['a later page of a listing fails', 1, Status.UNSUCCESSFUL],
    ['a listing fails for want of memory', 0, Status.NO_MEMORY],
    ['a listing is denied', 0, Status.ACCESS_DENIED],
    ['a listing ends with the session', 1, Status.USER_SESSION_DELETED],
  ] as const)('is told as there when %s', async (_what, skip, status) => {
    await using stage = new LiveStage();
    const { host } = stage.world;
    for (let i = 0; i < 2_000; i += 1) host.local.write(`a/a long name of file ${i}`, 'x');
    const ear = await stage.listen();
    const rule = { command: Command.QUERY_DIRECTORY, fault: failWith(status) };
    host.inject({ ...rule, skip, times: 3 });
    ear.subscription.refresh();
    await stage.world.advance(10 * MINUTE);
    expect(ear.changes).toEqual([]);
    expect(ear.resyncs[0]).toBe('refresh');
    expect(ear.latest).toBe('live');
    host.client.remove('a/a long name of file 1234');
    await stage.world.advance(MINUTE);
    expect(ear.changes).toEqual(['removed a long name of file 1234']);
  });

  it('is told as there when the server falls silent in the midst of a listing, or goes', async () => {
    await using stage = new LiveStage();
    const { host } = stage.world;
    for (let i = 0; i < 2_000; i += 1) host.local.write(`a/a long name of file ${i}`, 'x');
    const ear = await stage.listen();
    host.inject({ command: Command.QUERY_DIRECTORY, skip: 1, fault: loseAnswer });
    ear.subscription.refresh();
    await stage.world.advance(SECOND);
    host.vanish();
    await stage.world.advance(HOUR);
    expect(ear.latest).toBe('reconnecting');
    host.thaw();
    await stage.world.advance(10 * MINUTE);
    expect(ear.latest).toBe('live');
    expect(ear.changes).toEqual([]);
  });
});

describe('how fresh it is', () => {
  const verifiedAt = ({ runtime }: LiveStage): number =>
    Date.parse(runtime.watches()[0]?.verified_at ?? '');

  it('is known, and never worse than the interval while it is live', async () => {
    await using stage = new LiveStage();
    const clock = stage.world.clock.for('test');
    await stage.listen();
    for (let minute = 0; minute < 120; minute += 1) {
      await stage.world.advance(MINUTE);
      expect(stage.runtime.watches()).toMatchObject([{ state: 'live', mode: 'flat' }]);
      const age = clock.wall() - verifiedAt(stage);
      expect(age).toBeLessThanOrEqual(DEFAULTS.verifyIntervalMs + SECOND);
    }
  });

  it('is known while nothing is: the state says so, and the time stands still', async () => {
    await using stage = new LiveStage();
    const ear = await stage.listen();
    const before = verifiedAt(stage);
    stage.world.host.vanish();
    await stage.world.advance(30 * SECOND);
    expect(ear.latest).toBe('reconnecting');
    await stage.world.advance(HOUR);
    expect(stage.runtime.watches()).toMatchObject([{ state: 'reconnecting', code: 'timeout' }]);
    expect(verifiedAt(stage)).toBe(before);
  });
});

describe('a directory in which', () => {
  it('nothing happens costs one comparison in some ten minutes, which nobody hears of', async () => {
    await using stage = new LiveStage();
    stage.world.host.local.write('a/file', 'x');
    const ear = await stage.listen();
    const { listings } = stage.runtime.counters();
    await stage.world.advance(24 * HOUR);
    expect(ear.events).toEqual([]);
    const counters = stage.runtime.counters();
    expect(counters.listings).toBe(listings);
    // Ten minutes, less up to a fifth.
    expect(counters.verifications).toBeGreaterThanOrEqual(24 * 6);
    expect(counters.verifications).toBeLessThanOrEqual((24 * 6) / 0.8 + 1);
    expect(counters.divergences).toBe(0);
  });

  it('something happens all the time is told and listed no more often than agreed', async () => {
    await using stage = new LiveStage();
    const [ear, undetailed] = [await stage.listen(), await stage.listen({ detail: 'refresh' })];
    const { listings } = stage.runtime.counters();
    const lasting = 10 * SECOND;
    for (let ms = 0; ms < lasting; ms += 5) {
      stage.world.host.local.write('a/log', `${ms}`);
      await stage.world.advance(5);
    }
    await stage.world.advance(SECOND);
    const most = lasting / DEFAULTS.coalesceMs + 2;
    expect(stage.runtime.counters().listings - listings).toBeLessThanOrEqual(most);
    for (const { events } of [ear, undetailed]) {
      expect(events.length).toBeGreaterThan(most / 2);
      expect(events.length).toBeLessThanOrEqual(most);
    }
    // The last of it, too.
    expect(ear.events.at(-1)).toMatchObject({ changes: [{ path: 'log', size: 4 }] });
  });

  it('much happens at once is listed a few times, not once for each', async () => {
    await using stage = new LiveStage();
    const ear = await stage.listen();
    const { listings } = stage.runtime.counters();
    for (let i = 0; i < 900; i += 1) stage.world.host.local.mkdir(`a/${i}`);
    await stage.world.advance(5 * SECOND);
    expect(ear.changes).toHaveLength(900);
    expect(stage.runtime.counters().listings - listings).toBeLessThanOrEqual(3);
  });

  it('more lies than is remembered is told as a resync instead of names', async () => {
    await using stage = new LiveStage({ limits: { listingEntries: 10 } });
    for (let i = 0; i < 50; i += 1) stage.world.host.local.write(`a/${i}`, 'x');
    const ear = await stage.listen();
    for (let i = 100; i < 150; i += 1) stage.world.host.local.write(`a/${i}`, 'x');
    await stage.world.advance(SECOND);
    expect(new Set(ear.resyncs)).toEqual(new Set(['overflow']));
  });

  it('more directories lie than one watch may have says so once', async () => {
    await using stage = new LiveStage({ limits: { recursiveDirectories: 3 } });
    for (let i = 0; i < 5; i += 1) stage.world.host.fileSystem.mkdir(`a/${i}`);
    const ear = stage.subscribe({ recursive: true });
    await stage.world.advance(10 * SECOND);
    expect(ear.latest).toBe('live');
    expect(stage.world.host.pendingNotifies.length).toBeLessThanOrEqual(3);
    stage.world.host.fileSystem.mkdir('a/another');
    await stage.world.advance(10 * SECOND);
    expect(ear.changes).toContain('added another');
    expect(stage.world.host.pendingNotifies.length).toBeLessThanOrEqual(3);
  });
});
