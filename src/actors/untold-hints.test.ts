import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';

/** A stage on which whoever looks at the files waits; returns how to let go. */
function hold(stage: WatchStage): () => void {
  const gate = Promise.withResolvers<void>();
  stage.storage.before = gate.promise;
  return () => {
    stage.storage.before = undefined;
    gate.resolve();
  };
}

const modified = (path: string) => ({ action: 'modified', path }) as const;

describe('what is heard while somebody looks at what was heard before', () => {
  it('is told when it came from below', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch({ recursive: 'tree', detail: 'changes' });
    const coarse = await stage.watch({ recursive: 'tree', detail: 'refresh' });
    const letGo = hold(stage);
    stage.storage.tell('dir', modified('x'));
    await settle();
    stage.storage.tell('dir', modified('below/y'));
    letGo();
    await stage.services.pass(1_000);
    // Its directory was never listed with this account, so there is a word, but no name.
    expect(reader.told).toEqual(['change -x', 'resync recheck']);
    expect(coarse.told).toEqual(reader.told);
  });

  it('is told though nobody wants names any more', async () => {
    const stage = new WatchStage();
    stage.storage.put('dir/x');
    const coarse = await stage.watch({ detail: 'refresh' });
    const fine = await stage.watch({ detail: 'changes' });
    const letGo = hold(stage);
    stage.storage.tell('dir', modified('x'));
    await settle();
    fine.subscription.close();
    stage.storage.tell('dir', modified('x'));
    letGo();
    await stage.services.pass(1_000);
    expect(coarse.told).toEqual(['change *x', 'change']);
  });

  it('is told as a gap when it is more than is remembered', async () => {
    const stage = new WatchStage({ limits: { pendingHints: 100 } });
    const reader = await stage.watch({ recursive: 'tree' });
    const flat = await stage.watch();
    const letGo = hold(stage);
    stage.storage.tell('dir', modified('x'));
    await settle();
    for (let n = 0; n < 1_000; n += 1) stage.storage.tell('dir', modified(`below/${n}`));
    letGo();
    await stage.services.pass(1_000);
    expect(reader.told).toEqual(['change -x', 'resync overflow']);
    expect(flat.told).toEqual(['change -x']);
  });
});

describe('what is heard while nobody wants names', () => {
  it('is told though a listing comes before its time and shows nothing new', async () => {
    const stage = new WatchStage({ limits: { coalesceMs: 1_000 } });
    stage.storage.put('dir/x');
    const reader = await stage.watch({ detail: 'refresh' });
    stage.storage.tell('dir', modified('x'));
    stage.subscribe({ detail: 'changes' }).subscription.close();
    await settle();
    reader.take();
    stage.storage.tell('dir', modified('x'));
    stage.directory.relist();
    await stage.services.pass(2_000);
    expect(reader.told).not.toEqual([]);
  });
});
