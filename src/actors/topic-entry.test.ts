import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';

async function change(stage: WatchStage, ...names: string[]): Promise<void> {
  for (const name of names) {
    stage.storage.put(`dir/${name}`);
    stage.storage.tell('dir', { action: 'added', path: name });
    await stage.services.pass(100);
  }
}

describe('a subscriber that comes back', () => {
  it('is told exactly what it missed, then what follows', async () => {
    const stage = new WatchStage();
    const stayer = await stage.watch();
    await change(stage, 'a', 'b', 'c');
    const back = stage.subscribe({ resume: { epoch: 'epoch 1', seq: 1 } });
    await settle();
    expect(back.answers).toMatchObject([{ resumed: true, seq: 1, epoch: 'epoch 1' }]);
    await change(stage, 'd');
    expect(back.told).toEqual(['subscribed live', 'change +b', 'change +c', 'change +d']);
    expect(back.events).toEqual(stayer.events.slice(1));
  });

  it('is told nothing again when it missed nothing', async () => {
    const stage = new WatchStage();
    await stage.watch();
    const early = await stage.watch({ resume: { epoch: 'epoch 1', seq: 0 } });
    expect(early.answers).toMatchObject([{ resumed: true, seq: 0 }]);
    await change(stage, 'a');
    const late = stage.subscribe({ resume: { epoch: 'epoch 1', seq: 1 } });
    await settle();
    expect(late.answers).toMatchObject([{ resumed: true, seq: 1 }]);
    expect(late.told).toEqual(['subscribed live']);
  });

  it('is told a gap when what it missed is not kept any more', async () => {
    const stage = new WatchStage({ limits: { replayEvents: 2 } });
    await stage.watch();
    await change(stage, 'a', 'b', 'c', 'd');
    const back = stage.subscribe({ resume: { epoch: 'epoch 1', seq: 1 } });
    await settle();
    expect(back.answers).toMatchObject([{ resumed: false, seq: 4 }]);
    expect(back.events).toEqual([{ type: 'resync', seq: 4, reason: 'replay_gap' }]);
    await change(stage, 'e');
    expect(back.events.at(-1)).toMatchObject({ type: 'change', seq: 5 });
  });

  it('is told a gap when it names a point that has not been reached', async () => {
    const stage = new WatchStage();
    await stage.watch();
    const back = stage.subscribe({ resume: { epoch: 'epoch 1', seq: 99 } });
    await settle();
    expect(back.told).toEqual(['subscribed live', 'resync replay_gap']);
  });

  it('is told that all began anew when its numbering is over', async () => {
    const stage = new WatchStage();
    const first = await stage.watch();
    await change(stage, 'a');
    first.subscription.close();
    await settle();
    const back = stage.subscribe({ resume: { epoch: 'epoch 1', seq: 1 } });
    await settle();
    expect(back.answers).toMatchObject([{ resumed: false, epoch: 'epoch 2', seq: 0 }]);
    expect(back.told).toEqual(['subscribed live', 'resync restarted']);
  });
});

describe('a subscriber whose link broke', () => {
  const LINGER_MS = 30_000;

  it('finds numbering and events as long as they linger', async () => {
    const stage = new WatchStage({ limits: { lingerMs: LINGER_MS } });
    const reader = await stage.watch();
    await change(stage, 'a');
    reader.subscription.close({ linger: true });
    await stage.services.pass(LINGER_MS - 1_000);
    await change(stage, 'b');
    expect(reader.told).toEqual(['change +a']);
    const back = stage.subscribe({ resume: { epoch: 'epoch 1', seq: 1 } });
    await settle();
    expect(back.told).toEqual(['subscribed live', 'change +b']);
    // The one that lingered goes, the other one stays.
    await stage.services.pass(LINGER_MS);
    expect(stage.services.counters.subscribers).toBe(1);
    back.take();
    await change(stage, 'c');
    expect(back.take()).toEqual(['change +c']);
  });

  it('leaves nothing behind when it does not come back', async () => {
    const stage = new WatchStage({ limits: { lingerMs: LINGER_MS } });
    const reader = await stage.watch();
    reader.subscription.close({ linger: true });
    await stage.services.pass(LINGER_MS - 100);
    expect(stage.storage.open()).toHaveLength(1);
    await stage.services.pass(200);
    expect(stage.leftovers).toEqual({});
    expect(reader.told).toEqual([]);
  });

  it('does not linger when it was never answered', async () => {
    const stage = new WatchStage();
    stage.place.isUp = false;
    const reader = stage.subscribe();
    await settle();
    reader.subscription.close({ linger: true });
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('lingers no longer when it is closed again', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    reader.subscription.close({ linger: true });
    await settle();
    expect(stage.storage.open()).toHaveLength(1);
    reader.subscription.close();
    reader.subscription.close({ linger: true });
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('is not told the end of the runtime while it is away', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    reader.subscription.close({ linger: true });
    await stage.hub.stop();
    expect(reader.told).toEqual([]);
    expect(stage.leftovers).toEqual({});
  });
});
