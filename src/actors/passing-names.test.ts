import { describe, expect, it } from 'vitest';
import { WatchStage } from '../../test/support/watch-stage.ts';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { PassingNames } from './passing-names.ts';

const REST_MS = 30_000;
const { directoryTickMs: TICK_MS, pollMaxMs } = DEFAULTS;

/** Takes listings of no duration; `modifiedAt` as they tell it, `at` when they are. */
class Listings {
  readonly names = new PassingNames();
  #modifiedAt = 0.5;

  /** `soon` and `tell`, as far as they come of it. */
  at(now: number, modifiedAt: number): string {
    const hasMoved = modifiedAt !== this.#modifiedAt;
    this.#modifiedAt = modifiedAt;
    const listing = { begunAt: now, endedAt: now, hasMoved, modifiedAt };
    const isTold = this.names.listed(listing, REST_MS);
    const isSoon = this.names.soonMs !== undefined;
    return [isSoon && 'soon', isTold && 'tell'].filter((word) => word !== false).join(' ');
  }
}

describe('names that come and go between two listings', () => {
  it('are nothing while the directory has the time that it had', () => {
    const listings = new Listings();
    for (const now of [0, 1_000, 100_000]) expect(listings.at(now, 0.5)).toBe('');
  });

  it('are told of when one more listing, a tick later, finds it at rest', () => {
    const listings = new Listings();
    expect(listings.at(1_000, 1.5)).toBe('soon');
    expect(listings.names.soonMs).toBeGreaterThan(TICK_MS);
    expect(listings.at(1_000 + TICK_MS, 1.5)).toBe('tell');
    expect(listings.at(5_000, 1.5)).toBe('');
  });

  it('are not told of within the tick, in which more may follow unseen', () => {
    const listings = new Listings();
    expect(listings.at(1_000, 1.5)).toBe('soon');
    expect(listings.at(1_001, 1.5)).toBe('soon');
    expect(listings.at(1_000 + TICK_MS - 1, 1.5)).toBe('soon');
    expect(listings.at(1_000 + TICK_MS, 1.5)).toBe('tell');
  });

  it('wait longer where times are whole seconds', () => {
    const listings = new Listings();
    expect(listings.at(10_000, 3_000)).toBe('soon');
    expect(listings.names.soonMs).toBeGreaterThan(2_000);
    expect(listings.at(11_999, 3_000)).toBe('soon');
    expect(listings.at(12_000, 3_000)).toBe('tell');
  });

  it('do not make it listed on and on where something happens all the time', () => {
    const listings = new Listings();
    const words = Array.from({ length: 40 }, (_, n) => listings.at(n * 1_000, n + 0.7));
    expect(words.slice(0, 6)).toEqual(['soon', '', 'soon', '', 'soon', '']);
    const told = words.flatMap((word, n) => (word.includes('tell') ? [n] : []));
    // Within the time in which polling tells of everything.
    expect(told).toEqual([30]);
    expect(listings.at(60_000, 39.7)).toBe('tell');
    expect(listings.at(61_000, 39.7)).toBe('');
  });
});

/** A stage whose server has no notifications, read by somebody who wants that much. */
async function polled(detail: 'changes' | 'refresh') {
  const stage = new WatchStage();
  const refusal = new TidewatchError('notify_unsupported', 'No notifications here');
  stage.storage.failing = (operation) => (operation === 'watch' ? refusal : undefined);
  stage.storage.put('dir/stays');
  const reader = stage.subscribe({ detail });
  // What happened while it subscribed is in doubt once, whatever its time says.
  await stage.services.pass(5 * pollMaxMs);
  expect(reader.told[0]).toBe('subscribed polling');
  reader.take();
  return { stage, reader };
}

describe.each(['changes', 'refresh'] as const)('a directory that is polled, for %s', (detail) => {
  it('tells that a name may have come and gone that no listing shows', async () => {
    const { stage, reader } = await polled(detail);
    const { services, storage } = stage;
    await services.pass(5 * pollMaxMs);
    expect(reader.take()).toEqual([]);
    storage.put('dir/passing');
    storage.remove('dir/passing');
    await services.pass(1.2 * pollMaxMs);
    expect(reader.take()).toEqual(['resync recheck']);
    await services.pass(5 * pollMaxMs);
    expect(reader.take()).toEqual([]);
  });

  it('tells it beside the names that the listings show', async () => {
    const { stage, reader } = await polled(detail);
    stage.storage.put('dir/passing');
    stage.storage.put('dir/new');
    stage.storage.remove('dir/passing');
    await stage.services.pass(1.2 * pollMaxMs);
    const change = detail === 'changes' ? 'change +new' : 'change';
    expect(reader.take()).toEqual([change, 'resync recheck']);
  });

  it('tells it of what comes and goes within one tick of the clock of the server', async () => {
    const { stage, reader } = await polled(detail);
    const { services, storage } = stage;
    storage.time = () => 77.25;
    storage.put('dir/first');
    storage.remove('dir/first');
    const before = storage.calls.length;
    // As soon as it was listed, and without its time being another.
    let passes = 0;
    while (storage.calls.length === before && passes < 5_000) {
      passes += 1;
      await services.pass(10);
    }
    expect(reader.take()).toEqual([]);
    storage.put('dir/second');
    storage.remove('dir/second');
    await services.pass(10 * TICK_MS);
    expect(reader.take()).toEqual(['resync recheck']);
  });

  it('tells only what differs where the storage knows no times', async () => {
    const { stage, reader } = await polled(detail);
    stage.storage.time = undefined;
    stage.storage.put('dir/new');
    await stage.services.pass(1.2 * pollMaxMs);
    stage.storage.put('dir/passing');
    stage.storage.remove('dir/passing');
    await stage.services.pass(5 * pollMaxMs);
    expect(reader.take()).toEqual([detail === 'changes' ? 'change +new' : 'change']);
  });

  it('tells nothing more where only the content of a file changes', async () => {
    const { stage, reader } = await polled(detail);
    stage.storage.write('dir/stays', 99);
    await stage.services.pass(5 * pollMaxMs);
    expect(reader.take()).toEqual([detail === 'changes' ? 'change *stays' : 'change']);
  });

  it('is listed no more than once more for it', async () => {
    const { stage } = await polled(detail);
    const listings = async (): Promise<number> => {
      stage.storage.calls.length = 0;
      await stage.services.pass(20 * pollMaxMs);
      return stage.storage.calls.length;
    };
    const quiet = await listings();
    stage.storage.put('dir/passing');
    stage.storage.remove('dir/passing');
    expect(await listings()).toBeLessThanOrEqual(quiet + 1);
  });
});
