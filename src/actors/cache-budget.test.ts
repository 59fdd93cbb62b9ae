import { describe, expect, it } from 'vitest';
import { useScriptedCaches } from '../../test/support/scripted-cache.ts';
import type { ScriptedCache } from '../../test/support/scripted-cache.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

const TREE = ['a', 'a/x', 'a/x/deep', 'b', 'b/y'];

describe('a directory cache', () => {
  const { make, started } = useScriptedCaches();

  describe('on a server that tells nothing of lower levels', () => {
    const budgeted = (watchBudget: number): Promise<ScriptedCache> =>
      started(TREE, { watchBudget, services: { limits: { cachePlanMs: 10 } } });
    const handles = (cache: ScriptedCache): string[] =>
      cache.storage
        .open()
        .map(({ request }) => request.path)
        .sort();

    it('has handles on single directories, within its budget', async () => {
      const cache = await budgeted(3);
      await cache.rest();
      // The first level, and one of the second.
      expect(handles(cache)).toHaveLength(4);
      expect(handles(cache)).toEqual(expect.arrayContaining(['', 'a', 'b']));
      expect(cache.info).toMatchObject({ handles: 3, watch_budget: 3, coverage: 'partial' });
    });

    it('hears by them what the handle at the top does not tell', async () => {
      const cache = await budgeted(10);
      await cache.rest();
      cache.storage.directory('a/x/local');
      cache.storage.tell('a/x', { action: 'added', path: 'local' });
      await cache.rest();
      expect(cache.known).toContain('a/x/local');
    });

    it('lists a directory once more when its handle is armed', async () => {
      const cache = await budgeted(2);
      await cache.rest();
      cache.storage.directory('b/y/quiet');
      cache.actor.index.used(['b/y']);
      await cache.rest();
      expect(handles(cache)).toContain('b/y');
      expect(cache.known).toContain('b/y/quiet');
    });

    it('gives up those used least recently first', async () => {
      const cache = await budgeted(2);
      await cache.rest();
      cache.actor.index.used(['a/x/deep', 'b/y']);
      await cache.rest();
      expect(handles(cache)).toEqual(['', 'a/x/deep', 'b/y']);
      cache.actor.index.used(['a']);
      await cache.rest();
      expect(handles(cache)).toEqual(['', 'a', 'b/y']);
    });

    it('gives them up when the server has no room, or others need it', async () => {
      const cache = make(TREE, { watchBudget: 10, services: { limits: { cachePlanMs: 10 } } });
      const full = new TidewatchError('insufficient_resources', 'no room');
      cache.storage.failing = (operation, path) =>
        operation === 'watch' && path === 'b/y' ? full : undefined;
      await cache.start();
      await cache.rest();
      expect(cache.info.handles).toBeLessThan(5);
      expect(cache.info.state).toBe('ready');
      cache.actor.index.budget.relieve();
      await cache.rest();
      expect(cache.info.handles).toBeLessThan(3);
    });
  });
});
