import { expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';
import type { ActorObserver } from './registry.ts';

it('an observer that throws harms nobody', async () => {
  const stage = new WatchStage();
  const fail = (): never => {
    throw new Error('a mistake of this observer');
  };
  const observer: ActorObserver = { actor: fail, event: fail, snapshot: fail, gone: fail };
  const stop = stage.services.registry.observe(observer);
  const reader = stage.subscribe();
  await settle();
  expect(reader.take()).toEqual(['subscribed live']);
  reader.subscription.close();
  await settle();
  expect(stage.leftovers).toEqual({});
  stop();
});
