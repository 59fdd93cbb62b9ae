import { describe, expect, it } from 'vitest';
import { ActorServices, settle } from '../../test/support/actor-services.ts';
import { DirectoryOwner } from '../../test/support/directory-owner.ts';
import type { OwnerOptions } from '../../test/support/directory-owner.ts';
import { ScriptedStorage } from '../../test/support/scripted-storage.ts';
import { DEFAULTS } from '../defaults.ts';
import { verifyDirectory } from './verify-directory.ts';
import type { Verdict } from './verify-directory.ts';

const GRACE_MS = DEFAULTS.verifyGraceMs;
const REFRESH_ONLY = { wantsDetail: false };

async function listed(options: OwnerOptions = {}): Promise<DirectoryOwner> {
  const owner = new DirectoryOwner(new ActorServices(), options);
  owner.storage.put('dir/a');
  owner.storage.put('dir/b');
  await owner.list();
  return owner;
}

interface Check {
  readonly verdict: Promise<Verdict>;
  readonly abort: () => void;
  done: boolean;
}

function check(owner: DirectoryOwner): Check {
  const controller = new AbortController();
  const running: Check = {
    verdict: verifyDirectory(owner, controller.signal).finally(() => (running.done = true)),
    abort: () => controller.abort(),
    done: false,
  };
  return running;
}

/** The whole of a check, with the time that it takes. */
async function verify(owner: DirectoryOwner): Promise<Verdict> {
  const { verdict } = check(owner);
  await owner.services.pass(2 * GRACE_MS);
  return verdict;
}

describe('checking a directory', () => {
  it('tells nothing and needs one listing when all is well', async () => {
    const owner = await listed();
    const running = check(owner);
    await settle();
    expect(running.done).toBe(true);
    expect(await running.verdict).toBe('same');
    expect(owner.storage.calls).toEqual(['stat dir', 'list dir']);
    expect([owner.told, owner.services.counters.divergences]).toEqual([[], 0]);
    expect(owner.services.wheel.pending).toBe(0);
  });

  it('finds a silent loss and counts it', async () => {
    const owner = await listed();
    owner.storage.put('dir/c');
    owner.storage.remove('dir/a');
    const running = check(owner);
    await owner.services.pass(GRACE_MS - 20);
    expect(running.done).toBe(false);
    await owner.services.pass(40);
    expect(await running.verdict).toBe('diverged');
    expect(owner.services.counters.divergences).toBe(1);
  });

  it('waits for a notification that is late before it speaks of a loss', async () => {
    const owner = await listed();
    owner.storage.put('dir/c');
    const running = check(owner);
    await owner.services.pass(GRACE_MS / 2);
    expect([running.done, owner.told]).toEqual([false, []]);
    owner.news.hinted([{ action: 'added', path: 'c' }]);
    await owner.services.pass(GRACE_MS);
    expect(await running.verdict).toBe('same');
    expect(owner.told).toEqual(['+c']);
    expect(owner.services.counters.divergences).toBe(0);
  });

  it('does not take what changes while it waits for a loss of before', async () => {
    const owner = await listed();
    owner.storage.put('dir/c');
    const running = check(owner);
    await owner.services.pass(GRACE_MS / 2);
    owner.storage.remove('dir/c');
    owner.storage.put('dir/d');
    await owner.services.pass(GRACE_MS);
    // Whoever listed meanwhile believes in what nobody told of.
    expect(owner.told).toEqual(['resync recheck']);
    expect(await running.verdict).toBe('same');
    // The notification of the other is under way; if it is not, the next check finds out.
    expect(await verify(owner)).toBe('diverged');
  });

  it('tells, without blaming the watch, that a name may have come and gone in silence', async () => {
    const owner = await listed();
    owner.storage.put('dir/passing');
    owner.storage.remove('dir/passing');
    const running = check(owner);
    await owner.services.pass(GRACE_MS - 20);
    expect([running.done, owner.told]).toEqual([false, []]);
    await owner.services.pass(40);
    expect(await running.verdict).toBe('same');
    expect(owner.take()).toEqual(['resync recheck']);
    expect(owner.services.counters.divergences).toBe(0);
    expect(owner.storage.calls).toEqual(['stat dir', 'list dir']);
    await verify(owner);
    expect(owner.told).toEqual([]);
  });

  it.each([
    ['before', 0],
    ['while it waits', GRACE_MS / 2],
  ])('says nothing of a name that came and went when it was heard of %s', async (_, waitMs) => {
    const owner = await listed();
    // So many that names are looked up, instead of listing all with the time of the directory.
    for (let n = 0; n < 60; n += 1) owner.storage.put(`dir/${n}`);
    await owner.list();
    owner.take();
    owner.storage.put('dir/passing');
    owner.storage.remove('dir/passing');
    const hear = (): void => {
      owner.news.hinted([
        { action: 'added', path: 'passing' },
        { action: 'removed', path: 'passing' },
      ]);
    };
    if (waitMs === 0) hear();
    const running = check(owner);
    await owner.services.pass(waitMs);
    if (waitMs > 0) hear();
    await owner.services.pass(2 * GRACE_MS);
    expect(await running.verdict).toBe('same');
    expect(owner.take()).not.toContain('resync recheck');
    await verify(owner);
    expect(owner.told).toEqual([]);
  });

  it('takes the time of a directory for nothing where not everything is to be told', async () => {
    const storage = new ScriptedStorage();
    const owner = await listed({ storage, filter: ['file_name'] });
    storage.directory('dir/passing');
    storage.remove('dir/passing');
    expect(await verify(owner)).toBe('same');
    expect(owner.told).toEqual([]);
  });

  it('tells of the loss although other changes were heard of meanwhile', async () => {
    const owner = await listed();
    owner.storage.put('dir/lost');
    const running = check(owner);
    await settle();
    owner.storage.write('dir/a', 9);
    owner.news.hinted([{ action: 'modified', path: 'a' }]);
    await owner.services.pass(2 * GRACE_MS);
    await running.verdict;
    // Looking at the one shows the other: it is told, and nothing is missing any more.
    expect(owner.told.toSorted()).toEqual(['*a', '+lost']);
  });

  it('with a fingerprint alone finds a loss when nothing was heard', async () => {
    const owner = await listed(REFRESH_ONLY);
    owner.storage.put('dir/c');
    expect(await verify(owner)).toBe('diverged');
    expect(owner.services.counters.divergences).toBe(1);
  });

  it('with a fingerprint alone asks readers to look again after changes were told', async () => {
    const owner = await listed(REFRESH_ONLY);
    owner.storage.put('dir/c');
    owner.news.hinted([{ action: 'added', path: 'c' }]);
    await verify(owner);
    expect(owner.told).toEqual(['something', 'resync recheck']);
    expect(owner.services.counters.divergences).toBe(0);
    expect(owner.content.uncertain).toBe(false);
    await verify(owner);
    expect(owner.told).toHaveLength(2);
  });

  it('with a fingerprint alone takes a difference that was spoken of meanwhile for no loss', async () => {
    const owner = await listed(REFRESH_ONLY);
    owner.storage.put('dir/c');
    const running = check(owner);
    await settle();
    owner.news.hinted([{ action: 'added', path: 'c' }]);
    await owner.services.pass(2 * GRACE_MS);
    await running.verdict;
    expect(owner.told).toEqual(['something', 'resync recheck']);
    expect(owner.services.counters.divergences).toBe(0);
  });

  it('finds another directory under the name by its id', async () => {
    const owner = await listed();
    owner.storage.move('dir', 'old');
    owner.storage.directory('dir');
    expect(await verify(owner)).toBe('replaced');
    expect(owner.told).toEqual([]);
  });

  it('cannot tell directories apart where the storage tells no ids', async () => {
    const owner = await listed();
    owner.directoryId = undefined;
    expect(await verify(owner)).toBe('same');
    expect(owner.storage.calls).toEqual(['list dir']);
  });

  it('fails when the directory is gone, so that its states tell', async () => {
    const owner = await listed();
    owner.storage.remove('dir');
    await expect(check(owner).verdict).rejects.toMatchObject({ code: 'not_found' });
    expect([owner.told, owner.news.recorded]).toEqual([[], undefined]);
  });

  it('ends at once, and leaves no timer, when nobody needs it any more', async () => {
    const owner = await listed();
    owner.storage.put('dir/c');
    const running = check(owner);
    await settle();
    expect(owner.services.wheel.pending).toBe(1);
    running.abort();
    await settle();
    expect(running.done).toBe(true);
    expect([owner.told, owner.services.wheel.pending]).toEqual([[], 0]);
    expect(owner.news.recorded).toBeUndefined();
  });

  it.each(['changes', 'refresh'] as const)(
    'is not deaf because one that was given up before ends meanwhile: %s',
    async (detail) => {
      const owner = await listed({ wantsDetail: detail === 'changes' });
      const gate = Promise.withResolvers<void>();
      owner.storage.before = gate.promise;
      owner.directoryId = undefined;
      const given = check(owner);
      await settle();
      given.abort();
      owner.storage.put('dir/c');
      const running = check(owner);
      owner.news.hinted([{ action: 'added', path: 'c' }]);
      owner.storage.before = undefined;
      gate.resolve();
      await owner.services.pass(2 * GRACE_MS);
      expect([given.done, await given.verdict]).toEqual([true, 'same']);
      expect(await running.verdict).toBe('same');
      expect(owner.told[0]).toBe(detail === 'changes' ? '+c' : 'something');
      expect(owner.services.counters.divergences).toBe(0);
      expect(owner.news.recorded).toBeUndefined();
    },
  );

  it('hears what is told after another one was given up in its midst', async () => {
    const owner = await listed(REFRESH_ONLY);
    owner.storage.put('dir/c');
    const given = check(owner);
    await owner.services.pass(GRACE_MS / 2);
    given.abort();
    const running = check(owner);
    await settle();
    owner.news.hinted([{ action: 'added', path: 'c' }]);
    expect(owner.news.recorded).toEqual(new Set(['c']));
    await owner.services.pass(2 * GRACE_MS);
    expect(await running.verdict).toBe('same');
    expect(owner.told).toEqual(['something', 'resync recheck']);
  });
});
