import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { MockInstance } from 'vitest';
import { LiveStage } from '../support/live-stage.ts';

const SECOND = 1_000;

/** XState warns where a life is begun in the midst of another's action. */
describe('a runtime whose lives begin and end', () => {
  let warned: MockInstance<typeof console.warn>;
  beforeEach(() => {
    warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  });

  it('prints no warning when it connects, loses its server and stops', async () => {
    {
      await using stage = new LiveStage();
      const { world } = stage;
      const ears = [
        await stage.listen(),
        await stage.listen({ recursive: true }),
        await stage.listen({ path: 'a', recursive: 'tree', detail: 'refresh' }),
      ];
      world.host.cut();
      await world.advance(SECOND);
      world.host.down();
      await world.advance(10 * SECOND);
      world.host.up();
      await world.advance(10 * SECOND);
      expect(ears.map(({ latest }) => latest)).toEqual(['live', 'live', 'live']);
      expect(stage.runtime.counters().reconnects).toBeGreaterThan(0);
      world.host.fileSystem.remove('a');
      await world.advance(SECOND);
      world.host.fileSystem.mkdir('a/b');
      await world.advance(60 * SECOND);
      expect(ears.map(({ latest }) => latest)).toEqual(['live', 'live', 'live']);
    }
    expect(warned.mock.calls).toEqual([]);
  });

  it('prints none where watches need more than one connection', async () => {
    {
      await using stage = new LiveStage({ host: { server: { maxOpenFiles: 4 } } });
      const { world } = stage;
      for (let i = 0; i < 8; i += 1) {
        world.host.fileSystem.mkdir(`a/${i}`);
        stage.subscribe({ path: `a/${i}` });
      }
      await world.advance(10 * SECOND);
      expect(world.host.connections.size).toBeGreaterThan(2);
    }
    expect(warned.mock.calls).toEqual([]);
  });
});
