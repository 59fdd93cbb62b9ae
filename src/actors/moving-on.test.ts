import { describe, expect, it } from 'vitest';
import { WatchStage } from '../../test/support/watch-stage.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

const full = (): TidewatchError => new TidewatchError('insufficient_resources', 'No room');

describe('a directory for which a server has no room', () => {
  it('is tried on each connection once, then polled', async () => {
    const stage = new WatchStage({ limits: { watchConnections: 3 } });
    stage.place.otherConnections = 1_000;
    stage.storage.failing = (operation) => (operation === 'watch' ? full() : undefined);
    const reader = stage.subscribe();
    await stage.services.pass(1_000);
    expect(stage.storage.calls.filter((call) => call === 'watch dir')).toHaveLength(4);
    expect(reader.told).toEqual(['subscribed polling']);
    reader.subscription.close();
    await stage.services.pass(1_000);
    expect(stage.leftovers).toEqual({});
  });

  it('may move again when it was served for a while', async () => {
    const stage = new WatchStage({ limits: { watchConnections: 1 } });
    stage.place.otherConnections = 1_000;
    let refusals = 1;
    stage.storage.failing = (operation) => {
      if (operation !== 'watch' || refusals === 0) return undefined;
      refusals -= 1;
      return full();
    };
    const reader = stage.subscribe();
    await stage.services.pass(20_000);
    expect(reader.take()).toEqual(['subscribed live']);
    stage.storage.watches.at(-1)?.listener.ended(full());
    await stage.services.pass(100);
    expect(stage.storage.watches).toHaveLength(3);
    expect(reader.told).toEqual(['state reconnecting', 'resync reopened', 'state live']);
  });

  it('does not change its connection, and waits, when there is no room for a listing', async () => {
    const stage = new WatchStage();
    stage.place.otherConnections = 1_000;
    stage.storage.failing = () => full();
    stage.subscribe({ patienceMs: Infinity });
    await stage.services.pass(10_000);
    expect(stage.storage.calls.length).toBeLessThan(60);
    expect(stage.place.otherConnections).toBe(992);
  });
});
