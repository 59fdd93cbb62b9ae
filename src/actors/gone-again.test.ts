import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { WatchStage } from '../../test/support/watch-stage.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

const gone = (): TidewatchError => new TidewatchError('directory_deleted', 'Gone');

/** Attempts to open `dir` until now. */
const opens = (stage: WatchStage): number =>
  stage.storage.calls.filter((call) => call === 'watch dir').length;

/** Opening it, or listing it, says that there is nothing; a stat says that there is. */
function pretend(stage: WatchStage, operation: 'watch' | 'list'): void {
  stage.storage.failing = (asked, path) =>
    asked === operation && path === 'dir' ? new TidewatchError('not_found', 'No') : undefined;
}

describe('a directory that shows at its path, and is gone for whoever opens it', () => {
  it.each(['watch', 'list'] as const)('is tried more and more rarely: %s', async (operation) => {
    const stage = new WatchStage({ random: () => 0.999 });
    const reader = await stage.watch();
    pretend(stage, operation);
    stage.storage.open('dir')[0]?.end(gone());
    const counts: number[] = [];
    let before = opens(stage);
    // So that a busy loop would end.
    const watch = stage.storage.watch.bind(stage.storage);
    stage.storage.watch = (request, listener) => {
      stage.storage.isWillingToArm = stage.storage.watches.length < 500;
      return watch(request, listener);
    };
    for (const seconds of [10, 110, 120]) {
      await stage.services.pass(seconds * 1_000);
      counts.push(opens(stage) - before);
      before = opens(stage);
    }
    const [soon = 0, later = 0, latest = 0] = counts;
    expect(soon).toBeGreaterThan(3);
    expect(soon).toBeLessThan(9);
    expect(later).toBeLessThan(12);
    expect(latest).toBeLessThan(7);
    // Nothing is lost by waiting.
    stage.storage.failing = () => undefined;
    stage.storage.put('dir/new');
    reader.take();
    await stage.services.pass(30_000);
    expect(reader.told).toContain('resync recreated');
    expect(reader.told.at(-1)).toMatch(/state live|change \+new/);
    reader.subscription.close();
    await settle();
    expect(stage.leftovers).toEqual({});
  });

  it('ends each time just after it was listed: is tried no more than the shortest delays say', async () => {
    const stage = new WatchStage({ random: () => 0.999 });
    await stage.watch();
    const watch = stage.storage.watch.bind(stage.storage);
    stage.storage.watch = (request, listener) => {
      stage.storage.isWillingToArm = stage.storage.watches.length < 500;
      const made = watch(request, listener);
      if (request.path === 'dir') setImmediate(() => made.end(gone()));
      return made;
    };
    stage.storage.open('dir')[0]?.end(gone());
    await stage.services.pass(10_000);
    expect(opens(stage)).toBeLessThan(25);
  });

  it('hears while it rests of what happens beside it, and looks then', async () => {
    const stage = new WatchStage({ random: () => 0.999, retry: { baseMs: 5_000 } });
    const retry = stage.services.retry;
    const reader = await stage.watch({ retry });
    pretend(stage, 'watch');
    stage.storage.open('dir')[0]?.end(gone());
    await stage.services.pass(1_000);
    stage.storage.failing = () => undefined;
    stage.storage.tell('', { action: 'added', path: 'dir' });
    reader.take();
    await stage.services.pass(2_000);
    expect(reader.told).toEqual([]);
    await stage.services.pass(3_000);
    expect(reader.told).toContain('resync recreated');
    expect(stage.directory.status.word).toBe('live');
  });
});

describe('a directory that is gone', () => {
  it('is found at once each time that it is made anew', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    for (let round = 0; round < 5; round += 1) {
      stage.storage.remove('dir');
      stage.storage.open('dir')[0]?.end(gone());
      await stage.services.pass(15_000);
      expect(reader.take()).toContain('state deleted');
      stage.storage.directory('dir');
      stage.storage.tell('', { action: 'added', path: 'dir' });
      await stage.services.pass(50);
      expect(reader.take()).toContain('resync recreated');
      await stage.services.pass(15_000);
    }
  });

  it('is looked for once at a time, and once more for what was hinted meanwhile', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    stage.storage.remove('dir');
    stage.storage.open('dir')[0]?.end(gone());
    await stage.services.pass(100);
    const gate = Promise.withResolvers<void>();
    const stat = stage.storage.stat.bind(stage.storage);
    let looks = 0;
    stage.storage.stat = async (path) => {
      looks += 1;
      // What it sees, it sees at once; the answer takes its time.
      const seen = stat(path);
      seen.catch(() => undefined);
      await gate.promise;
      return seen;
    };
    for (let hint = 0; hint < 10; hint += 1) {
      stage.storage.tell('', { action: 'added', path: `other${hint}` });
      await stage.services.pass(100);
    }
    expect(looks).toBe(1);
    stage.storage.directory('dir');
    stage.storage.tell('', { action: 'added', path: 'dir' });
    await stage.services.pass(100);
    gate.resolve();
    await stage.services.pass(100);
    expect(looks).toBe(2);
    expect(reader.told).toContain('resync recreated');
  });

  it('is opened anew where looking for it fails: the storage that it had may be dead', async () => {
    const stage = new WatchStage();
    const reader = await stage.watch();
    stage.storage.remove('dir');
    stage.storage.open('dir')[0]?.end(gone());
    await stage.services.pass(100);
    stage.storage.failing = (operation, path) =>
      operation === 'stat' || path === '' ? new TidewatchError('io_error', 'Dropped') : undefined;
    stage.storage.directory('dir');
    reader.take();
    await stage.services.pass(30_000);
    expect(reader.told).toContain('resync recreated');
  });
});
