import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { ScriptedPlace } from '../../test/support/scripted-place.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { DEFAULT_RETRY } from '../machines/retry-policy.ts';
import type { TopicSpec } from './watch-hub.ts';

describe('sharing', () => {
  it('has one watch for all who agree, however they name what they agree on', async () => {
    const stage = new WatchStage();
    await stage.watch({ filter: ['size', 'file_name'] });
    await stage.watch({ filter: ['file_name', 'size'], retry: { ...DEFAULT_RETRY } });
    await stage.watch({ filter: ['file_name', 'size'], stopOnDelete: false, detail: 'refresh' });
    expect(stage.storage.open('dir')).toHaveLength(1);
    await stage.watch();
    await stage.watch({ retry: { ...DEFAULT_RETRY } });
    expect(stage.storage.open('dir')).toHaveLength(2);
  });

  it.each<[string, Partial<TopicSpec>]>([
    ['filter', { filter: ['file_name'] }],
    ['retry policy', { retry: { ...DEFAULT_RETRY, maxAttempts: 3 } }],
    ['end', { stopOnDelete: true }],
    ['path', { path: '' }],
    ['case of the path', { path: 'DIR' }],
  ])('keeps those apart who want another %s', async (_, wish) => {
    const stage = new WatchStage();
    stage.storage.directory('DIR');
    const one = await stage.watch();
    const other = await stage.watch(wish);
    expect(stage.hub.directories).toHaveLength(2);
    one.subscription.close();
    await settle();
    expect([stage.hub.directories.length, stage.storage.open().length]).toEqual([1, 1]);
    other.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('keeps places apart', async () => {
    const stage = new WatchStage();
    const elsewhere = new ScriptedPlace('elsewhere');
    elsewhere.storage.directory('dir');
    await stage.watch();
    await stage.watch({ place: elsewhere });
    expect([stage.storage, elsewhere.storage].map((storage) => storage.open().length)).toEqual([
      ...[1, 1],
    ]);
  });

  it('lets all who come first at once join one start', async () => {
    const stage = new WatchStage();
    const readers = Array.from({ length: 20 }, () => stage.subscribe());
    await settle();
    for (const { told } of readers) expect(told).toEqual(['subscribed live']);
    expect(stage.storage.calls).toEqual(['watch dir', 'list dir']);
    expect(stage.place.leases).toBe(1);
  });

  it('has a numbering for each mode, over one watch', async () => {
    const stage = new WatchStage();
    const flat = await stage.watch();
    const tree = await stage.watch({ recursive: 'tree' });
    const all = await stage.watch({ recursive: true });
    expect(stage.hub.topics()).toHaveLength(3);
    expect(stage.hub.directories).toHaveLength(1);
    expect([flat, tree, all].map(({ answers }) => answers[0]?.epoch)).toEqual([
      ...['epoch 1', 'epoch 2', 'epoch 3'],
    ]);
    for (const { subscription } of [flat, tree, all]) subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });
});

describe('coming and going', () => {
  it('leaves nothing behind of a start that failed, and the next one starts anew', async () => {
    const stage = new WatchStage();
    stage.storage.failing = () => new TidewatchError('access_denied', 'No');
    const failed = [stage.subscribe(), stage.subscribe()];
    await settle();
    expect(failed.map(({ told }) => told)).toEqual([
      ...[['ended access_denied'], ['ended access_denied']],
    ]);
    expect(stage.leftovers).toEqual({});
    stage.storage.failing = () => undefined;
    const reader = stage.subscribe();
    await settle();
    expect(reader.told).toEqual(['subscribed live']);
  });

  it('closes at once when the last one leaves, and not before', async () => {
    const stage = new WatchStage();
    const [one, other] = [await stage.watch(), await stage.watch()];
    const [watch] = stage.storage.open();
    one.subscription.close();
    expect(watch?.isClosed).toBe(false);
    other.subscription.close();
    expect(watch?.isClosed).toBe(true);
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('starts anew for one who comes while the last one is being let go', async () => {
    const stage = new WatchStage();
    const first = await stage.watch();
    const closing = Promise.withResolvers<void>();
    stage.storage.open()[0]!.closing = closing.promise;
    first.subscription.close();
    const second = stage.subscribe();
    await settle();
    expect(second.told).toEqual(['subscribed live']);
    expect(stage.hub.directories).toHaveLength(1);
    closing.resolve();
    await settle();
    expect(stage.hub.directories).toHaveLength(1);
    stage.storage.put('dir/a');
    stage.storage.tell('dir', { action: 'added', path: 'a' });
    await settle();
    expect([first.told, second.told]).toEqual([[], ['subscribed live', 'change +a']]);
    second.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 8, 10])(
    'leaves nothing behind when the only one leaves %d steps after coming',
    async (steps) => {
      const stage = new WatchStage();
      const reader = stage.subscribe();
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      reader.subscription.close();
      await settle();
      expect(stage.leftovers).toEqual({});
    },
  );
});

describe('a directory that is gone', () => {
  it('is looked for where its parent changes, and the parent is let go when it is back', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    stage.storage.remove('dir');
    const [watch] = stage.storage.open('dir');
    watch?.end(new TidewatchError('directory_deleted', 'Gone'));
    await settle();
    expect(reader.take()).toEqual(['state deleted']);
    expect(stage.storage.open().map(({ request }) => request.path)).toEqual(['']);
    stage.storage.put('other');
    stage.storage.tell('', { action: 'added', path: 'other' });
    await stage.services.pass(100);
    expect(reader.take()).toEqual([]);
    stage.storage.directory('dir');
    stage.storage.put('dir/new');
    stage.storage.tell('', { action: 'added', path: 'dir' });
    await stage.services.pass(100);
    const told = reader.take();
    expect(told).toContain('resync recreated');
    expect(told).toContain('state live');
    expect(told).toContain('change +new');
    expect(stage.storage.open().map(({ request }) => request.path)).toEqual(['dir']);
    expect(stage.hub.directories).toHaveLength(1);
  });

  it('is looked for whatever is to be heard of what is in it', async () => {
    const stage = new WatchStage();
    await stage.watch({ filter: ['size'] });
    stage.storage.remove('dir');
    stage.storage.open('dir')[0]?.end(new TidewatchError('directory_deleted', 'Gone'));
    await settle();
    // Names that come are not among the sizes that change.
    expect(stage.storage.open('').map(({ request }) => request.filter)).toEqual([undefined]);
  });

  it('leaves no watch on its parent when everybody leaves meanwhile', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    stage.storage.remove('dir');
    stage.storage.open('dir')[0]?.end(new TidewatchError('directory_deleted', 'Gone'));
    await settle();
    expect(stage.storage.open('')).toHaveLength(1);
    reader.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('shares the parent with those who watch it, who hear nothing of that', async () => {
    const stage = new WatchStage();
    const above = await stage.watch({ path: '' });
    const reader = await stage.watch();
    stage.storage.remove('dir');
    stage.storage.open('dir')[0]?.end(new TidewatchError('directory_deleted', 'Gone'));
    await settle();
    expect(stage.storage.open('')).toHaveLength(1);
    reader.subscription.close();
    await settle();
    expect(stage.storage.open('')).toHaveLength(1);
    stage.storage.tell('', { action: 'removed', path: 'dir' });
    await settle();
    expect(above.told).toEqual(['change -dir']);
  });
});

describe('the end of the runtime', () => {
  it('tells everybody, and is over when every handle is closed', async () => {
    const stage = new WatchStage();
    stage.storage.directory('dir/sub');
    const readers = [await stage.watch(), await stage.watch({ recursive: true })];
    const waiting = stage.subscribe({ path: 'missing', patienceMs: Infinity });
    const closing = Promise.withResolvers<void>();
    for (const watch of stage.storage.open()) watch.closing = closing.promise;
    let isOver = false;
    const stopping = stage.hub.stop().then(() => (isOver = true));
    expect([...readers, waiting].map(({ told }) => told)).toEqual([
      ...[['ended closed'], ['ended closed'], ['ended closed']],
    ]);
    await settle();
    expect(isOver).toBe(false);
    closing.resolve();
    await stopping;
    expect(stage.leftovers).toEqual({});
  });

  it('is over at once when nobody watches, and nobody can begin after it', async () => {
    const stage = new WatchStage();
    await stage.hub.stop();
    expect(() => stage.subscribe()).toThrow(expect.objectContaining({ code: 'closed' }) as Error);
    expect(stage.leftovers).toEqual({});
  });

  it('waits for those that were being let go before it', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    const closing = Promise.withResolvers<void>();
    stage.storage.open()[0]!.closing = closing.promise;
    reader.subscription.close();
    let isOver = false;
    const stopping = stage.hub.stop().then(() => (isOver = true));
    await settle();
    expect(isOver).toBe(false);
    closing.resolve();
    await stopping;
    expect(stage.leftovers).toEqual({});
  });
});

describe('a check soon after arming', () => {
  const EARLY = { limits: { earlyVerifyMs: 10_000 } };

  it('asks readers to list again where something happened meanwhile', async () => {
    const stage = new WatchStage(EARLY);
    const reader = await stage.watch();
    stage.storage.put('dir/a');
    stage.storage.open()[0]!.listener.changed([{ action: 'added', path: 'a' }]);
    await settle();
    expect(reader.take()).toEqual(['change +a']);
    await stage.services.pass(10_000);
    expect(reader.take()).toEqual(['resync recheck']);
    await stage.services.pass(2 * stage.services.limits.verifyIntervalMs);
    expect(reader.told).toEqual([]);
  });

  it('asks for it though it was given up for a listing before', async () => {
    const stage = new WatchStage(EARLY);
    const reader = await stage.watch();
    stage.storage.put('dir/a');
    stage.storage.open()[0]!.listener.changed([{ action: 'added', path: 'a' }]);
    await settle();
    expect(reader.take()).toEqual(['change +a']);
    const gate = Promise.withResolvers<void>();
    stage.storage.before = gate.promise;
    await stage.services.pass(10_000);
    expect(stage.directory.status.state).toBe('watching.verifying');
    stage.directory.relist();
    stage.storage.before = undefined;
    gate.resolve();
    await stage.services.pass(10_000);
    expect(reader.take()).toEqual(['resync recheck']);
    await stage.services.pass(2 * stage.services.limits.verifyIntervalMs);
    expect(reader.told).toEqual([]);
  });

  it('says nothing where nothing did', async () => {
    const stage = new WatchStage(EARLY);
    const reader = await stage.watch();
    await stage.services.pass(20_000);
    expect(reader.told).toEqual([]);
    expect(stage.services.counters.verifications).toBe(1);
  });
});

describe('a check at leisure', () => {
  it('tells a silent loss once, with what was missed', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    stage.storage.put('dir/missed');
    await stage.services.pass(stage.services.limits.verifyIntervalMs + 5_000);
    expect(reader.told.filter((what) => !what.startsWith('state'))).toEqual([
      ...['resync diverged', 'change +missed'],
    ]);
    expect(stage.services.counters.divergences).toBe(1);
    reader.take();
    await stage.services.pass(2 * stage.services.limits.verifyIntervalMs);
    expect(reader.told).toEqual([]);
  });

  it('tells another directory under the same name as one that was made anew', async () => {
    const stage = new WatchStage();
    stage.storage.put('dir/old');
    const reader = await stage.watch();
    stage.storage.move('dir', 'moved');
    stage.storage.directory('dir');
    stage.storage.put('dir/new');
    await stage.services.pass(stage.services.limits.verifyIntervalMs + 5_000);
    expect(reader.told.filter((what) => !what.startsWith('state'))).toEqual([
      ...['resync recreated', 'change -old +new'],
    ]);
  });

  it('finds a directory that is gone', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    stage.storage.remove('dir');
    await stage.services.pass(stage.services.limits.verifyIntervalMs);
    expect(reader.told).toEqual(['state deleted']);
  });
});
