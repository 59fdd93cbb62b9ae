import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';
import type { Reader } from '../../test/support/watch-stage.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** A file appears, and the watch says so. */
async function add(stage: WatchStage, name: string): Promise<void> {
  stage.storage.put(`dir/${name}`);
  stage.storage.tell('dir', { action: 'added', path: name });
  await stage.services.pass(100);
}

describe('a subscriber of a directory', () => {
  it('is answered when the directory is armed and listed, and not before', async () => {
    const stage = new WatchStage();
    stage.storage.isWillingToArm = false;
    const listing = Promise.withResolvers<void>();
    stage.storage.after = listing.promise;
    const reader = stage.subscribe();
    await settle();
    const [watch] = stage.storage.open('dir');
    watch?.listener.opened();
    await settle();
    expect(reader.told).toEqual([]);
    watch?.listener.armed();
    await settle();
    expect(reader.told).toEqual([]);
    listing.resolve();
    await settle();
    expect(reader.told).toEqual(['subscribed live']);
    expect(reader.answers).toEqual([
      ...[{ type: 'subscribed', epoch: 'epoch 1', seq: 0, state: 'live', resumed: false }],
    ]);
  });

  it('is answered after a while though a large directory is not listed yet', async () => {
    const stage = new WatchStage({ limits: { baselineWaitMs: 250 } });
    const listing = Promise.withResolvers<void>();
    stage.storage.after = listing.promise;
    const reader = stage.subscribe();
    await stage.services.pass(240);
    expect(reader.told).toEqual([]);
    await stage.services.pass(20);
    expect(reader.told).toEqual(['subscribed live']);
    // What it has listed since then nobody can vouch for.
    expect(stage.directory.content.uncertain).toBe(true);
    listing.resolve();
  });

  it('is answered after its patience with the state, and told a resync once it is watched', async () => {
    const stage = new WatchStage();
    stage.place.isUp = false;
    const reader = stage.subscribe({ patienceMs: 1_000 });
    await settle();
    stage.place.down({ code: 'unreachable', message: 'Nobody there' });
    await stage.services.pass(900);
    expect(reader.told).toEqual([]);
    await stage.services.pass(200);
    expect(reader.take()).toEqual(['subscribed reconnecting']);
    stage.place.up();
    await stage.services.pass(1_000);
    expect(reader.told.toSorted()).toEqual([
      ...['resync reconnected', 'state connecting', 'state live'],
    ]);
  });

  it('hears of states instead of an answer when its patience has no end', async () => {
    const stage = new WatchStage();
    stage.place.isUp = false;
    const reader = stage.subscribe({ patienceMs: Infinity });
    await settle();
    stage.place.down();
    await stage.services.pass(1e6);
    expect(reader.told).toEqual(['state reconnecting']);
    stage.place.up();
    await settle();
    expect(reader.told).toEqual([
      ...['state reconnecting', 'state connecting', 'state live', 'subscribed live'],
    ]);
  });

  it.each([
    { code: 'not_found', why: 'is not there' },
    { code: 'access_denied', why: 'may not be read' },
    { code: 'unsupported', why: 'cannot be watched at all' },
  ] as const)('is told $code when the directory $why, and nothing is left', async ({ code }) => {
    const stage = new WatchStage();
    stage.storage.failing = () => new TidewatchError(code, 'An obstacle');
    const reader = stage.subscribe();
    await stage.services.pass(1_000);
    expect(reader.told).toEqual([`ended ${code}`]);
    expect(reader.ends[0]?.message).toBe('An obstacle');
    expect(stage.leftovers).toEqual({});
  });

  it('is told each state once', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    const failure = { code: 'disconnected', message: 'The connection is lost' } as const;
    stage.place.down(failure);
    stage.place.down(failure);
    stage.place.down(failure);
    await settle();
    expect(reader.take()).toEqual(['state reconnecting']);
    stage.place.up();
    await settle();
    expect(reader.take().filter((what) => what.startsWith('state'))).toEqual(['state live']);
  });

  it('may leave while it is told something, and hears no more', async () => {
    const stage = new WatchStage();
    const leaver = await stage.watch();
    const stayer = await stage.watch();
    leaver.onTold = () => leaver.subscription.close();
    await add(stage, 'a');
    await add(stage, 'b');
    expect([leaver.told, stayer.told]).toEqual([['change +a'], ['change +a', 'change +b']]);
    stayer.onTold = () => stayer.subscription.close();
    await add(stage, 'c');
    expect(stayer.told).toHaveLength(3);
    expect(stage.leftovers).toEqual({});
  });

  it('may leave while it is answered', async () => {
    const stage = new WatchStage();
    const reader = stage.subscribe();
    reader.onTold = () => reader.subscription.close();
    await settle();
    expect(reader.told).toEqual(['subscribed live']);
    expect(stage.leftovers).toEqual({});
  });

  it('may leave twice, before it is answered, and after the end', async () => {
    const stage = new WatchStage();
    const stayer = await stage.watch();
    const early = stage.subscribe();
    early.subscription.close();
    early.subscription.close();
    expect(stage.services.counters.subscribers).toBe(1);
    await settle();
    expect(early.told).toEqual([]);
    await stage.hub.stop();
    stayer.subscription.close();
    stayer.subscription.refresh();
    await settle();
    expect(stayer.told).toEqual(['ended closed']);
    expect(stage.leftovers).toEqual({});
  });

  it('gets a fresh listing for the asking', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    stage.storage.put('dir/unheard of');
    reader.subscription.refresh();
    await settle();
    expect(reader.told).toEqual(['resync refresh', 'change +unheard of']);
  });

  it('is one of many who all hear the same, numbered alike', async () => {
    const stage = new WatchStage();
    const readers: Reader[] = [];
    for (let i = 0; i < 50; i += 1) readers.push(stage.subscribe());
    await settle();
    await add(stage, 'a');
    for (const reader of readers.splice(10, 20)) reader.subscription.close();
    await add(stage, 'b');
    for (const { events } of readers) {
      expect(events.map(({ type, seq }) => [type, seq])).toEqual([
        ...[
          ['change', 1],
          ['change', 2],
        ],
      ]);
    }
    // The same objects for all.
    expect(new Set(readers.map(({ events }) => events[1])).size).toBe(1);
    expect(stage.storage.open()).toHaveLength(1);
    for (const { subscription } of readers) subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });
});

describe('detail', () => {
  it('is looked for while anybody wants it', async () => {
    const stage = new WatchStage();
    const simple = await stage.watch({ detail: 'refresh' });
    await add(stage, 'a');
    expect(simple.take()).toEqual(['change']);
    expect(stage.directory.content.listing).toBeUndefined();
    const [one, other] = [await stage.watch(), await stage.watch()];
    await add(stage, 'b');
    expect([simple, one, other].map(({ told }) => told.at(-1))).toEqual([
      ...['change +b', 'change +b', 'change +b'],
    ]);
    one.subscription.close();
    expect(stage.directory.wantsDetail).toBe(true);
    other.subscription.close();
    expect(stage.directory.wantsDetail).toBe(false);
    expect(stage.directory.content.listing).toBeUndefined();
    simple.take();
    await add(stage, 'c');
    expect(simple.take()).toEqual(['change']);
  });
});
