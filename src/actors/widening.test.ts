import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import type { ScriptedWatch } from '../../test/support/scripted-storage.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** The watch that reports from below, which the server has not armed yet. */
function wider(stage: WatchStage): ScriptedWatch {
  const found = stage.storage.open('dir').find(({ request }) => request.recursive);
  if (found === undefined) throw new Error('nobody asked for a wider watch');
  return found;
}

function arm(watch: ScriptedWatch): void {
  watch.listener.opened();
  watch.listener.armed();
}

describe('who wants what is below a directory that is watched by itself', () => {
  it('is not told to be subscribed before that is watched', async () => {
    const stage = new WatchStage();
    await stage.watch();
    stage.storage.isWillingToArm = false;
    const reader = stage.subscribe({ recursive: 'tree', patienceMs: Infinity });
    const flat = stage.subscribe();
    await stage.services.pass(1_000);
    expect([reader.told, flat.told]).toEqual([[], ['subscribed live']]);
    arm(wider(stage));
    await settle();
    expect(reader.told).toEqual(['state live', 'subscribed live']);
    expect(stage.storage.open('dir')).toHaveLength(1);
  });

  it('is told of a gap when it is watched, if that took too long', async () => {
    const stage = new WatchStage();
    await stage.watch();
    stage.storage.isWillingToArm = false;
    const reader = stage.subscribe({ recursive: 'tree' });
    await stage.services.pass(16_000);
    expect(reader.take()).toEqual(['subscribed live']);
    // A loss of the narrow watch says nothing of what is below.
    stage.storage.watches[0]?.listener.lost('overflow');
    await stage.services.pass(1_000);
    expect(reader.take()).toContain('resync overflow');
    arm(wider(stage));
    await settle();
    expect(reader.told).toEqual(['resync overflow']);
  });

  it('lists again when the server reports anything after it was polled', async () => {
    const stage = new WatchStage();
    const full = new TidewatchError('insufficient_resources', 'No room');
    stage.storage.failing = (operation) => (operation === 'watch' ? full : undefined);
    const reader = stage.subscribe({ recursive: 'tree' });
    await stage.services.pass(60_000);
    expect(reader.told[0]).toBe('subscribed polling');
    stage.storage.failing = () => undefined;
    reader.take();
    // Of what happens below now nobody tells.
    await stage.services.pass(1.2 * stage.services.limits.upgradeIntervalMs);
    expect(reader.take()).toContain('resync reopened');
    expect(stage.directory.status.word).toBe('live');
  });

  it('leaves nothing behind when it leaves before that', async () => {
    const stage = new WatchStage();
    const flat = await stage.watch();
    stage.storage.isWillingToArm = false;
    stage.subscribe({ recursive: 'tree' }).subscription.close();
    flat.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });
});
