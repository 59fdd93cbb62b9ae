import { describe, expect, it } from 'vitest';
import { ActorServices, settle } from '../../test/support/actor-services.ts';
import { DirectoryOwner } from '../../test/support/directory-owner.ts';
import type { OwnerOptions } from '../../test/support/directory-owner.ts';
import { ScriptedStorage } from '../../test/support/scripted-storage.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { StorageChange } from '../storage/storage.ts';
import type { Limits } from './limits.ts';

const added = (path: string): StorageChange => ({ action: 'added', path });
const modified = (path: string): StorageChange => ({ action: 'modified', path });
const removed = (path: string): StorageChange => ({ action: 'removed', path });

async function listed(
  limits: Partial<Limits> = {},
  options: OwnerOptions = {},
  ...names: string[]
): Promise<DirectoryOwner> {
  const owner = new DirectoryOwner(new ActorServices({ limits }), options);
  for (const name of names) owner.storage.put(`dir/${name}`);
  await owner.list();
  return owner;
}

/** Larger than what is listed for a hint. */
const LARGE = { relistEntries: 1, relistEntriesPerName: 0, lookupNames: 3 };

describe('news of a directory', () => {
  it('tells the first change at once, before any time has passed', async () => {
    const owner = await listed();
    owner.storage.put('dir/a');
    owner.news.hinted([added('a')]);
    await settle();
    expect(owner.timed).toEqual(['0 +a']);
    expect(owner.lastEventAt).toBe(owner.services.clock.wall());
  });

  it('tells what follows in windows, the last of it with a trailing flush', async () => {
    const owner = await listed({ coalesceMs: 100 });
    const { services } = owner;
    for (let i = 0; i < 10; i += 1) {
      owner.storage.put(`dir/${i}`);
      owner.news.hinted([added(`${i}`)]);
      await services.pass(30);
    }
    await services.pass(1_000);
    expect(owner.timed.map((line) => line.split(' ')[1])).toEqual(
      Array.from({ length: 10 }, (_, i) => `+${i}`),
    );
    expect(new Set(owner.timed.map((line) => line.split(' ')[0]))).toEqual(
      new Set(['0', '100', '200', '300']),
    );
    expect(services.wheel.pending).toBe(0);
  });

  it('lists a small directory once for each flush, however much was hinted', async () => {
    const owner = await listed({ coalesceMs: 100 }, {}, 'a');
    for (let i = 0; i < 50; i += 1) owner.news.hinted([modified('a'), added('b')]);
    owner.storage.put('dir/b');
    await owner.services.pass(1_000);
    expect(owner.storage.calls).toEqual(['list dir', 'list dir']);
    expect(owner.told).toEqual(['+b', '*a', '*a']);
  });

  it('looks names up one by one in a large directory', async () => {
    const owner = await listed(LARGE, {}, 'a', 'b', 'c');
    owner.storage.write('dir/b', 7);
    owner.storage.move('dir/c', 'dir/d');
    owner.news.hinted([modified('b'), { action: 'renamed', path: 'd', oldPath: 'c' }]);
    await settle();
    expect(owner.storage.calls).toEqual(['find dir/b', 'find dir/c', 'find dir/d']);
    expect(owner.told).toEqual(['*b', 'c>d']);
  });

  it('lists a large directory when too many names were hinted', async () => {
    const owner = await listed(LARGE, {}, 'a', 'b', 'c');
    const names = ['e', 'f', 'g', 'h'];
    for (const name of names) owner.storage.put(`dir/${name}`);
    owner.news.hinted(names.map(added));
    await settle();
    expect(owner.storage.calls).toEqual(['list dir']);
    expect(owner.told).toEqual(['+e', '+f', '+g', '+h']);
  });

  it('lists when more names were hinted than are remembered, and tells all of them', async () => {
    const owner = await listed({ ...LARGE, pendingHints: 5 }, {}, 'a', 'b');
    const names = Array.from({ length: 20 }, (_, i) => `new ${i}`);
    for (const name of names) owner.storage.put(`dir/${name}`);
    owner.news.hinted(names.map(added));
    expect(owner.news.pending).toBe(true);
    await settle();
    expect(owner.storage.calls).toEqual(['list dir']);
    expect(new Set(owner.told)).toEqual(new Set(names.map((name) => `+${name}`)));
    expect(owner.news.pending).toBe(false);
  });

  it.each(['a:b', 'what?', 'ends with a dot.', 'ends with a space ', 'back\\slash'])(
    'lists when a server speaks of "%s", which it lists under another name',
    async (name) => {
      const owner = await listed(LARGE, {}, 'a', 'b', 'c');
      owner.storage.put('dir/OD~1');
      owner.news.hinted([added(name)]);
      await settle();
      expect(owner.storage.calls).toEqual(['list dir']);
      expect(owner.told).toContain('+OD~1');
    },
  );

  it('looks odd names of a local disk up, which are what they are called', async () => {
    const owner = await listed(LARGE, { storage: new ScriptedStorage('local') }, 'a', 'b', 'c');
    owner.storage.put('dir/a:b');
    owner.news.hinted([added('a:b')]);
    await settle();
    expect(owner.storage.calls).toEqual(['find dir/a:b']);
    expect(owner.told).toEqual(['+a:b']);
  });

  it.each([
    ['a lookup', LARGE],
    ['a listing', {}],
  ])('takes the failure of %s for a loss, never for silence', async (_, limits) => {
    const owner = await listed(limits, {}, 'a', 'b', 'c');
    owner.storage.failing = () => new TidewatchError('timeout', 'No answer');
    owner.news.hinted([modified('a')]);
    await settle();
    expect([owner.told, owner.heard]).toEqual([[], ['LOSS reopened']]);
  });

  it('leaves it to the states to tell that the directory is gone', async () => {
    const owner = await listed({}, {}, 'a');
    owner.storage.remove('dir');
    owner.news.hinted([removed('a')]);
    await settle();
    expect([owner.told, owner.heard]).toEqual([[], ['RELIST']]);
  });

  it('tells hints that came before the first listing, whatever it shows', async () => {
    const owner = new DirectoryOwner(new ActorServices());
    owner.storage.put('dir/here');
    owner.news.hinted([added('here'), added('came and went'), modified('written')]);
    await settle();
    expect([owner.told, owner.storage.calls]).toEqual([[], []]);
    expect(owner.news.pending).toBe(true);
    owner.storage.put('dir/written');
    await owner.list();
    expect(owner.told).toEqual(['+here', '-came and went', '*written']);
    expect(owner.news.pending).toBe(false);
  });

  it('drops what a directory says of itself', async () => {
    const owner = await listed({}, {}, 'a');
    owner.news.hinted([modified('')]);
    await owner.services.pass(1_000);
    expect([owner.told, owner.storage.calls, owner.lastEventAt]).toEqual([[], [], undefined]);
  });

  it('takes its half of a move across the border, and gives the rest to those who want it', async () => {
    const owner = await listed({}, { wantsBelow: true }, 'a');
    owner.storage.remove('dir/a');
    owner.storage.put('dir/b');
    owner.news.hinted([
      { action: 'renamed', path: 'sub/a', oldPath: 'a' },
      { action: 'renamed', path: 'b', oldPath: 'sub/b' },
      modified('sub/c'),
    ]);
    await settle();
    expect(owner.told).toEqual(['below renamed sub/a, renamed b, modified sub/c', ...['-a', '+b']]);
  });

  it('knows nothing of what is below where nobody asks for it', async () => {
    const owner = await listed({}, {}, 'a');
    owner.storage.remove('dir/a');
    owner.news.hinted([modified('sub/c')]);
    expect(owner.news.pending).toBe(false);
    owner.news.hinted([{ action: 'renamed', path: 'sub/a', oldPath: 'a' }]);
    await settle();
    expect(owner.told).toEqual(['-a']);
  });

  it('tells only that something changed where nobody wants detail, and looks at nothing', async () => {
    const owner = await listed({ coalesceMs: 100 }, { wantsDetail: false }, 'a');
    for (let i = 0; i < 20; i += 1) owner.news.hinted([modified('a')]);
    await owner.services.pass(1_000);
    expect(owner.timed).toEqual(['0 something', '100 something']);
    expect(owner.storage.calls).toEqual([]);
    expect(owner.content.uncertain).toBe(true);
  });

  it('tells what was hinted while it looked in the next look', async () => {
    const owner = await listed({ coalesceMs: 10 }, {}, 'a');
    const gate = Promise.withResolvers<void>();
    owner.storage.put('dir/b');
    owner.storage.after = gate.promise;
    owner.news.hinted([added('b')]);
    await settle();
    owner.storage.put('dir/c');
    owner.news.hinted([added('c')]);
    await owner.services.pass(100);
    expect(owner.storage.calls).toEqual(['list dir']);
    gate.resolve();
    await owner.services.pass(1_000);
    expect(owner.storage.calls).toEqual(['list dir', 'list dir']);
    expect(owner.told).toEqual(['+b', '+c']);
  });

  it('lists a directory less often when listing it takes long', async () => {
    const owner = await listed({ coalesceMs: 10 }, {}, 'a');
    const { services } = owner;
    const gate = Promise.withResolvers<void>();
    owner.storage.after = gate.promise;
    owner.news.hinted([modified('a')]);
    await services.pass(500);
    gate.resolve();
    await settle();
    owner.news.hinted([modified('a')]);
    await services.pass(490);
    expect(owner.told).toHaveLength(1);
    await services.pass(20);
    expect(owner.told).toHaveLength(2);
  });

  it('forgets what was heard of a watch that is gone, and what is being looked up for it', async () => {
    const owner = await listed({ coalesceMs: 100 }, {}, 'a');
    const gate = Promise.withResolvers<void>();
    owner.storage.put('dir/b');
    owner.storage.after = gate.promise;
    owner.news.hinted([added('b')]);
    await settle();
    owner.news.hinted([added('c')]);
    owner.news.forget();
    gate.resolve();
    await owner.services.pass(1_000);
    expect([owner.told, owner.heard]).toEqual([[], []]);
    expect([owner.news.pending, owner.services.wheel.pending]).toEqual([false, 0]);
  });

  it('says overflow when too much changed in a directory too large to be remembered', async () => {
    const owner = await listed({ ...LARGE, listingEntries: 2 }, {}, 'a', 'b', 'c');
    owner.news.hinted(['d', 'e', 'f', 'g'].map(added));
    await settle();
    expect(owner.told).toEqual(['resync overflow']);
    expect(owner.storage.calls).toEqual([]);
  });

  it('still tells single names of a directory too large to be remembered', async () => {
    const owner = await listed({ ...LARGE, listingEntries: 2 }, {}, 'a', 'b', 'c');
    owner.storage.put('dir/d');
    owner.news.hinted([added('d'), removed('gone')]);
    await settle();
    expect(owner.told).toEqual(['+d', '-gone']);
  });
});
